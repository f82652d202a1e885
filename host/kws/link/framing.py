# SPDX-License-Identifier: Apache-2.0
"""Frames on the wire: zero, COBS(packet, CRC-32), zero. The twin of firmware/app/frame.c."""

import zlib
from dataclasses import dataclass

from cobs import cobs

from kws_codegen.protocol.messages import CRC_BYTES


@dataclass(frozen=True)
class Frame:
    """One received frame: the packet without its CRC, or None when the frame was damaged."""

    packet: bytes | None
    wire: bytes


def encode_frame(packet: bytes) -> bytes:
    """The bytes to send for a packet.

    The leading zero ends whatever noise came before; the CRC-32 (zlib's) is little-endian.
    """
    crc = zlib.crc32(packet).to_bytes(CRC_BYTES, "little")
    return b"\0" + bytes(cobs.encode(packet + crc)) + b"\0"


def frame_bytes(packet_bytes: int) -> int:
    """How long the frame of a packet can be."""
    body = packet_bytes + CRC_BYTES
    return body + 1 + body // 254 + 2


def decode_frame(wire: bytes) -> bytes | None:
    """The packet in the bytes between two zeros; None when COBS or the CRC does not hold."""
    try:
        body = bytes(cobs.decode(wire))
    except cobs.DecodeError:
        return None
    packet, crc = body[:-CRC_BYTES], body[-CRC_BYTES:]
    if len(body) < CRC_BYTES or zlib.crc32(packet) != int.from_bytes(crc, "little"):
        return None
    return packet


class FrameReader:
    """Cuts a stream of bytes, in pieces of any size, into frames."""

    # Longer than any frame: what exceeds it without a zero is noise and need not be kept.
    MAX_BYTES = 1 << 17

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that end in `data`, damaged ones included."""
        *complete, rest = bytes(self._pending + data).split(b"\0")
        self._pending = bytearray(rest[-self.MAX_BYTES :])
        return [Frame(decode_frame(wire), wire) for wire in complete if wire]

    def clear(self) -> None:
        """Forget a frame that has begun."""
        self._pending.clear()
