# SPDX-License-Identifier: Apache-2.0
"""Fields and messages: dataclasses whose annotations say what travels, and their bytes.

    @dataclass(frozen=True)
    class Progress(Message):
        received_bytes: Annotated[U32, "bytes of the clip that have arrived"]

Numbers are little-endian. A message is a fixed part, then names, or one array that ends with
the payload.
"""

import struct
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from enum import IntEnum
from functools import cache
from typing import Annotated, Any, ClassVar, TypeVar, get_args, get_origin, get_type_hints

from kws_codegen.base.errors import KwsError

HASH_BYTES = 32
NAME_BYTES = 31
LISTED_NAME_BYTES = 255

M = TypeVar("M", bound="Message")


class MessageError(KwsError):
    """A message whose CRC holds but whose content is not what the protocol says."""

    def __init__(self, fault: str) -> None:
        super().__init__(
            f"the device broke the protocol: {fault}",
            "Build its firmware again (kws build); --trace FILE records every packet.",
        )


class CutError(Exception):
    """The payload ends inside a field."""


class WireType(ABC):
    """How the value of a field travels.

    Attributes:
        name: as PROTOCOL.md writes it.
        min_bytes, max_bytes: how long it can be; max_bytes is None for what fills the payload.
    """

    name: str
    min_bytes: int
    max_bytes: int | None

    @abstractmethod
    def encode(self, value: Any) -> bytes: ...

    @abstractmethod
    def decode(self, payload: bytes, start: int) -> tuple[Any, int]:
        """The value at byte `start` and where the next field begins; CutError."""


class Number(WireType):
    """int: an integer of 1 to 8 bytes; `code` is struct's."""

    def __init__(self, name: str, code: str) -> None:
        self.name = name
        self.format = "<" + code
        self.min_bytes = self.max_bytes = struct.calcsize(self.format)

    def encode(self, value: int) -> bytes:
        return struct.pack(self.format, value)

    def decode(self, payload: bytes, start: int) -> tuple[int, int]:
        end = start + self.min_bytes
        return struct.unpack(self.format, cut(payload, start, end))[0], end


class Hash(WireType):
    """str: a SHA-256 in hex, sent as bytes."""

    name = f"u8[{HASH_BYTES}]"
    min_bytes = max_bytes = HASH_BYTES

    def encode(self, value: str) -> bytes:
        return bytes.fromhex(value)

    def decode(self, payload: bytes, start: int) -> tuple[str, int]:
        end = start + HASH_BYTES
        return cut(payload, start, end).hex(), end


class Name(WireType):
    """str: one byte of length, then as many bytes of UTF-8."""

    def __init__(self, name: str, longest: int) -> None:
        self.name = name
        self.longest = longest  # bytes of text
        self.min_bytes = 1
        self.max_bytes = 1 + longest

    def shorten(self, value: str) -> str:
        """What is sent of a name that is too long: whole characters."""
        return value.encode()[: self.longest].decode("utf-8", "ignore")

    def encode(self, value: str) -> bytes:
        text = self.shorten(value).encode()
        return bytes([len(text)]) + text

    def decode(self, payload: bytes, start: int) -> tuple[str, int]:
        end = start + 1 + cut(payload, start, start + 1)[0]
        return cut(payload, start + 1, end).decode("utf-8", "replace"), end


class Raw(WireType):
    """bytes, up to the end of the payload."""

    min_bytes = 0
    max_bytes = None

    def __init__(self, element: Number) -> None:
        self.name = f"{element.name}[]"
        self.element = element  # what C sees in them

    def encode(self, value: bytes) -> bytes:
        return value

    def decode(self, payload: bytes, start: int) -> tuple[bytes, int]:
        return payload[start:], len(payload)


class Array(WireType):
    """tuple: values of one type, up to the end of the payload."""

    min_bytes = 0
    max_bytes = None

    def __init__(self, name: str, element: Number | Name) -> None:
        self.name = name
        self.element = element

    def encode(self, value: tuple[Any, ...]) -> bytes:
        return b"".join(map(self.element.encode, value))

    def decode(self, payload: bytes, start: int) -> tuple[tuple[Any, ...], int]:
        values = []
        while start < len(payload):
            value, start = self.element.decode(payload, start)
            values.append(value)
        return tuple(values), start


def cut(payload: bytes, start: int, end: int) -> bytes:
    """payload[start:end], whole; CutError."""
    if end > len(payload):
        raise CutError
    return payload[start:end]


BYTE = Number("u8", "B")
_INT8 = Number("i8", "b")
_UINT32 = Number("u32", "I")

U8 = Annotated[int, BYTE]
U16 = Annotated[int, Number("u16", "H")]
U32 = Annotated[int, _UINT32]
U64 = Annotated[int, Number("u64", "Q")]
Sha256 = Annotated[str, Hash()]
Text = Annotated[str, Name("name", NAME_BYTES)]
Bytes = Annotated[bytes, Raw(BYTE)]
Int8Bytes = Annotated[bytes, Raw(_INT8)]
Int8s = Annotated[tuple[int, ...], Array("i8[]", _INT8)]
U32s = Annotated[tuple[int, ...], Array("u32[]", _UINT32)]
Names = Annotated[tuple[str, ...], Array("name[]", Name("name", LISTED_NAME_BYTES))]


class Numbered(IntEnum):
    """An enum whose members are written `NAME = number, "meaning"`."""

    meaning: str

    def __new__(cls, number: int, meaning: str) -> "Numbered":
        member = int.__new__(cls, number)
        member._value_ = number
        member.meaning = meaning
        return member


@dataclass(frozen=True)
class Field:
    """One field of a message as its class declares it."""

    name: str
    kind: type  # of the value in Python
    wire: WireType
    meaning: str
    offset: int | None  # None behind a field of variable length


class Message:
    """Base of all messages, which are frozen dataclasses; `title` names one in errors."""

    title: ClassVar[str] = "a message"

    @classmethod
    @cache
    def layout(cls) -> tuple[Field, ...]:
        """The fields in the order of the wire."""
        hints = get_type_hints(cls, include_extras=True)
        layout = []
        offset: int | None = 0
        for name in (field.name for field in fields(cls)):  # type: ignore[arg-type]
            plain, wire, meaning = get_args(hints[name])
            kind = get_origin(plain) or plain
            layout.append(Field(name, kind, wire, meaning, offset))
            if wire.min_bytes != wire.max_bytes:
                offset = None
            elif offset is not None:
                offset += wire.min_bytes
        return tuple(layout)

    @classmethod
    def decode(cls: type[M], payload: bytes) -> M:
        """MessageError when the length or a number is not what the protocol says."""
        values: dict[str, Any] = {}
        end = 0
        try:
            for field in cls.layout():
                value, end = field.wire.decode(payload, end)
                values[field.name] = value
        except CutError:
            end = -1
        if end != len(payload):
            raise MessageError(f"{cls.title} of {len(payload)} bytes")
        for field in cls.layout():
            if issubclass(field.kind, IntEnum):
                try:
                    values[field.name] = field.kind(values[field.name])
                except ValueError:
                    number = values[field.name]
                    raise MessageError(f"{cls.title} with {field.name} {number}") from None
        return cls(**values)

    def encode(self) -> bytes:
        return b"".join(f.wire.encode(getattr(self, f.name)) for f in self.layout())
