"""Messages: bytes of requests, answers back to values, and agreement with the C headers."""

import re
import struct
from pathlib import Path

import pytest

from kws.link import messages
from kws.link.messages import (
    Answer,
    ClipBegin,
    ClipData,
    ClipKind,
    ClipResult,
    Command,
    DeviceFault,
    DeviceInfo,
    DeviceStats,
    FaultKind,
    GetFeatures,
    Hello,
    MessageError,
    Status,
    encode_request,
)
from kws_codegen.base.version import VERSION

ROOT = Path(__file__).parents[2]
FIRMWARE = ROOT / "firmware"


def c_numbers(path: str, prefix: str) -> dict[str, int]:
    """Names without their prefix and values of an enum in a C header."""
    text = (FIRMWARE / path).read_text(encoding="utf-8")
    return {n: int(v, 0) for n, v in re.findall(rf"\b{prefix}(\w+) = (\w+),", text)}


@pytest.mark.parametrize(
    ("enum", "path", "prefix"),
    [
        (Command, "app/protocol.h", "KWS_COMMAND_"),
        (ClipKind, "app/protocol.h", "KWS_CLIP_"),
        (FaultKind, "hal/hal.h", "KWS_FAULT_"),
    ],
)
def test_numbers_are_those_of_the_firmware(enum: type[Command], path: str, prefix: str) -> None:
    assert {member.name: member.value for member in enum} == c_numbers(path, prefix)


def test_status_is_that_of_the_firmware() -> None:
    numbers = {"OK": 0, **c_numbers("status.h", "KWS_ERR_")}
    assert {status.name: status.value for status in Status} == numbers


def test_protocol_document_lists_every_command_and_status() -> None:
    text = (ROOT / "PROTOCOL.md").read_text(encoding="utf-8")
    for command in Command:
        assert f"### {command.name} (0x{command:02x})" in text
    for status in Status:
        assert f"| {status.value} | {status.name} |" in text
    assert f"version {messages.PROTOCOL_VERSION}" in text.splitlines()[0]


def test_versions_agree() -> None:
    text = (FIRMWARE / "app/protocol.h").read_text(encoding="utf-8")
    assert f"#define KWS_PROTOCOL_VERSION {messages.PROTOCOL_VERSION}\n" in text
    version = (FIRMWARE / "version.h").read_text(encoding="utf-8")
    assert f'#define KWS_FIRMWARE_VERSION "{VERSION}"' in version


def test_requests() -> None:
    assert encode_request(Hello(), 7) == bytes([1, 7, 1])
    assert encode_request(ClipBegin(ClipKind.FEATURES, 0x010203), 8) == bytes([2, 8, 1, 3, 2, 1, 0])
    assert encode_request(ClipData(0x1FE, b"ab"), 9) == b"\x03\x09\xfe\x01\0\0ab"
    assert encode_request(GetFeatures(2, 300), 255) == b"\x04\xff\2\0\0\0\x2c\1"


def hello_payload(version: int = 1) -> bytes:
    numbers = struct.pack("<BBBBHHIIIII", version, 1, 12, 40, 49, 512, 16000, 16000, 5, 6, 7)
    hashes = bytes(range(96))
    names = b"".join(bytes([len(n)]) + n for n in (b"0.1.0", b"host", b"static", b"ns"))
    return numbers + hashes + names


def test_handshake() -> None:
    info = DeviceInfo.decode(hello_payload())
    assert (info.classes, info.channels, info.frames) == (12, 40, 49)
    assert (info.tflite_bytes, info.weights_bytes, info.activation_bytes) == (5, 6, 7)
    assert info.model_hash == bytes(range(32, 64)).hex()
    assert (info.board, info.time_unit) == ("host", "ns")


def test_handshake_of_another_version_is_read_no_further() -> None:
    assert DeviceInfo.decode(b"\x09anything").protocol_version == 9


@pytest.mark.parametrize("length", [0, 1, 123, 124, 130, len(hello_payload()) - 1])
def test_cut_handshake(length: int) -> None:
    with pytest.raises(MessageError, match="handshake"):
        DeviceInfo.decode(hello_payload()[:length])


def test_result() -> None:
    payload = struct.pack("<BBHQQI3b", 1, 3, 49, 2**40, 5, 0xFFFFFFFF, -128, 127, 0)
    assert ClipResult.decode(payload) == ClipResult(1, 49, 2**40, 5, 0xFFFFFFFF, (-128, 127, 0))


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


def test_fault() -> None:
    fault = DeviceFault.decode(struct.pack("<B6I", 2, 0x100, 2, 3, 4, 5, 0xABCD))
    assert fault is not None
    assert str(fault).startswith("stack overflow at pc 0x00000100")
    assert "address 0x0000abcd" in str(fault)
    assert DeviceFault.decode(bytes(25)) is None
    with pytest.raises(MessageError, match="a fault of kind 77"):
        DeviceFault.decode(bytes([77]) + bytes(24))
    with pytest.raises(MessageError, match="a fault report of 1 bytes"):
        DeviceFault.decode(b"\0")


@pytest.mark.parametrize(
    ("packet", "words"),
    [(b"", "0 bytes"), (b"\x01\0\0", "not an answer"), (b"\x81\0\x63", "status 99")],
)
def test_what_is_no_answer(packet: bytes, words: str) -> None:
    with pytest.raises(MessageError, match=words):
        Answer.decode(packet)


def test_every_status_has_words() -> None:
    assert len({status.meaning for status in Status}) == len(Status)
