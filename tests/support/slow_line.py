# SPDX-License-Identifier: Apache-2.0
"""A line with the speed and the latency of a real one: it stands between firmware and the host.

    with host_firmware(firmware) as device, slow_line(device, 92_160, 0.016) as port:

or from a shell, for any device: python -m tests.support.slow_line /dev/pts/3 92160 0.016

It is a process of its own, so that it keeps its times. Each byte takes its time on the wire, in
both directions at once, and arrives `latency_s` later (a USB adapter hands on what it has every 1
or 16 ms). As behind a serial driver, at most BUFFER_BYTES wait to go out; then the sender
waits.
"""

import math
import os
import select
import sys
import time
import tty
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from kws.firmware.child_process import child_process
from tests.support.bad_line import open_device, read_some

BUFFER_BYTES = 4096
_TICK_S = 0.02
_PIECE_BYTES = 32  # that travel together


class _Way:
    """One direction: what was read, when it will have arrived."""

    def __init__(self, source: int, target: int, bytes_per_s: float, latency_s: float) -> None:
        self.source = source
        self.target = target
        self._byte_s = 1 / bytes_per_s
        self._latency_s = latency_s
        self._wire_free_s = 0.0
        self._travelling: deque[tuple[float, bytes]] = deque()

    @property
    def arrives_s(self) -> float:
        """When the next piece will."""
        return self._travelling[0][0] if self._travelling else math.inf

    def is_open(self, now_s: float) -> bool:
        """The driver's buffer takes more."""
        return self._wire_free_s - now_s < BUFFER_BYTES * self._byte_s

    def take(self, now_s: float) -> None:
        data = read_some(self.source, BUFFER_BYTES)
        for start in range(0, len(data), _PIECE_BYTES):
            piece = data[start : start + _PIECE_BYTES]
            self._wire_free_s = max(self._wire_free_s, now_s) + len(piece) * self._byte_s
            self._travelling.append((self._wire_free_s + self._latency_s, piece))

    def hand_over(self, now_s: float) -> None:
        while self._travelling and self._travelling[0][0] <= now_s:
            arrives_s, piece = self._travelling.popleft()
            try:
                written = os.write(self.target, piece)
            except BlockingIOError:
                written = 0
            if written < len(piece):
                self._travelling.appendleft((arrives_s, piece[written:]))
                return


def carry(device_url: str, bytes_per_s: float, latency_s: float) -> None:
    """Print the path of a pseudo-terminal and carry between it and the device, for ever."""
    device = open_device(device_url)
    host, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(host, False)
    print(os.ttyname(slave), flush=True)
    ways = (
        _Way(host, device, bytes_per_s, latency_s),
        _Way(device, host, bytes_per_s, latency_s),
    )
    while True:
        now_s = time.monotonic()
        waiting = {way.source: way for way in ways if way.is_open(now_s)}
        next_s = min((way.arrives_s for way in ways), default=math.inf)
        wait_s = min(max(next_s - now_s, 0.0), _TICK_S)
        for file in select.select(list(waiting), [], [], wait_s)[0]:
            waiting[file].take(time.monotonic())
        now_s = time.monotonic()
        for way in ways:
            way.hand_over(now_s)


@contextmanager
def slow_line(device_url: str, bytes_per_s: float, latency_s: float) -> Iterator[str]:
    """The path of the pseudo-terminal, in front of a device's own port."""
    arguments = [device_url, str(bytes_per_s), str(latency_s)]
    command = [sys.executable, "-m", "tests.support.slow_line", *arguments]
    with child_process(command) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()


if __name__ == "__main__":
    carry(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]))
