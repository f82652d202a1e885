# SPDX-License-Identifier: Apache-2.0
"""Where flash and RAM of a firmware go: read from the linker's map, part by part."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kws.firmware.boards import Board
from kws_codegen.base.errors import KwsError

PARTS = (
    "core", "front end", "tables", "kernels", "weights", "activations", "port", "C library",
    "stacks",
)  # fmt: skip

# Lines of the map; a long name stands alone, with its numbers on the next line.
_WRAPPED = re.compile(r"^( ?\.\S+)\n +0x", re.MULTILINE)
_OUTPUT_SECTION = re.compile(r"^(\.\S+) +0x[0-9a-f]+ +0x([0-9a-f]+)")
_INPUT_SECTION = re.compile(r"^ (\.\S+|COMMON) +0x[0-9a-f]+ +0x([0-9a-f]+) (\S.*)$")

_FLASH = (".text", ".ARM.exidx", ".data")  # output sections that take flash
_STACKS = (".stack", ".handler_stack")
_RAM = (".data", ".bss", ".noinit", *_STACKS)

# Which part an input section belongs to: the first rule whose two texts occur in
# "output section, input section" and in the object file's name.
_RULES = (
    (".stack", "", "stacks"),
    (".handler_stack", "", "stacks"),
    ("rodata", "libkws_frontend", "tables"),
    ("", "libkws_frontend", "front end"),
    ("rodata", "static_model", "weights"),
    ("rodata", "static_stream", "weights"),
    (".bss", "static_model", "activations"),
    (".bss", "static_stream", "activations"),
    ("", "libkws_model", "kernels"),
    ("rodata", "model_data", "weights"),
    ("", "microlite", "kernels"),
    ("", "libkws_app", "core"),
    ("", "libkws_classifier", "core"),
    (".bss", "libkws_runtime", "activations"),
    ("", "libkws_runtime", "core"),
    ("", "kws_firmware.dir", "port"),
    ("*fill*", "", "port"),
)


@dataclass(frozen=True)
class PartSize:
    """Bytes of one part of a firmware."""

    flash_bytes: int
    ram_bytes: int


@dataclass(frozen=True)
class Size:
    """Bytes of one firmware. `parts` has an entry for each name of PARTS."""

    board: str
    flash_bytes: int
    flash_capacity_bytes: int
    ram_bytes: int  # all that is reserved: data, buffers, stacks
    ram_capacity_bytes: int
    parts: dict[str, PartSize]


def memory_of(board: Board) -> tuple[int, int]:
    """Bytes of flash and RAM that the board has. KwsError for one that has none (a PC)."""
    if board.flash_bytes is None or board.ram_bytes is None:
        raise KwsError(
            f"{board.name} has no flash and no RAM of its own to measure",
            "Name a microcontroller: kws boards lists them.",
        )
    return board.flash_bytes, board.ram_bytes


def link_map(firmware: Path) -> Path:
    """The linker's map, which the build leaves beside the firmware."""
    return firmware.with_suffix(".map")


def firmware_size(board: Board, firmware: Path) -> Size:
    """Sizes from the link map beside `firmware`. KwsError for a board without a link map."""
    flash_capacity, ram_capacity = memory_of(board)
    path = link_map(firmware)
    if not path.is_file():
        raise KwsError(f"no link map {path}", "Build the firmware again: kws build.")
    flash, ram = dict.fromkeys(PARTS, 0), dict.fromkeys(PARTS, 0)
    for output, name, origin, count in _sections(path.read_text(encoding="utf-8")):
        part = _part(f"{output} {name}", origin)
        flash[part] += count * (output in _FLASH)
        ram[part] += count * (output in _RAM)
    return Size(
        board=board.name,
        flash_bytes=sum(flash.values()),
        flash_capacity_bytes=flash_capacity,
        ram_bytes=sum(ram.values()),
        ram_capacity_bytes=ram_capacity,
        parts={part: PartSize(flash[part], ram[part]) for part in PARTS},
    )


def _sections(content: str) -> Iterator[tuple[str, str, str, int]]:
    """Every piece of the image: output section, input section, object file, bytes.

    What no object file accounts for (stacks, alignment) has the input section "*fill*".
    """
    image = _WRAPPED.sub(r"\1 0x", content.partition("Linker script and memory map")[2])
    output, left = "", 0
    for line in image.splitlines():
        if match := _OUTPUT_SECTION.match(line):
            yield output, "*fill*", "", left
            output, left = match[1], int(match[2], 16)
        elif match := _INPUT_SECTION.match(line):
            count = int(match[2], 16)
            left -= count
            yield output, match[1], match[3], count
    yield output, "*fill*", "", left


def _part(section: str, origin: str) -> str:
    for in_section, in_origin, part in _RULES:
        if in_section in section and in_origin in origin:
            return part
    return "C library"
