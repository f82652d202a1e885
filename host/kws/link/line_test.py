# SPDX-License-Identifier: Apache-2.0
"""How good a line is: random clips to a device and back, and what was damaged on the way."""

import math
import secrets
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from kws.link.client import Device
from kws.link.counters import LinkCounters
from kws.link.stream import ClipRequests
from kws_codegen.protocol.messages import ClipKind

_NONE_SEEN = 3  # in n bytes, none bad: fewer than 3 / n are, with 95 % confidence


@dataclass(frozen=True)
class Direction:
    """One way of the line."""

    frames: int
    damaged: int
    bytes: int

    @property
    def bad_byte_rate(self) -> float:
        """Share of bad bytes, from the share of damaged frames; an upper bound when none was."""
        if self.damaged == 0 or self.frames == 0:
            return _NONE_SEEN / max(self.bytes, 1)
        whole = max(1 - self.damaged / self.frames, 0.5 / self.frames)
        return -math.log(whole) * self.frames / self.bytes


@dataclass(frozen=True)
class LineTest:
    """What a test of a line found."""

    board: str
    seconds: float
    clip_bytes: int  # of clips, there and back
    wrong_bytes: int  # that came back otherwise than they were sent, though every CRC held
    counters: LinkCounters
    to_device: Direction
    from_device: Direction
    outages: int
    restarts: int

    @property
    def clip_bytes_per_s(self) -> float:
        """Bytes of clips, both ways."""
        return self.clip_bytes / self.seconds

    @property
    def is_clean(self) -> bool:
        """Nothing was damaged, lost or late."""
        return not (self.counters.resends or self.counters.damaged_answers or self.to_device.damaged
                    or self.outages or self.restarts or self.wrong_bytes)  # fmt: skip


def run_line_test(device: Device, seconds: float) -> LineTest:
    """Send random clips of features and read them back; at least one, until the time is over.

    Both at once, at the speed of the line. Opens the session. KwsError when the device does not
    answer.
    """
    info = device.handshake()
    bad_before = device.stats().bad_frames
    before = device.counters.copy()
    size = info.frames * info.channels
    sent: deque[bytes] = deque()
    clips = wrong = 0
    start_s = time.monotonic()

    def random_clips() -> Iterator[ClipRequests]:
        while not (sent or clips) or time.monotonic() - start_s < seconds:
            sent.append(secrets.token_bytes(size))
            yield device.to_read(ClipKind.FEATURES, sent[-1])

    for done in device.stream(random_clips()):
        back = b"".join(done.answers)
        wrong += sum(a != b for a, b in zip(sent.popleft(), back, strict=True))
        clips += 1
    elapsed_s = time.monotonic() - start_s
    counters = device.counters - before
    refused = counters.damaged_requests
    if not device.restarts:  # the device has seen also those whose NAK was lost
        refused = max(refused, device.stats().bad_frames - bad_before)
    frames = counters.requests + counters.resends
    return LineTest(
        board=info.board,
        seconds=elapsed_s,
        clip_bytes=2 * size * clips,
        wrong_bytes=wrong,
        counters=counters,
        to_device=Direction(frames, min(refused, frames), counters.sent_bytes),
        from_device=Direction(
            counters.received_frames, counters.damaged_answers, counters.received_bytes
        ),
        outages=device.outages,
        restarts=device.restarts,
    )
