# SPDX-License-Identifier: Apache-2.0
"""C made from the table: firmware/app/protocol.h, and the members of two enums elsewhere."""

import inspect
from collections.abc import Iterable
from dataclasses import dataclass

from kws_codegen.protocol import messages
from kws_codegen.protocol.messages import (
    CHUNK_BYTES,
    REQUESTS,
    SMALLEST_CHUNK_BYTES,
    AnswerPacket,
    ClipKind,
    FaultKind,
    Request,
    RequestPacket,
    Status,
)
from kws_codegen.protocol.wire import (
    HASH_BYTES,
    Array,
    Field,
    Hash,
    Message,
    Name,
    Number,
    Numbered,
    Raw,
)
from kws_codegen.render import INDENT, render

_C_TYPES = {
    "u8": "uint8_t",
    "i8": "int8_t",
    "u16": "uint16_t",
    "u32": "uint32_t",
    "u64": "uint64_t",
}
_PREFIXES: dict[type[Numbered], str] = {
    ClipKind: "KWS_CLIP_",
    FaultKind: "KWS_FAULT_",
    Status: "KWS_ERR_",
}


@dataclass(frozen=True)
class CMessage:
    """A struct, its functions line by line, and how long the message can be."""

    name: str
    min_bytes: int
    max_bytes: str
    declarations: list[str]
    reads: list[str]
    writes: list[str]


@dataclass(frozen=True)
class CCommand:
    """A request and its answer."""

    title: str
    request: CMessage
    answer: CMessage


def protocol_header() -> str:
    """The text of firmware/app/protocol.h."""
    longest = max(REQUESTS, key=lambda request: _longest(request.layout()))
    return render(
        "protocol.h.j2",
        version=messages.PROTOCOL_VERSION,
        chunk_bytes=CHUNK_BYTES,
        smallest_chunk_bytes=SMALLEST_CHUNK_BYTES,
        answer_bit=messages.ANSWER_BIT,
        answer_nak=messages.ANSWER_NAK,
        crc_bytes=messages.CRC_BYTES,
        no_word=messages.NO_WORD,
        commands=[_command(request) for request in REQUESTS],
        command_lines=_commented(
            (f"KWS_COMMAND_{r.command.name} = 0x{r.command:02X},", summary(r)) for r in REQUESTS
        ),
        clip_kind_lines=enum_lines(ClipKind),
        request_header=c_message("request_header", RequestPacket.layout()[:-1], read=True),
        answer_header=c_message("answer_header", AnswerPacket.layout()[:-1]),
        longest_request=longest.command.name,
    )


def enum_lines(enum: type[Numbered]) -> list[str]:
    """What stands between the braces of a C enum."""
    return _commented(
        (f"{'KWS_OK' if member is Status.OK else _PREFIXES[enum] + member.name} = {int(member)},",
         member.meaning)
        for member in enum
    )  # fmt: skip


def summary(message: type[Message]) -> str:
    """The first sentence of a message's docstring, as a comment in C."""
    paragraph = inspect.cleandoc(message.__doc__ or "").split("\n\n")[0]
    sentence = " ".join(paragraph.split()).split(". ")[0].rstrip(".")
    return sentence[0].lower() + sentence[1:]


def _commented(lines: Iterable[tuple[str, str]]) -> list[str]:
    """Lines of C with their comments in a column; an empty comment is left out."""
    pairs = list(lines)
    width = max(len(code) for code, _ in pairs)
    return [
        f"{INDENT}{code:{width}} /* {comment} */" if comment else INDENT + code
        for code, comment in pairs
    ]


def _command(request: type[Request[Message]]) -> CCommand:
    name = request.command.name.lower()
    answer = request.answer.layout()
    if _is_closed(answer) and _longest(answer) > SMALLEST_CHUNK_BYTES:
        raise ValueError(f"{request.answer.__name__} is longer than the smallest chunk")
    return CCommand(
        f"{request.command.name}: {summary(request)}.",
        c_message(f"{name}_request", request.layout(), read=True),
        c_message(f"{name}_answer", answer),
    )


def c_message(name: str, fields: tuple[Field, ...], read: bool = False) -> CMessage:
    """A message as C writes it, or reads it; ValueError for what C cannot."""
    min_bytes = sum(field.wire.min_bytes for field in fields)
    closed = _is_closed(fields)
    return CMessage(
        name=name,
        min_bytes=min_bytes,
        max_bytes=str(_longest(fields)) if closed else f"({min_bytes} + KWS_MAX_CHUNK_BYTES)",
        declarations=_declarations(fields) if fields else [],
        reads=[line for field in fields for line in _read(field)] if read else [],
        writes=[] if read else _writes(fields),
    )


def _is_closed(fields: tuple[Field, ...]) -> bool:
    """Whether the message has a greatest length of its own: no array at the end."""
    return all(field.wire.max_bytes is not None for field in fields)


def _longest(fields: tuple[Field, ...]) -> int:
    return sum(CHUNK_BYTES if f.wire.max_bytes is None else f.wire.max_bytes for f in fields)


def _declarations(fields: tuple[Field, ...]) -> list[str]:
    lines = []
    for field in fields:
        meaning = "" if field.meaning == field.name.replace("_", " ") else field.meaning
        if isinstance(field.wire, Number):
            lines.append((f"{_C_TYPES[field.wire.name]} {field.name};", meaning))
        elif isinstance(field.wire, Hash):
            lines.append((f"const char *{field.name};", f"{field.meaning}, in hex"))
        elif isinstance(field.wire, Name):
            lines.append((f"const char *{field.name};", meaning))
        else:
            assert isinstance(field.wire, Raw | Array)
            element = field.wire.element
            is_name = isinstance(element, Name)
            c_type = "const char *const *" if is_name else f"const {_C_TYPES[element.name]} *"
            lines.append((f"{c_type}{field.name};", f"[{field.name}_count]: {field.meaning}"))
            lines.append((f"size_t {field.name}_count;", ""))
    return _commented(lines)


def _read(field: Field) -> list[str]:
    """Members of a compound literal, out of payload[length]."""
    if isinstance(field.wire, Number):
        return [f".{field.name} = kws_get_{field.wire.name}({_at('payload', field)}),"]
    if isinstance(field.wire, Raw) and field.wire.element.name == "u8":
        return [
            f".{field.name} = {_at('payload', field)},",
            f".{field.name}_count = length - {field.offset},",
        ]
    raise ValueError(f"a request cannot have {field.name}: {field.wire.name}")


def _at(buffer: str, field: Field) -> str:
    return f"{buffer} + {field.offset}" if field.offset else buffer


def _writes(fields: tuple[Field, ...]) -> list[str]:
    """Statements that write *from to out[] and return the length."""
    lines = []
    length = str(sum(field.wire.min_bytes for field in fields))
    for field in fields:
        value = f"from->{field.name}"
        if field.wire.min_bytes == field.wire.max_bytes:
            if field.offset is None:
                raise ValueError(f"{field.name}: fields of constant length come first")
            place = _at("out", field)
            if isinstance(field.wire, Hash):
                lines.append(f"kws_put_hex({place}, {value}, {HASH_BYTES});")
            else:
                lines.append(f"kws_put_{field.wire.name}({place}, {value});")
            continue
        if field.offset is not None:
            lines.append(f"size_t length = {field.offset};")
            length = "length"
        if isinstance(field.wire, Name):
            lines.append(f"length += kws_put_name(out + length, {value}, {field.wire.longest});")
        else:
            assert isinstance(field.wire, Raw | Array)
            element = field.wire.element
            elements = "bytes" if element.name in {"u8", "i8"} else f"{element.name}s"
            longest = f", {element.longest}" if isinstance(element, Name) else ""
            lines.append(
                f"length += kws_put_{elements}(out + length, KWS_MAX_CHUNK_BYTES - length,"
            )
            lines.append(f"{INDENT * 2}{value}, {value}_count{longest});")
    return [*lines, f"return {length};"]
