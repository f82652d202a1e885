# SPDX-License-Identifier: Apache-2.0
"""A trace in words: each packet with the fields of its message, by the table of the protocol."""

from collections.abc import Iterable, Iterator

from kws.link.capture import Kind, Record
from kws.link.trace import packet_name
from kws_codegen.protocol.messages import (
    ANSWER_BIT,
    ANSWER_NAK,
    REQUESTS,
    AnswerPacket,
    RequestPacket,
    Status,
)
from kws_codegen.protocol.wire import Field, Hash, Message, MessageError

_REQUESTS = {request.command: request for request in REQUESTS}
_SHOWN_BYTES = 8  # of an array
_SHOWN_VALUES = 12
_SHOWN_DIGITS = 12  # of a hash


def trace_lines(records: Iterable[Record]) -> Iterator[str]:
    """A line each: seconds since the first, direction, name, sequence number, fields."""
    start_s: float | None = None
    for record in records:
        start_s = record.time_s if start_s is None else start_s
        yield f"{record.time_s - start_s:10.6f} {_line(record)}".rstrip()


def _line(record: Record) -> str:
    content = record.content
    if record.kind == Kind.NOTE:
        return f"- {content.decode('utf-8', 'replace')}"
    if record.kind == Kind.DAMAGED:
        return f"< damaged, {len(content)} bytes: {_bytes(content)}"
    sent = record.kind == Kind.SENT
    try:
        words = _request(content) if sent else _answer(content)
    except MessageError as error:
        words = f"{packet_name(content)}: {error.message}"
    repeat = f" (resend {record.repeat})" if record.repeat else ""
    return f"{'>' if sent else '<'} {words}{repeat}"


def _request(content: bytes) -> str:
    packet = RequestPacket.decode(content)
    words = f"{packet_name(content)} #{packet.sequence}"
    kind = next((kind for command, kind in _REQUESTS.items() if command == packet.command), None)
    return f"{words} {_bytes(packet.payload) if kind is None else _fields(kind, packet.payload)}"


def _answer(content: bytes) -> str:
    packet = AnswerPacket.decode(content)
    if packet.kind == ANSWER_NAK:
        return f"NAK: {packet.status.meaning}"
    words = f"{packet_name(content)} #{packet.sequence} {packet.status.name}"
    if packet.status != Status.OK:
        return f"{words}: {packet.status.meaning}"
    command = packet.kind & ~ANSWER_BIT
    kind = next((kind.answer for c, kind in _REQUESTS.items() if c == command), None)
    return f"{words} {_bytes(packet.payload) if kind is None else _fields(kind, packet.payload)}"


def _fields(kind: type[Message], payload: bytes) -> str:
    message = kind.decode(payload)
    values = ((field, getattr(message, field.name)) for field in kind.layout())
    return " ".join(f"{field.name}={_value(field, value)}" for field, value in values)


def _value(field: Field, value: object) -> str:
    if isinstance(field.wire, Hash):
        return f"{value}"[:_SHOWN_DIGITS]
    if isinstance(value, bytes):
        return _bytes(value)
    if isinstance(value, tuple):
        more = "..." if len(value) > _SHOWN_VALUES else ""
        return f"[{', '.join(map(str, value[:_SHOWN_VALUES]))}{more}]"
    return str(value)


def _bytes(data: bytes) -> str:
    if len(data) <= _SHOWN_BYTES:
        return data.hex(" ") or "nothing"
    return f"{data[:_SHOWN_BYTES].hex(' ')}... ({len(data)} bytes)"
