# SPDX-License-Identifier: Apache-2.0
"""The table of the protocol: bytes of its messages, and all that is made from it is current."""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest

from kws_codegen.base.errors import KwsError
from kws_codegen.protocol import messages
from kws_codegen.protocol.c_text import c_message, protocol_header
from kws_codegen.protocol.document import made_files
from kws_codegen.protocol.messages import (
    REQUESTS,
    SMALLEST_CHUNK_BYTES,
    AnswerPacket,
    ClipBegin,
    ClipData,
    ClipKind,
    ClipProgress,
    ClipResult,
    Command,
    DeviceFault,
    DeviceInfo,
    DeviceStats,
    Done,
    FaultKind,
    GetFeatures,
    GetLabels,
    GetProfile,
    GetStats,
    Hello,
    OperatorTimes,
    Status,
)
from kws_codegen.protocol.wire import U8, U16, Message, MessageError, Name, Names, Text
from tests.support.protocol_examples import hello_payload

ROOT = Path(__file__).parents[2]


def test_what_is_made_from_the_table_is_current() -> None:
    for path, text in made_files(ROOT).items():
        assert path.read_text(encoding="utf-8") == text, (
            f"{path.name} is not what the table says: run python -m kws_codegen.protocol"
        )


def test_parts_are_made_again_from_nothing(tmp_path: Path) -> None:
    """The marks are enough: rows that someone changed or deleted come back."""
    for path in made_files(ROOT):
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        kept, inside = [], False
        for line in lines:
            inside = inside and "end of the table" not in line
            if not inside:
                kept.append(line)
            inside = inside or "from the protocol's table: " in line
        copy.write_text("".join(kept), encoding="utf-8")
        assert len(kept) < len(lines) or path.name == "protocol.h"
    made = {path.relative_to(tmp_path): text for path, text in made_files(tmp_path).items()}
    assert made == {p.relative_to(ROOT): p.read_text("utf-8") for p in made_files(ROOT)}


def test_outside_a_checkout(tmp_path: Path) -> None:
    with pytest.raises(KwsError, match=r"has no PROTOCOL\.md"):
        made_files(tmp_path)


def test_every_command_has_one_request() -> None:
    assert [request.command for request in REQUESTS] == sorted(Command)


def test_the_version_is_that_of_the_document() -> None:
    first_line = (ROOT / "PROTOCOL.md").read_text(encoding="utf-8").splitlines()[0]
    assert first_line == f"# The serial protocol, version {messages.PROTOCOL_VERSION}"


def test_numbers_are_never_renumbered() -> None:
    """Version 1 as devices in the field speak it; a new member is added here too."""
    assert [status.name for status in Status][:11] == [
        "OK", "BAD_FRAME", "BAD_COMMAND", "BAD_LENGTH", "BAD_STATE", "BAD_SEQUENCE", "BAD_INPUT",
        "MODEL", "MODEL_SCHEMA", "MODEL_ARENA", "MODEL_SHAPE",
    ]  # fmt: skip
    assert [int(status) for status in Status] == list(range(len(Status)))
    assert [command.name for command in Command][:15] == [
        "HELLO", "CLIP_BEGIN", "CLIP_DATA", "GET_FEATURES", "RESULT", "STATS", "RESET", "FAULT",
        "PROFILE", "GET_LABELS", "SYNC", "STREAM_BEGIN", "STREAM_DATA", "GET_DECISION",
        "STREAM_STATS",
    ]  # fmt: skip
    assert [int(command) for command in Command] == list(range(1, len(Command) + 1))
    assert [(k.name, int(k)) for k in ClipKind] == [("AUDIO", 0), ("FEATURES", 1)]
    faults = ["NONE", "EXCEPTION", "STACK_OVERFLOW", "ASSERTION"]
    assert [(k.name, int(k)) for k in FaultKind] == [(n, i) for i, n in enumerate(faults)]


def test_lines_of_c_fit() -> None:
    made = protocol_header().splitlines()
    assert [line for line in made if len(line) > 100] == []


def test_requests() -> None:
    assert Hello().packet(7) == bytes([1, 7, 1])
    assert ClipBegin(ClipKind.FEATURES, 0x010203).packet(8) == bytes([2, 8, 1, 3, 2, 1, 0])
    assert ClipData(0x1FE, b"ab").packet(9) == b"\x03\x09\xfe\x01\0\0ab"
    assert GetFeatures(2, 300).packet(255) == b"\x04\xff\2\0\0\0\x2c\1"
    assert GetStats().packet(1) == b"\x06\x01"
    assert GetProfile(3).packet(2) == b"\x09\x02\x03"
    assert GetLabels(2).packet(2) == b"\x0a\x02\x02"


def test_handshake() -> None:
    info = Hello().read(hello_payload())
    assert (info.classes, info.channels, info.frames) == (12, 40, 49)
    assert (info.tflite_bytes, info.weights_bytes, info.activation_bytes) == (5, 6, 7)
    assert info.model_hash == bytes(range(32, 64)).hex()
    assert (info.board, info.time_unit) == ("host", "ns")
    assert info.encode() == hello_payload()


@pytest.mark.parametrize("length", [0, 1, 123, 124, 130, len(hello_payload()) - 1])
def test_cut_handshake(length: int) -> None:
    with pytest.raises(MessageError, match=f"a handshake of {length} bytes"):
        DeviceInfo.decode(hello_payload()[:length])


def test_result() -> None:
    payload = struct.pack("<BBHQQI3b", 1, 3, 49, 2**40, 5, 0xFFFFFFFF, -128, 127, 0)
    result = ClipResult(1, 3, 49, 2**40, 5, 0xFFFFFFFF, (-128, 127, 0))
    assert ClipResult.decode(payload) == result
    assert result.encode() == payload


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        struct.pack("<BBHQQI2b", 1, 3, 49, 0, 0, 0, 0, 0),
        struct.pack("<BBHQQIb", 1, 1, 0, 0, 0, 0, 0),
    ],
)
def test_broken_result(payload: bytes) -> None:
    with pytest.raises(MessageError, match="a result of"):
        ClipResult.decode(payload)


def test_stats() -> None:
    assert DeviceStats.decode(bytes(range(24))).model_used_bytes == 0x17161514
    assert DeviceStats.decode(struct.pack("<6I", *range(6))) == DeviceStats(0, 1, 2, 3, 4, 5)
    with pytest.raises(MessageError, match="statistics of 3 bytes"):
        DeviceStats.decode(b"abc")
    with pytest.raises(MessageError, match="statistics of 25 bytes"):
        DeviceStats.decode(bytes(25))


def test_arrays_and_answers_without_payload() -> None:
    assert OperatorTimes.decode(struct.pack("<2I", 5, 2**32 - 1)).times == (5, 2**32 - 1)
    assert OperatorTimes.decode(b"").times == ()
    with pytest.raises(MessageError, match="operator times of 5 bytes"):
        OperatorTimes.decode(bytes(5))
    assert ClipProgress.decode(b"\1\2\0\0").received_bytes == 0x201
    assert Done.decode(b"") == Done()
    with pytest.raises(MessageError, match="an answer of 1 bytes"):
        Done.decode(b"\0")


def test_fault() -> None:
    fault = DeviceFault.decode(struct.pack("<B6I", 2, 0x100, 2, 3, 4, 5, 0xABCD))
    assert fault.kind is FaultKind.STACK_OVERFLOW
    assert str(fault).startswith("stack overflow at pc 0x00000100")
    assert "address 0x0000abcd" in str(fault)
    assert DeviceFault.decode(bytes(25)).kind is FaultKind.NONE
    with pytest.raises(MessageError, match="a fault report with kind 77"):
        DeviceFault.decode(bytes([77]) + bytes(24))
    with pytest.raises(MessageError, match="a fault report of 1 bytes"):
        DeviceFault.decode(b"\0")


@pytest.mark.parametrize(
    ("packet", "words"),
    [(b"", "of 0 bytes"), (b"\x01\0\0", "not an answer"), (b"\x81\0\x63", "with status 99")],
)
def test_what_is_no_answer(packet: bytes, words: str) -> None:
    with pytest.raises(MessageError, match=words):
        AnswerPacket.decode(packet)


def test_every_status_has_words() -> None:
    assert len({status.meaning for status in Status}) == len(Status)


def test_a_long_name_is_cut_after_a_whole_character() -> None:
    name = Name("name", 5)
    assert name.encode("abcdef") == b"\5abcde"
    assert name.encode("abcd\N{EURO SIGN}") == b"\4abcd"
    assert name.encode("ab\N{EURO SIGN}") == b"\5ab\xe2\x82\xac"
    assert name.encode("") == b"\0"


def test_arrays_of_names() -> None:
    @dataclass(frozen=True)
    class Example(Message):
        """An example."""

        title = "an example"
        names: Annotated[Names, "names"]

    names = ("yes", "", "n\N{LATIN SMALL LETTER O WITH DIAERESIS}")
    assert Example(names).encode() == b"\3yes\0\3n\xc3\xb6"
    assert Example.decode(Example(names).encode()) == Example(names)
    assert Example.decode(b"") == Example(())
    assert len(Example(("x" * 300,)).encode()) == SMALLEST_CHUNK_BYTES
    with pytest.raises(MessageError, match="an example of 3 bytes"):
        Example.decode(b"\3no")


def test_answers_fit_into_the_smallest_chunk() -> None:
    for request in REQUESTS:
        sizes = [field.wire.max_bytes for field in request.answer.layout()]
        if None not in sizes:
            assert sum(sizes) <= SMALLEST_CHUNK_BYTES


def test_messages_that_c_cannot_have() -> None:
    @dataclass(frozen=True)
    class NumberBehindName(Message):
        """An example."""

        name: Annotated[Text, "a name"]
        number: Annotated[U8, "a number behind it"]

    with pytest.raises(ValueError, match="number: fields of constant length come first"):
        c_message("example_answer", NumberBehindName.layout())
    with pytest.raises(ValueError, match="a request cannot have name: name"):
        c_message("example_request", NumberBehindName.layout(), read=True)


def test_layout_of_fields_behind_a_name() -> None:
    @dataclass(frozen=True)
    class Example(Message):
        """An example."""

        first: Annotated[U16, "a number"]
        name: Annotated[Text, "a name"]
        last: Annotated[U8, "a number behind it"]

    assert [field.offset for field in Example.layout()] == [0, 2, None]
    assert Example.decode(Example(1, "xy", 2).encode()) == Example(1, "xy", 2)
