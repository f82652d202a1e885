# SPDX-License-Identifier: Apache-2.0
"""Time and damage: what is asked for again, for how long, and in how small pieces."""

import struct
from collections.abc import Callable

import pytest

from kws.link import exchange
from kws.link.chunks import GROW_AFTER, SMALLEST_BYTES, ChunkSize
from kws.link.client import Device
from kws.link.framing import encode_frame
from kws_codegen.base.errors import KwsError
from kws_codegen.protocol.messages import ClipKind, Command
from tests.support.fake_device import CLOCK, NAK, EveryOther, FakeDevice, opened

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"",
        lambda _: NAK,
        lambda frame: frame[: len(frame) // 2],
        lambda frame: frame[:3] + b"\xaa" + frame[4:],
        lambda frame: b"boot: hello\r\n\0" + NAK + frame,
        lambda _: encode_frame(b"\x81") + encode_frame(b"\x81\x00\x63\x01"),
        lambda frame: frame + frame,
    ],
    ids=["silence", "nak", "half", "flipped", "banner", "no answers", "twice"],
)
def test_a_spoilt_answer_is_asked_for_again(spoil: Callable[[bytes], bytes]) -> None:
    fake = FakeDevice(EveryOther(spoil))
    assert opened(fake).classify(ClipKind.AUDIO, bytes(600)).best == 3
    by_number: dict[int, set[bytes]] = {}
    for request in fake.requests:
        by_number.setdefault(request[1], set()).add(request)
    assert all(len(same) == 1 for same in by_number.values())  # a resend is the same packet


def test_an_answer_that_comes_late_is_not_taken_for_the_next() -> None:
    class Late(FakeDevice):
        held = b""

        def answer(self, request: bytes) -> bytes:
            self.held, now = super().answer(request), self.held
            return now

    fake = Late()
    fake.payloads[Command.STATS] = struct.pack("<6I", 9, 9, 9, 9, 9, 9)
    assert opened(fake).stats().clips == 9


@pytest.mark.usefixtures("gives_up_soon")
@pytest.mark.parametrize(
    ("tamper", "words", "hint"),
    [
        (lambda _: b"", "no answer from fake", "baud rate"),
        (lambda _: b"hello world\0", "sends bytes, but no frame", "baud rate"),
        (lambda _: b"hello world", "sends bytes, but no frame", "baud rate"),
        (lambda _: NAK, "answers, but refused [0-9]+ frames as damaged", "RX pin"),
    ],
    ids=["silence", "noise", "noise without a zero", "deaf"],
)
def test_no_handshake(tamper: Callable[[bytes], bytes], words: str, hint: str) -> None:
    fake = FakeDevice(tamper)
    with pytest.raises(KwsError, match=words) as caught:
        Device(fake).handshake()
    assert hint in caught.value.hint
    assert len(fake.requests) > 1


@pytest.mark.usefixtures("gives_up_soon")
@pytest.mark.parametrize(
    ("tamper", "words", "hint"),
    [
        (lambda _: b"", r"at fake stopped answering \(CLIP_BEGIN\): 0 s of silence", "crashed"),
        (
            lambda _: b"noise\0",
            r"only noise comes from fake \(no answer to CLIP_BEGIN",
            "link-test",
        ),
        (lambda _: NAK, "only damaged frames reach the device at fake", "link-test"),
    ],
    ids=["silence", "noise", "deaf"],
)
def test_time_without_an_answer_ends_a_session(
    tamper: Callable[[bytes], bytes], words: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = FakeDevice()
    session = opened(fake)
    fake.tamper = tamper
    start_s = CLOCK.now_s
    with pytest.raises(KwsError, match=words) as caught:
        session.classify(ClipKind.AUDIO, bytes(2))
    assert hint in caught.value.hint
    assert 0.2 <= CLOCK.now_s - start_s < 0.3
    assert capsys.readouterr().err.count("warning: no answer from fake for 0 s") == 1


@pytest.mark.parametrize("ahead", [True, False])
def test_a_dead_device_is_reported_within_40_s(
    ahead: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The waits are the real ones, on a clock that only waiting moves."""
    said: list[tuple[float, str]] = []

    class Dies(FakeDevice):
        alive = True

        def write(self, data: bytes) -> None:
            if self.alive:
                super().write(data)

    monkeypatch.setattr(exchange, "FIRST_TIMEOUT_S", 0.25)
    monkeypatch.setattr(exchange, "LONGEST_TIMEOUT_S", 4.0)
    monkeypatch.setattr(exchange, "warn", lambda text: said.append((CLOCK.now_s - start_s, text)))
    fake = Dies()
    fake.payloads[Command.SYNC] = lambda packet: packet[2:6] + struct.pack("<IBB", 4096, 1, 0)
    session = opened(fake)
    if ahead:
        assert session._send_ahead().bytes > 0
    fake.alive = False
    start_s = CLOCK.now_s
    with pytest.raises(KwsError, match="stopped answering"):
        if ahead:
            list(session.classify_all(ClipKind.AUDIO, [bytes(600)] * 3))
        else:
            session.classify(ClipKind.AUDIO, bytes(600))
    (first_s, first), (dead_s, dead) = said
    assert 10 <= first_s < 15 and "trying for 50 s" in first
    assert 36 <= dead_s <= 40 and "taken for dead, its answers are kept" in dead
    assert 50 <= CLOCK.now_s - start_s < 55


def test_any_number_of_damaged_frames_is_survived() -> None:
    """Noise takes up time, not attempts."""
    left = 20

    def noisy(frame: bytes) -> bytes:
        nonlocal left
        left -= 1
        return b"\xaa\0" if left > 0 else frame

    fake = FakeDevice()
    session = opened(fake)
    fake.tamper = noisy
    session.stats()
    assert session.counters.damaged_answers == 19 and session.resends >= 19


def test_a_log_line_before_each_answer_costs_no_repeat() -> None:
    fake = FakeDevice(lambda frame: b"I (1234) wifi: connected\r\n" + frame)
    assert opened(fake).classify(ClipKind.AUDIO, bytes(600)).best == 3
    assert fake.requests == fake.carried_out


def test_an_answer_is_taken_while_the_line_is_drained() -> None:
    class Slow(FakeDevice):
        def write(self, data: bytes) -> None:
            super().write(data)
            last = self._wire.pop()
            self._wire += [b"noise\0more", b" noise\0", last]

    fake = Slow()
    opened(fake).stats()
    assert fake.requests == fake.carried_out


def test_an_answer_that_was_received_is_taken_however_late() -> None:
    """A busy machine: reading takes longer than the time-out."""

    class Starved(FakeDevice):
        def read(self, timeout_s: float) -> bytes:
            CLOCK.now_s += 1.0
            return super().read(timeout_s)

    fake = Starved()
    opened(fake).stats()
    assert fake.requests == fake.carried_out


def test_a_time_out_that_was_too_short_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "LONGEST_TIMEOUT_S", 1.0)

    class Busy(FakeDevice):
        """Needs three time-outs for an answer, then answers each copy."""

        ready_s = 0.0

        def write(self, data: bytes) -> None:
            if not self._wire:
                self.ready_s = CLOCK.now_s + 0.05
            super().write(data)

        def read(self, timeout_s: float) -> bytes:
            CLOCK.now_s += max(0.0, min(timeout_s, self.ready_s - CLOCK.now_s))
            return super().read(timeout_s) if CLOCK.now_s >= self.ready_s else b""

    fake = Busy()
    session = opened(fake)
    for _ in range(5):
        session.stats()
    repeats = session.resends
    for _ in range(5):
        session.stats()
    assert repeats >= 1 and session.resends == repeats


def test_chunks_halve_when_damage_repeats_and_grow_again() -> None:
    size = ChunkSize(512)
    size.sent(1)
    assert size.bytes == 512  # once is chance
    for expected in (256, 128, 64, 32, SMALLEST_BYTES):
        size.sent(2)
        assert size.bytes == expected
    for _ in range(4 * GROW_AFTER):
        size.sent(0)
    assert size.bytes == 512
    odd = ChunkSize(300)
    odd.sent(5)
    assert odd.bytes == 150
    odd.sent(5)
    assert odd.bytes == 74
    size.limit(200)
    assert size.bytes == 200
    size.limit(400)
    size.sent(2)
    for _ in range(2 * GROW_AFTER):
        size.sent(0)
    assert size.bytes == 200


def test_a_clip_goes_out_in_small_chunks_on_a_bad_line() -> None:
    clip = bytes(range(256)) * 20
    spoilt = 0

    def bad(frame: bytes) -> bytes:
        nonlocal spoilt
        chunk = len(fake.requests[-1]) - 6
        if chunk > 100 and spoilt < 12 and (spoilt := spoilt + 1) % 4:
            return NAK
        return frame

    fake = FakeDevice()
    session = opened(fake)
    fake.tamper = bad
    assert session.classify(ClipKind.AUDIO, clip).best == 3
    chunks = [r[6:] for r in fake.carried_out if r[0] == Command.CLIP_DATA]
    assert b"".join(chunks) == clip
    assert min(map(len, chunks)) == 64 and len(chunks[-1]) > 64
