"""Where flash and RAM of a firmware go: read from the linker's map, part by part."""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

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
    (".bss", "static_model", "activations"),
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
class Size:
    """Bytes of one firmware. `parts` maps a name of PARTS to its (flash, RAM) bytes."""

    board: str
    flash_bytes: int
    flash_capacity_bytes: int
    ram_bytes: int  # all that is reserved: data, buffers, stacks
    ram_capacity_bytes: int
    parts: dict[str, tuple[int, int]]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        plain = asdict(self)
        plain["parts"] = {
            name: {"flash_bytes": flash, "ram_bytes": ram}
            for name, (flash, ram) in self.parts.items()
        }
        return plain


def memory_of(board: Board) -> tuple[int, int]:
    """Bytes of flash and RAM that the board has. KwsError for one that has none (a PC)."""
    if board.flash_bytes is None or board.ram_bytes is None:
        raise KwsError(
            f"{board.name} has no flash and no RAM of its own to measure",
            "Name a microcontroller: kws boards lists them.",
        )
    return board.flash_bytes, board.ram_bytes


def firmware_size(board: Board, firmware: Path) -> Size:
    """Sizes from the link map beside `firmware`. KwsError for a board without a link map."""
    flash_capacity, ram_capacity = memory_of(board)
    link_map = firmware.with_suffix(".map")
    if not link_map.is_file():
        raise KwsError(f"no link map {link_map}", "Build the firmware again: kws build.")
    parts = dict.fromkeys(PARTS, (0, 0))
    for output, name, origin, count in _sections(link_map.read_text(encoding="utf-8")):
        flash, ram = parts[part := _part(f"{output} {name}", origin)]
        parts[part] = (flash + count * (output in _FLASH), ram + count * (output in _RAM))
    return Size(
        board=board.name,
        flash_bytes=sum(flash for flash, _ in parts.values()),
        flash_capacity_bytes=flash_capacity,
        ram_bytes=sum(ram for _, ram in parts.values()),
        ram_capacity_bytes=ram_capacity,
        parts=parts,
    )


def _sections(link_map: str) -> Iterator[tuple[str, str, str, int]]:
    """Every piece of the image: output section, input section, object file, bytes.

    What no object file accounts for (stacks, alignment) has the input section "*fill*".
    """
    image = _WRAPPED.sub(r"\1 0x", link_map.partition("Linker script and memory map")[2])
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
