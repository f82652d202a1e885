# SPDX-License-Identifier: Apache-2.0
"""How much of a clip goes into one frame, and how much goes ahead of the answers: as much as the
line lets through and the device can keep."""

from collections.abc import Sequence

SMALLEST_BYTES = 32  # half of what travels is frame then; smaller helps no more
GROW_AFTER = 8  # chunks without damage
RESERVE_BYTES = 64  # of the device's receive buffer, for requests out of turn
MOST_AHEAD = 100  # requests: less than half of the sequence numbers
MOST_AHEAD_BYTES = 1 << 15  # whatever a device says of itself


class ChunkSize:
    """Halves when damage repeats, doubles after a while without any. Always even.

    A bad byte costs the whole frame: at 5 bad bytes in 1,000 one frame of 527 bytes in 14
    arrives, and two of three with 64 bytes.
    """

    def __init__(self, largest_bytes: int) -> None:
        self.bytes = largest_bytes
        self._largest_bytes = largest_bytes
        self._clean = 0

    def limit(self, largest_bytes: int) -> None:
        """No larger than this from now on."""
        self._largest_bytes = min(self._largest_bytes, largest_bytes)
        self.bytes = min(self.bytes, largest_bytes)

    def sent(self, damage: int) -> None:
        """A chunk got through after so many damaged frames."""
        if damage == 0:
            self._clean += 1
            if self._clean == GROW_AFTER:
                self._clean = 0
                self.bytes = min(2 * self.bytes, self._largest_bytes)
            return
        self._clean = 0
        if damage > 1:
            self.bytes = max(self.bytes // 4 * 2, SMALLEST_BYTES)


class SendAhead:
    """How many bytes of frames may be on their way before the oldest of them is answered.

    What waits in the device's receive buffer, and a SYNC now and then, must fit. On a line the
    core takes the oldest out byte by byte as they come, and it is out when its answer comes: all
    others may wait there. Where bytes come at once (a socket) the oldest may wait there too.
    Halves with each fault down to nothing (then each request waits for its answer, and ChunkSize
    takes over), and doubles after some requests without any.
    """

    def __init__(self, receive_bytes: int, longest_frame_bytes: int, at_once: bool = False) -> None:
        """receive_bytes: what the device can keep; 0 for one that is sent one frame at a time."""
        self._longest_frame_bytes = longest_frame_bytes
        self._taken_out = 0 if at_once else 1  # frames of those on their way
        self._most_bytes = self._whole(min(receive_bytes - RESERVE_BYTES, MOST_AHEAD_BYTES))
        self._clean = 0
        self.bytes = self._most_bytes

    def fits(self, waiting: Sequence[int], frame_bytes: int) -> bool:
        """Whether a frame may follow those that are on their way (bytes of each, oldest first)."""
        if not waiting:
            return True
        kept = sum(waiting[self._taken_out :]) + frame_bytes
        return len(waiting) < MOST_AHEAD and kept <= self.bytes

    def sent(self) -> None:
        """A request got through without a fault."""
        self._clean += 1
        if self._clean >= GROW_AFTER:
            self._clean = 0
            self.bytes = min(max(2 * self.bytes, self._longest_frame_bytes), self._most_bytes)

    def fault(self) -> None:
        """Something that was on its way is lost."""
        self._clean = 0
        self.bytes = self._whole(self.bytes // 2)

    def stop(self) -> None:
        """One request at a time, for a while."""
        self._clean = 0
        self.bytes = 0

    def _whole(self, count: int) -> int:
        return count if count >= self._longest_frame_bytes else 0
