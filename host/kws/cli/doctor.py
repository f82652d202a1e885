# SPDX-License-Identifier: Apache-2.0
"""`kws doctor`: what is installed here, and how to install the rest."""

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

import typer
from rich.table import Table

from kws.console import console
from kws.data.espeak import Utterance, speak
from kws.firmware.boards import Board, boards
from kws.firmware.flash import TOOLS as FLASH_TOOLS
from kws.firmware.tools import Tool, compiler_of, emulator_of
from kws.link.ports import serial_ports
from kws.source import source_root
from kws.toolchain import HOST_COMPILER_PACKAGES, host_compilers
from kws_codegen.base.cache import cache_dir, limit_bytes
from kws_codegen.base.errors import KwsError
from kws_codegen.base.version import VERSION

_PACKAGES = ("tensorflow-cpu", "tensorflow", "keras", "tflite-micro", "numpy", "espeakng-loader")


def doctor_command() -> None:
    """Show versions, compilers, emulators, ports, microphone and the cache of this machine.

    Exit status 1 when something is missing that `kws run` needs.

    Example: kws doctor
    """
    table = Table("what", "found", box=None)
    for rows in (
        _versions(), _synthesiser(), _host_tools(), _board_tools(), _on_the_desk(), _folders()
    ):  # fmt: skip
        for row in rows:
            table.add_row(*row)
    console.print(table)
    if missing := [name for name, found in _needed().items() if not found]:
        console.print(f"kws run needs: {', '.join(missing)}")
        raise typer.Exit(1)


def _versions() -> Iterator[tuple[str, str]]:
    yield "kws", VERSION
    yield "Python", f"{platform.python_version()}, {platform.platform()}"
    for package in _PACKAGES:
        try:
            yield package, version(package)
        except PackageNotFoundError:
            continue  # one of the two of TensorFlow


def _needed() -> dict[str, str | None]:
    """Paths of the programs without which there is no firmware for this computer."""
    compiler = next(filter(None, map(shutil.which, host_compilers())), None)
    make = shutil.which(os.environ.get("CMAKE_MAKE_PROGRAM") or "make") or shutil.which("ninja")
    return {"a C compiler": compiler, "cmake": shutil.which("cmake"), "make": make}


def _host_tools() -> Iterator[tuple[str, str]]:
    packages = {"a C compiler": HOST_COMPILER_PACKAGES, "cmake": "cmake", "make": "make"}
    for name, path in _needed().items():
        found = f"{path}{_version_of(path)}" if path else None
        yield name, found or f"missing: sudo apt-get install {packages[name]}"


def _board_tools() -> Iterator[tuple[str, str]]:
    """The compilers and emulators of boards, each once, with the boards that want it."""
    users: dict[Tool, list[Board]] = {}
    for board in boards():
        for tool in (compiler_of(board), *emulator_of(board)):
            if board.memory is not None:
                users.setdefault(tool, []).append(board)
    for tool, wanted in users.items():
        path = "installed" if tool.installer == "npm" else str(shutil.which(tool.name))
        where = path if tool.installer == "npm" else f"{path}{_version_of(path)}"
        names = ", ".join(board.name for board in wanted)
        yield tool.name, f"missing: {tool.install} (for {names})" if tool.is_missing else where


def _version_of(program: str) -> str:
    """The first number with dots in what it says of its version, after a comma; "" for none."""
    try:
        done = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return ""
    # Not of a name in brackets: "gcc (Debian 12.2.0-14) 12.2.0".
    found = re.search(r"\d+(\.\d+)+", re.sub(r"\(.*?\)", "", done.stdout.partition("\n")[0]))
    return f", {found[0]}" if found else ""


def _synthesiser() -> Iterator[tuple[str, str]]:
    try:
        speak([Utterance("yes", "en-us", 160, 50, 50, 900)])
        yield "espeak-ng", "speaks"
    except KwsError as error:
        yield "espeak-ng", f"{error.message}: {error.hint}"


def _on_the_desk() -> Iterator[tuple[str, str]]:
    """What boards are flashed with and heard through, and the microphone."""
    tools = [tool.program for tool in FLASH_TOOLS if shutil.which(tool.program)]
    install = FLASH_TOOLS[0].install
    yield "flash tools", ", ".join(tools) or f"none (for kws flash: {install})"
    ports = [
        f"{port.name} ({port.description})" if port.description else port.name
        for port in serial_ports()
    ]
    yield "serial ports", ", ".join(ports) or "none"
    yield "microphone", _microphone()


def _microphone() -> str:
    try:
        import sounddevice
    except ImportError:
        return "missing: pip install 'mcu-kws[audio]' (for kws listen, kws record)"
    except OSError:  # the package is there, the library is not
        return "missing: sudo apt-get install libportaudio2 (for kws listen, kws record)"
    try:
        return str(sounddevice.query_devices(kind="input")["name"])
    except (sounddevice.PortAudioError, ValueError):
        return "none"


def _folders() -> Iterator[tuple[str, str]]:
    yield "sources", str(source_root())
    yield "TFLM_ROOT", os.environ.get("TFLM_ROOT") or "not set"
    try:
        folder = cache_dir()
        used = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        yield "cache", f"{folder}, {used / 1e6:,.0f} of {limit_bytes() / 1e6:,.0f} MB"
    except (KwsError, OSError) as error:
        yield "cache", str(error)
