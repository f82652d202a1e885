# SPDX-License-Identifier: Apache-2.0
"""How much of a clip goes into one frame: as much as the line lets through."""

SMALLEST_BYTES = 32  # half of what travels is frame then; smaller helps no more
GROW_AFTER = 8  # chunks without damage


class ChunkSize:
    """Halves when damage repeats, doubles after a while without any. Always even.

    A bad byte costs the whole frame: at 5 bad bytes in 1,000 one frame of 527 bytes in 14
    arrives, and two of three with 64 bytes.
    """

    def __init__(self, largest_bytes: int) -> None:
        self.bytes = largest_bytes
        self._largest_bytes = largest_bytes
        self._clean = 0

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
