# SPDX-License-Identifier: Apache-2.0
"""The boards that firmware can be built for: what firmware/boards/<board>/board.toml says.

A board's name is its folder's and its CMake preset's; the device sends it in the handshake. CMake
reads the same files (cmake/Board.cmake), so nothing here can differ from what is built.
"""

import sys
from dataclasses import field
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from kws.source import source_root
from kws_codegen.base.errors import KwsError
from kws_codegen.base.feature_config import STRICT

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover - Python 3.10 only
    import tomli as tomllib

KIB = 1024
_T = TypeVar("_T")
Positive = Annotated[int, Field(gt=0)]
Address = Annotated[int, Field(ge=0, lt=1 << 32)]


@dataclass(frozen=True, config=STRICT)
class Toolchain:
    """A compiler for some cores, and the emulator of their boards; packages are Debian's."""

    name: str  # folder of firmware/cores/ with its start-up code, or "host"
    compiler: str  # program that must be on the PATH
    package: str
    processor: str | None = None  # CMake's name; None for this computer
    flags: str = ""
    qemu: str = ""
    qemu_package: str = ""


@dataclass(frozen=True, config=STRICT)
class Core:
    """A processor, and how to compile for it."""

    name: str
    title: str
    toolchain: Toolchain
    flags: str = ""


@dataclass(frozen=True, config=STRICT)
class Memory:
    """Where flash and RAM begin, and how much of each a program may take."""

    flash: Address
    flash_kib: Positive
    ram: Address
    ram_kib: Positive
    stack_bytes: Positive


@dataclass(frozen=True, config=STRICT)
class Measuring:
    """What differs from Memory when bench/device/ uses more of the emulated machine's memory."""

    flash_kib: Positive | None = None
    ram: Address | None = None
    ram_kib: Positive | None = None


@dataclass(frozen=True, config=STRICT)
class Qemu:
    """How QEMU runs a board's firmware.

    With `-icount shift=N` each instruction takes 2^N ns of the emulated time; the board's
    tick scale (kws_board_tick_scale) turns the timer's ticks back into instructions.
    """

    machine: str  # value of -M
    icount_shift: Annotated[int, Field(ge=0, le=10)]
    options: tuple[str, ...] = ()  # further ones


@dataclass(frozen=True, config=STRICT)
class Rp2040js:
    """The npm package that runs the firmware; each instruction takes one clock of clock_hz."""

    version: str


@dataclass(frozen=True, config=STRICT)
class Uf2:
    """How a board takes a UF2 file, for `kws flash`."""

    family: Address  # number of the chip's family in the file
    drive: str  # name of the USB drive that the boot ROM shows


@dataclass(frozen=True, config=STRICT)
class Probe:
    """How a debug probe reaches a real board, for `kws flash`."""

    openocd_interface: str
    openocd_target: str
    pyocd_target: str
    st_link: bool = False  # st-flash knows it


@dataclass(frozen=True, config=STRICT)
class Board:
    """What the host knows of a board. None where something means nothing (a PC)."""

    name: str
    title: str
    core: Core
    baud: Positive  # of its serial line
    clock_hz: Positive | None = None
    sources: tuple[str, ...] = ()  # C files beside the board's own, below firmware/
    memory: Memory | None = None
    definitions: dict[str, int | str] = field(default_factory=dict)  # C macros of the firmware
    qemu: Qemu | None = None
    rp2040js: Rp2040js | None = None
    measuring: Measuring | None = None
    probe: Probe | None = None
    uf2: Uf2 | None = None

    @property
    def compiler(self) -> str:
        """Program that must be on the PATH."""
        return self.core.toolchain.compiler

    @property
    def firmware_file(self) -> str:
        """What the build leaves in its folder."""
        return "kws_firmware" if self.memory is None else "kws_firmware.elf"

    @property
    def flash_bytes(self) -> int | None:
        """Flash that a program may take."""
        return self.memory.flash_kib * KIB if self.memory else None

    @property
    def ram_bytes(self) -> int | None:
        """RAM that a program may take."""
        return self.memory.ram_kib * KIB if self.memory else None

    @property
    def is_emulated(self) -> bool:
        """Whether an emulator runs its firmware."""
        return self.qemu is not None or self.rp2040js is not None

    @property
    def can_be_flashed(self) -> bool:
        """Whether it is a board that one can buy."""
        return self.probe is not None or self.uf2 is not None

    @property
    def runs_as(self) -> str:
        """How `kws evaluate --board` runs it, for people."""
        if not self.is_emulated:
            return "a program with a pseudo-terminal"
        real = f", or a real one (--port, {self.baud} baud)" if self.can_be_flashed else ""
        return f"QEMU, machine {self.qemu.machine}{real}" if self.qemu else f"rp2040js{real}"


@cache
def boards() -> tuple[Board, ...]:
    """Every board, by name. KwsError names the file and the key that is wrong."""
    folder = source_root() / "firmware" / "boards"
    defaults = _read(folder / "defaults.toml")
    return tuple(_board(file, defaults, cores()) for file in sorted(folder.glob("*/board.toml")))


def find_board(name: str) -> Board:
    """The board of that name; KwsError lists the names there are."""
    for board in boards():
        if board.name == name:
            return board
    names = ", ".join(board.name for board in boards())
    raise KwsError(f"no board is called {name!r}", f"Boards: {names}.")


@cache
def cores() -> dict[str, Core]:
    """Every core of firmware/cores/cores.toml, by name."""
    file = source_root() / "firmware" / "cores" / "cores.toml"
    values = _read(file)
    toolchains = {
        name: _checked(Toolchain, {"name": name, **keys}, file)
        for name, keys in values.get("toolchain", {}).items()
    }
    return {
        name: _checked(Core, {"name": name, **_named(keys, "toolchain", toolchains, file)}, file)
        for name, keys in values.get("core", {}).items()
    }


def _board(file: Path, defaults: dict[str, Any], known_cores: dict[str, Core]) -> Board:
    values = defaults | _read(file)
    if "memory" in _read(file):
        values["memory"] = defaults["memory"] | values["memory"]
    else:
        values.pop("memory")
    named = _named(values, "core", known_cores, file)
    return _checked(Board, {"name": file.parent.name, **named}, file)


def _named(values: dict[str, Any], key: str, known: dict[str, Any], file: Path) -> dict[str, Any]:
    """`values` with the thing that the key names instead of the name."""
    name = values.get(key)
    if name not in known:
        raise KwsError(f"{file}: {key}: there is no {name!r}", f"There are: {', '.join(known)}.")
    return values | {key: known[name]}


def _checked(kind: type[_T], values: dict[str, Any], file: Path) -> _T:
    try:
        return TypeAdapter(kind).validate_python(values)
    except ValidationError as error:
        lines = [f"  {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise KwsError(
            f"{file} does not describe a {kind.__name__.lower()}:\n" + "\n".join(lines),
            "kws/firmware/boards.py names every key.",
        ) from None


def _read(file: Path) -> dict[str, Any]:
    try:
        values: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KwsError(f"{file} is not valid TOML: {error}", "Mend the line it names.") from None
    return values
