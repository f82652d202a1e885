# SPDX-License-Identifier: Apache-2.0
"""What the table says of itself in PROTOCOL.md, and the files that have parts made from it."""

import inspect
import re
from collections.abc import Callable, Iterable
from enum import IntEnum
from pathlib import Path

from kws_codegen.base.errors import KwsError
from kws_codegen.protocol.c_text import enum_lines, protocol_header
from kws_codegen.protocol.messages import (
    REQUESTS,
    AnswerPacket,
    FaultKind,
    RequestPacket,
    Status,
)
from kws_codegen.protocol.wire import LISTED_NAME_BYTES, NAME_BYTES, Field, Message

HEADER = "firmware/app/protocol.h"

_PART = re.compile(
    r"(?P<begin>^.*from the protocol's table: (?P<name>[a-z ]+?) (?P<mark>\*/|-->)\n)"
    r"(?:.*\n)*?"
    r"(?P<end>^.*end of the table .*\n)",
    re.MULTILINE,
)


def made_files(root: Path) -> dict[Path, str]:
    """The text that each file with parts made from the table should have."""
    files = {root / HEADER: protocol_header()}
    for name in ("PROTOCOL.md", "firmware/status.h", "firmware/hal/hal.h"):
        path = root / name
        if not path.is_file():
            raise KwsError(f"{root} has no {name}", "Run it in a checkout of mcu-kws.")
        files[path] = _PART.sub(_made, path.read_text(encoding="utf-8"))
    return files


def _made(part: re.Match[str]) -> str:
    lines = _PARTS[part["name"]]()
    if part["mark"] == "-->":
        lines = ["", *lines, ""]
    return part["begin"] + "".join(f"{line}\n" for line in lines) + part["end"]


def _rows(fields: Iterable[Field]) -> list[str]:
    return [
        "| offset | type | meaning |",
        "| ---: | --- | --- |",
        *(
            f"| {f'{f.offset} ' if f.offset is not None else ''}| {f.wire.name} | {_meaning(f)} |"
            for f in fields
        ),
    ]


def _meaning(field: Field) -> str:
    """With the numbers of an enum, unless it has a table of its own."""
    if not issubclass(field.kind, IntEnum) or field.kind is Status:
        return field.meaning
    return f"{field.meaning}: " + ", ".join(
        f"{int(member)} {member.name.lower().replace('_', ' ')}" for member in field.kind
    )


def _types() -> list[str]:
    return [
        f"A name is one byte of length and as many bytes of UTF-8: {NAME_BYTES} at most,",
        f"{LISTED_NAME_BYTES} in an array; a longer one is cut after a whole character.",
        "A type that ends in `[]` fills the rest of the payload, with as many elements as fit.",
    ]


def _status() -> list[str]:
    return [
        "| status | name | meaning |",
        "| ---: | --- | --- |",
        *(f"| {int(status)} | {status.name} | {status.meaning} |" for status in Status),
    ]


def _text(message: type[Message]) -> list[str]:
    return inspect.cleandoc(message.__doc__ or "").split("\n")


def _commands() -> list[str]:
    lines = []
    for request in REQUESTS:
        answer = request.answer
        lines += [f"### {request.command.name} (0x{request.command:02x})", "", *_text(request), ""]
        if request.layout():
            lines += ["Request:", "", *_rows(request.layout()), ""]
        if answer.layout():
            lines += ["Answer:", ""]
        lines += [*_text(answer), ""]
        if answer.layout():
            lines += [*_rows(answer.layout()), ""]
    return lines[:-1]


_PARTS: dict[str, Callable[[], list[str]]] = {
    "types": _types,
    "request": lambda: _rows(RequestPacket.layout()),
    "answer": lambda: _rows(AnswerPacket.layout()),
    "status": _status,
    "commands": _commands,
    "status numbers": lambda: enum_lines(Status),
    "kinds of faults": lambda: enum_lines(FaultKind),
}
