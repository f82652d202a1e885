"""Puts firmware on a board with a tool that is installed: OpenOCD, st-flash or pyocd."""

import shlex
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kws.firmware.boards import Board, Probe, boards
from kws_codegen.base.errors import KwsError


@dataclass(frozen=True)
class FlashTool:
    """A program that writes flash, and its Debian or Python package."""

    program: str
    install: str
    command: Callable[[Probe, Path], list[str] | None]  # None: does not know the board


def _openocd(probe: Probe, firmware: Path) -> list[str]:
    return [
        "openocd", "-f", probe.openocd_interface, "-f", probe.openocd_target,
        "-c", f"program {{{firmware}}} verify reset exit",
    ]  # fmt: skip


def _st_flash(probe: Probe, firmware: Path) -> list[str] | None:
    if not probe.st_link:
        return None
    hex_file = str(firmware.with_suffix(".hex"))
    return ["st-flash", "--reset", "--format", "ihex", "write", hex_file]


def _pyocd(probe: Probe, firmware: Path) -> list[str]:
    return ["pyocd", "flash", "--target", probe.pyocd_target, str(firmware)]


TOOLS = (
    FlashTool("openocd", "sudo apt-get install openocd", _openocd),
    FlashTool("st-flash", "sudo apt-get install stlink-tools", _st_flash),
    FlashTool("pyocd", "pip install pyocd", _pyocd),
)


def flash_commands(board: Board, firmware: Path) -> dict[str, list[str]]:
    """The command of each tool that can flash the board, by the tool's name.

    KwsError for a board that exists only in an emulator.
    """
    if board.probe is None:
        names = ", ".join(b.name for b in boards() if b.can_be_flashed)
        raise KwsError(
            f"{board.name} is {board.runs_as}: there is nothing to flash",
            f"Boards that can be flashed: {names}.",
        )
    commands = {tool.program: tool.command(board.probe, firmware) for tool in TOOLS}
    return {name: command for name, command in commands.items() if command is not None}


def flash(board: Board, firmware: Path) -> None:
    """Write firmware to the board with the first tool that is installed.

    KwsError when none is, with the commands to type, or when the tool fails.
    """
    commands = flash_commands(board, firmware)
    name = next((name for name in commands if shutil.which(name)), None)
    if name is None:
        installs = "; ".join(tool.install for tool in TOOLS if tool.program in commands)
        typed = "\n".join(f"  {shlex.join(command)}" for command in commands.values())
        raise KwsError(
            f"no tool that can flash {board.name} is installed; one of these would do it:\n{typed}",
            f"Install one: {installs}.",
        )
    if name == "st-flash":
        _make_hex(board, firmware)
    done = subprocess.run(commands[name], check=False)
    if done.returncode:
        raise KwsError(
            f"{name} failed with status {done.returncode}",
            "Its own message is above. Is the board connected, and may you use its USB device?",
        )


def _make_hex(board: Board, firmware: Path) -> None:
    """Intel HEX beside the ELF file: st-flash reads no ELF."""
    objcopy = board.compiler.removesuffix("gcc") + "objcopy"
    hex_file = firmware.with_suffix(".hex")
    subprocess.run([objcopy, "-O", "ihex", str(firmware), str(hex_file)], check=True)
