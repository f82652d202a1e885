# SPDX-License-Identifier: Apache-2.0
"""A device without firmware: it answers as the protocol says, until a test makes it misbehave."""

import struct
from collections import deque
from collections.abc import Callable
from itertools import groupby

from kws.link.client import Device
from kws.link.errors import ConnectionLostError
from kws.link.framing import FrameReader, encode_frame
from kws.link.handshake import Expected
from kws_codegen.base.hashes import labels_hash
from kws_codegen.protocol.messages import Command, Status
from tests.support.protocol_examples import hello_payload

RESULT = struct.pack("<BBHQQI12b", 3, 12, 49, 10, 20, 0xABCD, *range(12))


LABELS = tuple(f"word{i}" for i in range(12))


EXPECTED = Expected(*(bytes(range(i, i + 32)).hex() for i in (0, 32)), LABELS)


class Clock:
    """In the place of the module `time`: nothing but waiting for a FakeDevice moves it."""

    now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s


CLOCK = Clock()


class FakeDevice:
    """A Transport with a device behind it that answers every request as the protocol says.

    `tamper` gets each answer's frame and returns what goes on the wire instead.
    """

    name = "fake"
    returns = False
    at_once = False

    def __init__(self, tamper: Callable[[bytes], bytes] = lambda frame: frame) -> None:
        self.tamper = tamper
        self.requests: list[bytes] = []
        self.payloads: dict[int, bytes | Status | Callable[[bytes], bytes]] = {
            Command.GET_FEATURES: lambda request: bytes(struct.unpack("<IH", request[2:])[1]),
            Command.HELLO: hello_payload(labels_hash=labels_hash(LABELS)),
            Command.CLIP_BEGIN: b"",
            Command.CLIP_DATA: bytes(4),
            Command.RESULT: RESULT,
            Command.STATS: bytes(24),
            Command.RESET: b"",
            Command.FAULT: bytes(25),
            Command.GET_LABELS: Status.BAD_COMMAND,
            Command.SYNC: Status.BAD_COMMAND,
            Command.STREAM_BEGIN: Status.BAD_COMMAND,
        }
        self._reader = FrameReader()
        self._wire: deque[bytes] = deque()

    def write(self, data: bytes) -> None:
        for frame in self._reader.feed(data):
            assert frame.packet is not None
            self.requests.append(frame.packet)
            self._wire.append(self.tamper(self.answer(frame.packet)))

    @property
    def carried_out(self) -> list[bytes]:
        """The requests without those that came again."""
        return [packet for packet, _ in groupby(self.requests)]

    def answer(self, request: bytes) -> bytes:
        payload = self.payloads[request[0]]
        if callable(payload):
            payload = payload(request)
        status = payload if isinstance(payload, Status) else Status.OK
        body = b"" if isinstance(payload, Status) else payload
        return encode_frame(bytes([request[0] | 0x80, request[1], status]) + body)

    def read(self, timeout_s: float) -> bytes:
        assert timeout_s > 0
        if self._wire:
            return self._wire.popleft()
        CLOCK.now_s += timeout_s
        return b""

    def transfer_s(self, byte_count: int) -> float:
        return byte_count * 1e-9

    def reopen(self, _: float) -> None:
        raise ConnectionLostError(self.name, "unplugged")


def opened(device: FakeDevice) -> Device:
    session = Device(device)
    session.handshake(EXPECTED)
    return session


class EveryOther:
    """Spoils every other answer."""

    def __init__(self, spoil: Callable[[bytes], bytes]) -> None:
        self.spoil = spoil
        self.count = 0

    def __call__(self, frame: bytes) -> bytes:
        self.count += 1
        return self.spoil(frame) if self.count % 2 else frame


NAK = encode_frame(bytes([0xFF, 0, 1]))
