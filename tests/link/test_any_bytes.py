# SPDX-License-Identifier: Apache-2.0
"""What hypothesis thinks of: every message there and back, any bytes in, damage of every kind."""

import struct
from dataclasses import replace
from enum import IntEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kws.link.framing import FrameReader, encode_frame
from kws_codegen.protocol.messages import (
    ANSWER_BIT,
    NO_WORD,
    REQUESTS,
    AnswerPacket,
    ClipResult,
    Decision,
    DeviceInfo,
    RequestPacket,
    StreamInfo,
    StreamProgress,
)
from kws_codegen.protocol.wire import (
    Array,
    Field,
    Hash,
    Message,
    MessageError,
    Name,
    Number,
    Raw,
    WireType,
)

MESSAGES = [RequestPacket, AnswerPacket, *REQUESTS, *sorted(
    {request.answer for request in REQUESTS}, key=lambda answer: answer.__name__
)]  # fmt: skip


def values(wire: WireType) -> st.SearchStrategy[Any]:
    """What a field of this type can hold."""
    if isinstance(wire, Number):
        bits = 8 * struct.calcsize(wire.format)
        signed = wire.format[-1].islower()
        return st.integers(-(1 << bits - 1) if signed else 0, (1 << bits - signed) - 1)
    if isinstance(wire, Hash):
        return st.binary(min_size=32, max_size=32).map(bytes.hex)
    if isinstance(wire, Name):
        text = st.text(st.characters(exclude_categories=["Cs"]), max_size=wire.longest)
        return text.map(wire.shorten)
    if isinstance(wire, Raw):
        return st.binary(max_size=600)
    assert isinstance(wire, Array)
    return st.lists(values(wire.element), max_size=20).map(tuple)


def field_values(field: Field) -> st.SearchStrategy[Any]:
    if issubclass(field.kind, IntEnum):
        return st.sampled_from(field.kind)
    return values(field.wire)


def messages(kind: type[Message]) -> st.SearchStrategy[Message]:
    """Any message of a class that its own rules allow."""
    fields = {field.name: field_values(field) for field in kind.layout()}
    if kind is AnswerPacket:
        fields["kind"] = st.integers(ANSWER_BIT, 255)
    if kind is DeviceInfo:
        names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,30}", fullmatch=True)
        fields |= dict.fromkeys(("firmware_version", "board", "runtime", "time_unit"), names)
        fields |= dict.fromkeys(("classes", "channels"), st.integers(1, 255))
        fields["frames"] = st.integers(1, (1 << 16) - 1)
        fields |= dict.fromkeys(("clip_samples", "sample_rate_hz"), st.integers(1, (1 << 32) - 1))
        fields["max_chunk_bytes"] = st.integers(128, (1 << 15) - 1).map(lambda half: 2 * half)
    if kind is ClipResult:
        fields |= {"best": st.just(0), "classes": st.just(3)}
        fields["scores"] = st.tuples(*[st.integers(-128, 127)] * 3)
        made = st.builds(kind, **fields)
        return st.builds(lambda result, best: replace(result, best=best), made, st.integers(0, 2))
    if kind is StreamInfo:
        names = ("window_samples", "interval_samples")
        fields |= dict.fromkeys(names, st.integers(1, (1 << 32) - 1))
        fields["kept"] = st.integers(1, 255)
    if kind in (Decision, StreamProgress):
        fields["word"] = st.one_of(st.just(NO_WORD), st.integers(0, 2))
        fields["scores"] = st.tuples(*[st.integers(-128, 127)] * 3)
    return st.builds(kind, **fields)


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_a_message_survives_the_wire(kind: type[Message], data: st.DataObject) -> None:
    message = data.draw(messages(kind))
    (frame,) = FrameReader().feed(encode_frame(message.encode() + b"\1"))
    assert frame.packet is not None
    assert kind.decode(frame.packet[:-1]) == message


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
@given(payload=st.binary(max_size=700))
def test_any_payload_is_a_message_or_an_error(kind: type[Message], payload: bytes) -> None:
    try:
        assert isinstance(kind.decode(payload), kind)
    except MessageError as error:
        assert error.hint


@given(st.data())
def test_damage_is_never_taken_for_a_packet(data: st.DataObject) -> None:
    """Bits flipped, bytes lost, doubled or put in, anywhere in several frames."""
    sent = data.draw(st.lists(st.binary(min_size=2, max_size=300), min_size=1, max_size=4))
    wire = bytearray(b"".join(map(encode_frame, sent)))
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(wire) - 1))
        what = data.draw(st.sampled_from(["flip", "drop", "double", "insert"]))
        if what == "flip":
            wire[place] ^= 1 << data.draw(st.integers(0, 7))
        elif what == "drop":
            del wire[place]
        else:
            byte = wire[place] if what == "double" else data.draw(st.integers(0, 255))
            wire.insert(place, byte)
    received = [frame.packet for frame in FrameReader().feed(bytes(wire) + b"\0")]
    whole = [packet for packet in received if packet is not None]
    left = iter(sent)
    assert all(packet in left for packet in whole)  # those that were sent, in their order


@given(st.binary(max_size=2000), st.binary(min_size=1, max_size=300))
def test_a_frame_after_any_noise_arrives(noise: bytes, packet: bytes) -> None:
    assert FrameReader().feed(noise + encode_frame(packet))[-1].packet == packet
