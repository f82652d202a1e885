# SPDX-License-Identifier: Apache-2.0
"""Requests that go ahead of their answers: how many, in which order, and after a fault."""

import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import replace

import pytest

from kws.link.chunks import GROW_AFTER, RESERVE_BYTES, SendAhead
from kws.link.client import Device
from kws.link.errors import ClipLostError
from kws.link.framing import FrameReader, encode_frame, frame_bytes
from kws_codegen.protocol.messages import ClipKind, ClipResult, Command, LinkPosition, Status
from tests.support.fake_device import NAK, RESULT, FakeDevice, opened

pytestmark = pytest.mark.usefixtures("impatient")

FRAME = frame_bytes(2 + 4 + 512)
RING = 4096


class Ring(FakeDevice):
    """Firmware as it is: requests are taken in order out of a ring that loses what is too much.

    At a UART the oldest is out of it when others wait: the core takes it while it comes.
    Results carry the CRC-32 of their clip. `fault` gets the frame of each request that is taken,
    and of each answer; b"" loses it.
    """

    def __init__(
        self,
        fault: Callable[[bytes, bool], bytes] = lambda frame, _: frame,
        size: int = RING,
        at_once: bool = False,
    ) -> None:
        super().__init__()
        self.at_once = at_once
        self.size = self.said = size
        self.fault = fault
        self.waiting: deque[bytes] = deque()
        self.most_waiting = 0
        self.overruns = 0
        self.last: int | None = None
        self.stored = b""
        self.last_packet = b""
        self.received = 0
        self.taken: list[bytes] = []
        self._in = FrameReader()

    def write(self, data: bytes) -> None:
        in_ring = list(self.waiting)[0 if self.at_once else 1 :]
        waiting = sum(map(len, in_ring)) + len(data) * (self.at_once or bool(self.waiting))
        if waiting > self.size:
            self.overruns += 1
            return
        self.most_waiting = max(self.most_waiting, waiting)
        self.waiting.append(data)

    def read(self, timeout_s: float) -> bytes:
        if not self._wire and self.waiting:
            (frame,) = self._in.feed(self.fault(self.waiting.popleft(), True)) or [None]
            if frame is not None:
                answer = NAK if frame.packet is None else self.serve(frame.packet)
                self._wire.append(self.fault(answer, False))
        return super().read(timeout_s)

    def serve(self, packet: bytes) -> bytes:
        command, sequence = packet[0], packet[1]
        if command == Command.SYNC:
            token = int.from_bytes(packet[2:6], "little")
            is_open = int(self.last is not None)
            position = LinkPosition(token, self.said, is_open, self.last or 0)
            return encode_frame(bytes([0x8B, sequence, Status.OK]) + position.encode())
        if packet == self.last_packet and self.last is not None:
            return self.stored
        if command != Command.HELLO and (self.last is None or sequence != (self.last + 1) % 256):
            return encode_frame(bytes([command | 0x80, sequence, Status.BAD_SEQUENCE]))
        self.taken.append(packet)
        self.last, self.last_packet = sequence, packet
        self.stored = self.answer(packet)
        return self.stored

    def answer(self, request: bytes) -> bytes:
        if request[0] == Command.RESULT:
            crc = zlib.crc32(clips_of(self)[-1])
            self.payloads[Command.RESULT] = replace(_RESULT, features_crc=crc).encode()
        return super().answer(request)

    def restart(self) -> None:
        self.last = None
        self.waiting.clear()


def clips_of(device: Ring) -> list[bytes]:
    """The clips that were complete when RESULT came."""
    clips, now = [], b""
    for packet in device.taken:
        if packet[0] == Command.CLIP_BEGIN:
            now = b""
        elif packet[0] == Command.CLIP_DATA:
            assert int.from_bytes(packet[2:6], "little") == len(now)
            now += packet[6:]
        elif packet[0] == Command.RESULT:
            clips.append(now)
    return clips


CLIPS = [bytes([i]) * 1500 for i in range(24)]
_RESULT = ClipResult.decode(RESULT)


def classify(device: Ring) -> Device:
    session = opened(device)
    assert len(list(session.classify_all(ClipKind.FEATURES, CLIPS))) == len(CLIPS)
    return session


@pytest.mark.parametrize("at_once", [True, False])
def test_the_ring_is_filled_and_never_overrun(at_once: bool) -> None:
    device = Ring(at_once=at_once)
    session = classify(device)
    assert clips_of(device) == CLIPS
    assert RING - FRAME - RESERVE_BYTES < device.most_waiting <= RING
    assert (device.overruns, session.resends) == (0, 0)


def longest_chunk(device: Ring) -> int:
    return max(len(packet) - 6 for packet in device.taken if packet[0] == Command.CLIP_DATA)


def test_a_small_ring_where_bytes_come_at_once_holds_two_chunks() -> None:
    device = Ring(size=512, at_once=True)
    classify(device)
    assert clips_of(device) == CLIPS
    assert 2 * frame_bytes(6 + longest_chunk(device)) <= 512 - RESERVE_BYTES
    assert device.most_waiting > 2 * longest_chunk(device) > 350
    assert device.overruns == 0


@pytest.mark.parametrize(("said", "at_once"), [(100, True), (600, False)])
def test_chunks_are_long_where_short_ones_help_nobody(said: int, at_once: bool) -> None:
    device = Ring(at_once=at_once)
    device.said = said
    classify(device)
    assert longest_chunk(device) == 512


def nth(n: int, requests: bool, spoil: Callable[[bytes], bytes]) -> Callable[[bytes, bool], bytes]:
    """Spoils each nth request or answer."""
    count = 0

    def fault(frame: bytes, is_request: bool) -> bytes:
        nonlocal count
        count += is_request == requests
        return spoil(frame) if is_request == requests and count % n == 0 else frame

    return fault


@pytest.mark.parametrize("requests", [True, False], ids=["requests", "answers"])
@pytest.mark.parametrize("n", [3, 7, 30])
@pytest.mark.parametrize(
    "spoil", [lambda _: b"", lambda f: f[:3] + b"\xaa" + f[4:]], ids=["lost", "damaged"]
)
def test_every_clip_is_answered_after_faults(
    requests: bool, n: int, spoil: Callable[[bytes], bytes]
) -> None:
    device = Ring()
    session = opened(device)
    device.fault = nth(n, requests, spoil)
    got = list(session.classify_all(ClipKind.FEATURES, CLIPS))
    assert [result.features_crc for result in got] == [zlib.crc32(clip) for clip in CLIPS]


def test_a_restart_costs_one_clip_its_second_attempt() -> None:
    device = Ring()
    session = opened(device)
    results = session.classify_all(ClipKind.FEATURES, CLIPS)
    for _ in range(5):
        next(results)
    device.restart()
    assert len(list(results)) == len(CLIPS) - 5 and session.restarts == 1
    assert set(clips_of(device)) == set(CLIPS)


def test_a_device_that_restarts_with_one_clip_goes_on_with_the_next() -> None:
    class Faulty(Ring):
        def answer(self, request: bytes) -> bytes:
            if request[0] == Command.CLIP_DATA and request[6] == 7:
                self.restart()
                return b""
            return super().answer(request)

    device = Faulty()
    session = opened(device)
    done = []
    with pytest.raises(ClipLostError):
        done += list(session.classify_all(ClipKind.FEATURES, CLIPS[:7]))
        done += list(session.classify_all(ClipKind.FEATURES, CLIPS[7:]))
    assert len(done) == 7
    assert len(list(session.classify_all(ClipKind.FEATURES, CLIPS[8:]))) == len(CLIPS) - 8


def test_who_leaves_in_the_middle_leaves_nothing_behind() -> None:
    device = Ring()
    session = opened(device)
    next(session.classify_all(ClipKind.FEATURES, CLIPS))
    assert session.stats().clips == 0
    assert session.classify(ClipKind.FEATURES, CLIPS[9]).best == 3
    assert clips_of(device)[-1] == CLIPS[9]


def test_old_firmware_is_sent_one_request_at_a_time() -> None:
    fake = FakeDevice()
    session = opened(fake)
    assert len(list(session.classify_all(ClipKind.FEATURES, CLIPS[:3]))) == 3
    commands = [packet[0] for packet in fake.carried_out]
    assert commands.count(Command.SYNC) == 1 and commands.count(Command.RESULT) == 3


def test_how_much_goes_ahead() -> None:
    for at_once in (True, False):
        ahead = SendAhead(RING, FRAME, at_once)
        waiting = [FRAME]
        while ahead.fits(waiting, FRAME):
            waiting.append(FRAME)
        assert len(waiting) == (RING - RESERVE_BYTES) // FRAME + (not at_once)
    for _ in range(4):
        ahead.fault()
    assert ahead.bytes == 0 and ahead.fits([], FRAME) and not ahead.fits([9], 9)
    for _ in range(5 * GROW_AFTER):
        ahead.sent()
    assert ahead.bytes == RING - RESERVE_BYTES
    assert SendAhead(0, FRAME).bytes == SendAhead(FRAME, FRAME).bytes == 0
    assert not SendAhead(1 << 31, 15).fits([9] * 100, 9)  # sequence numbers
