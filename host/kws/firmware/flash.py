# SPDX-License-Identifier: Apache-2.0
"""Puts firmware on a board: with OpenOCD, st-flash or pyocd, or as a UF2 file on its USB drive."""

import shlex
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kws.firmware.boards import Board, boards
from kws.firmware.uf2 import copy_to_drive, find_drive, uf2_file
from kws_codegen.base.errors import KwsError


@dataclass(frozen=True)
class FlashTool:
    """A program that writes flash, and its Debian or Python package."""

    program: str
    install: str
    command: Callable[[Board, Path], list[str] | None]  # None: does not know the board


def _openocd(board: Board, firmware: Path) -> list[str] | None:
    if board.probe is None:
        return None
    return [
        "openocd", "-f", board.probe.openocd_interface, "-f", board.probe.openocd_target,
        "-c", f"program {{{firmware}}} verify reset exit",
    ]  # fmt: skip


def _st_flash(board: Board, firmware: Path) -> list[str] | None:
    if board.probe is None or not board.probe.st_link:
        return None
    hex_file = str(firmware.with_suffix(".hex"))
    return ["st-flash", "--reset", "--format", "ihex", "write", hex_file]


def _pyocd(board: Board, firmware: Path) -> list[str] | None:
    if board.probe is None:
        return None
    return ["pyocd", "flash", "--target", board.probe.pyocd_target, str(firmware)]


def _picotool(board: Board, firmware: Path) -> list[str] | None:
    if board.uf2 is None:
        return None
    return ["picotool", "load", "-x", str(firmware.with_suffix(".uf2"))]


TOOLS = (
    FlashTool("openocd", "sudo apt-get install openocd", _openocd),
    FlashTool("st-flash", "sudo apt-get install stlink-tools", _st_flash),
    FlashTool("pyocd", "pip install pyocd", _pyocd),
    FlashTool("picotool", "picotool, https://github.com/raspberrypi/picotool", _picotool),
)


def flash_commands(board: Board, firmware: Path) -> dict[str, list[str]]:
    """The command of each tool that can flash the board, by the tool's name.

    KwsError for a board that exists only in an emulator.
    """
    if not board.can_be_flashed:
        names = ", ".join(b.name for b in boards() if b.can_be_flashed)
        raise KwsError(
            f"{board.name} is {board.runs_as}: there is nothing to flash",
            f"Boards that can be flashed: {names}.",
        )
    commands = {tool.program: tool.command(board, firmware) for tool in TOOLS}
    known = {name: command for name, command in commands.items() if command is not None}
    if board.uf2 is not None:
        drive = find_drive(board) or Path(board.uf2.drive)
        known = {"cp": ["cp", str(firmware.with_suffix(".uf2")), str(drive)]} | known
    return known


def flash(board: Board, firmware: Path) -> None:
    """Write firmware to the board with the first tool that is installed, or as a UF2 file.

    KwsError when there is no way, with the commands to type, or when the tool fails.
    """
    commands = flash_commands(board, firmware)
    if board.uf2 is not None:
        file = uf2_file(board, firmware)
        if drive := find_drive(board):
            copy_to_drive(file, drive)
            return
        del commands["cp"]
    name = next((name for name in commands if shutil.which(name)), None)
    if name is None:
        raise _no_way(board, commands, firmware)
    if name == "st-flash":
        _make_hex(board, firmware)
    done = subprocess.run(commands[name], check=False)
    if done.returncode:
        raise KwsError(
            f"{name} failed with status {done.returncode}",
            "Its own message is above. Is the board connected, and may you use its USB device?",
        )


def _no_way(board: Board, commands: dict[str, list[str]], firmware: Path) -> KwsError:
    installs = "; ".join(tool.install for tool in TOOLS if tool.program in commands)
    if board.uf2 is not None:
        return KwsError(
            f"no drive {board.uf2.drive} is mounted: {board.name} shows it when it is plugged in "
            f"with its BOOTSEL button held down",
            f"Then run this again, or copy {firmware.with_suffix('.uf2')} to it. "
            f"Without a drive: {installs}.",
        )
    typed = "\n".join(f"  {shlex.join(command)}" for command in commands.values())
    return KwsError(
        f"no tool that can flash {board.name} is installed; one of these would do it:\n{typed}",
        f"Install one: {installs}.",
    )


def _make_hex(board: Board, firmware: Path) -> None:
    """Intel HEX beside the ELF file: st-flash reads no ELF."""
    objcopy = board.compiler.removesuffix("gcc") + "objcopy"
    hex_file = firmware.with_suffix(".hex")
    subprocess.run([objcopy, "-O", "ihex", str(firmware), str(hex_file)], check=True)
