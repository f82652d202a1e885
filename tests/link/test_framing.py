# SPDX-License-Identifier: Apache-2.0
"""Frames: the worked ones of PROTOCOL.md (the C test reads them too), round trips, damage."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kws.link.framing import FrameReader, decode_frame, encode_frame

PROTOCOL = Path(__file__).parents[2] / "PROTOCOL.md"
WORKED = re.findall(r"^([a-z-]+): ([0-9a-f ]+) => ([0-9a-f ]+)$", PROTOCOL.read_text(), re.M)

packets = st.one_of(
    st.binary(max_size=600),
    st.lists(st.sampled_from([0, 1, 255]), max_size=600).map(bytes),
    st.integers(250, 520).map(lambda n: bytes(range(1, 255)) * 3 + bytes(n)),
)


def test_protocol_document_has_worked_frames() -> None:
    assert len(WORKED) == 7


@pytest.mark.parametrize(
    ("packet", "frame"), [row[1:] for row in WORKED], ids=[w[0] for w in WORKED]
)
def test_worked_frame(packet: str, frame: str) -> None:
    wire = bytes.fromhex(frame)
    assert encode_frame(bytes.fromhex(packet)) == wire
    assert [f.packet for f in FrameReader().feed(wire)] == [bytes.fromhex(packet)]


@given(st.lists(packets, min_size=1, max_size=4), st.integers(1, 700))
def test_packets_survive_the_wire_in_pieces_of_any_size(sent: list[bytes], piece: int) -> None:
    wire = b"".join(map(encode_frame, sent))
    reader = FrameReader()
    received = []
    for start in range(0, len(wire), piece):
        received += reader.feed(wire[start : start + piece])
    assert [frame.packet for frame in received] == sent


@given(packets, st.data())
def test_a_changed_byte_never_passes(packet: bytes, data: st.DataObject) -> None:
    wire = bytearray(encode_frame(packet))
    position = data.draw(st.integers(1, len(wire) - 2))
    wire[position] ^= data.draw(st.integers(1, 255))
    assert packet not in [frame.packet for frame in FrameReader().feed(bytes(wire))]


@given(packets, st.data())
def test_a_cut_frame_does_not_spoil_the_next(packet: bytes, data: st.DataObject) -> None:
    wire = encode_frame(packet)
    cut = wire[: data.draw(st.integers(0, len(wire) - 2))]
    frames = FrameReader().feed(cut + wire)
    assert frames[-1].packet == packet
    assert all(frame.packet is None for frame in frames[:-1])


@given(st.binary(max_size=300))
def test_noise_raises_nothing(noise: bytes) -> None:
    FrameReader().feed(noise)


def test_too_short_for_a_crc() -> None:
    assert decode_frame(b"\x02\x01") is None


def test_reader_forgets_endless_noise() -> None:
    reader = FrameReader()
    for _ in range(40):
        reader.feed(b"\x55" * 10_000)
    assert len(reader._pending) <= FrameReader.MAX_BYTES
    assert [f.packet for f in reader.feed(encode_frame(b"hello"))] == [None, b"hello"]
