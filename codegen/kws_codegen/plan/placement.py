# SPDX-License-Identifier: Apache-2.0
"""The search behind the planner: offsets of blocks in one buffer, as small as it can be made.

No plan can be smaller than what one operator needs at once (`lower_bound`). The search goes
through the blocks in order, tries each at every offset where it touches something, and steps
back when the next does not fit. It is asked for a buffer of just the bound's size first; then,
by halving what is left between, for the smallest that it finds within its bounded length.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

ALIGNMENT = 4
"""Every block starts at a multiple: kernels load words where it pays."""

_MOST_TRIALS = 2000
"""Of one search: many times what graphs of a few branches take."""

_CLOSE_ENOUGH = 0.01
"""Share of the buffer: a smaller gap between what is found and what is not is left alone."""


class Use(Enum):
    """What a block of the buffer is for."""

    TENSOR = "tensor"
    SCRATCH = "scratch"
    ROWS = "rows"  # of the streaming model, kept from frame to frame


class BlockId(NamedTuple):
    """`number` is the index of a tensor, or the position of the operator that needs scratch.

    In the streaming model, where a tensor is made anew in each frame, the position that makes it.
    """

    use: Use
    number: int

    def __str__(self) -> str:
        return f"{self.use.value} {self.number}"


Offsets = dict[BlockId, int]

Distances = dict[tuple[BlockId, BlockId], set[int]]
"""(one, other) to the offsets of one, relative to other, at which they may lie over each other."""


@dataclass(frozen=True)
class Item:
    """A block before it is placed: its bytes, and the positions at which it is alive.

    `again` is a second life after the first: of a state, from the making of its new value on.
    """

    id: BlockId
    size: int
    first: int
    last: int
    again: tuple[int, int] | None = None

    @property
    def lives(self) -> tuple[tuple[int, int], ...]:
        """First and last position of each, in order."""
        return ((self.first, self.last), *((self.again,) if self.again else ()))

    @property
    def span(self) -> int:
        """Bytes that no other block can use: the next starts at a multiple of ALIGNMENT."""
        return aligned(self.size)

    def meets(self, other: "Item") -> bool:
        """Both are alive at some position."""
        return any(
            first <= other_last and other_first <= last
            for first, last in self.lives
            for other_first, other_last in other.lives
        )

    def alive_at(self, position: int) -> bool:
        return any(first <= position <= last for first, last in self.lives)

    def begins_at(self, position: int) -> bool:
        return any(first == position for first, _ in self.lives)


def aligned(value: int) -> int:
    """`value` up to a multiple of ALIGNMENT."""
    return -(-value // ALIGNMENT) * ALIGNMENT


def extent(items: Sequence[Item], offsets: Offsets) -> int:
    """Bytes of the buffer that holds all items at these offsets."""
    return max(offsets[item.id] + item.span for item in items)


def lower_bound(items: Sequence[Item], distances: Distances) -> int:
    """The most bytes that any one position needs; no placement is smaller.

    What is alive lies apart, but for an output over each input at the best distance for that
    pair alone. Inputs lie apart from each other, so all of them share no more than the output.
    """
    bound = 0
    for position in {first for item in items for first, _ in item.lives}:
        alive = [item for item in items if item.alive_at(position)]
        needed = sum(item.span for item in alive)
        for output in (item for item in alive if item.begins_at(position)):
            shared = 0
            for source in (item for item in alive if not item.begins_at(position)):
                if safe := distances.get((source.id, output.id)):
                    closest = min(max(output.size, d + source.size) - min(0, d) for d in safe)
                    shared += max(0, output.span + source.span - aligned(closest))
            needed -= min(shared, output.span)
        bound = max(bound, needed)
    return bound


def place(items: Sequence[Item], distances: Distances) -> Offsets:
    """Offsets: the smallest buffer that is found."""
    search = _Search(items, distances)
    low, high = lower_bound(items, distances), sum(item.span for item in items)
    best = search.within(low)
    if best is not None:
        return best
    best = search.within(high)  # one beside the other, if nothing better
    assert best is not None
    high = extent(items, best)
    while high - low > max(ALIGNMENT, _CLOSE_ENOUGH * high):
        capacity = aligned((low + high) // 2)
        found = search.within(capacity)
        if found is None:
            low = capacity
        else:
            best, high = found, extent(items, found)
    return best


class _Search:
    """Depth first, with backtracking, in two orders of the items."""

    def __init__(self, items: Sequence[Item], distances: Distances) -> None:
        self._orders = (
            sorted(items, key=lambda item: (item.first, -item.size)),  # as the operators run
            sorted(items, key=lambda item: (-item.size, item.first)),  # the largest first
        )
        self._distances = distances
        # Where a run of safe distances begins or ends: the item touches there.
        self._edges = {
            pair: [d for d in safe if not {d - ALIGNMENT, d + ALIGNMENT} <= safe]
            for pair, safe in distances.items()
        }

    def within(self, capacity: int) -> Offsets | None:
        """Offsets within `capacity` bytes; None when none are found within _MOST_TRIALS."""
        for order in self._orders:
            offsets: Offsets = {}
            if self._rest(order, capacity, offsets, iter(range(_MOST_TRIALS))):
                return offsets
        return None

    def _rest(
        self, order: list[Item], capacity: int, offsets: Offsets, trials: Iterator[int]
    ) -> bool:
        """Place the items that are not in `offsets` yet; each trial takes one from `trials`."""
        if len(offsets) == len(order):
            return True
        item = order[len(offsets)]
        others = [other for other in order[: len(offsets)] if other.meets(item)]
        for offset in self._candidates(item, others, capacity, offsets):
            if next(trials, None) is None:
                return False
            offsets[item.id] = offset
            if self._rest(order, capacity, offsets, trials):
                return True
            del offsets[item.id]
        return False

    def _candidates(
        self, item: Item, others: list[Item], capacity: int, offsets: Offsets
    ) -> list[int]:
        """Offsets at which the item fits and touches an end of the buffer or another item."""
        result = {0, capacity - item.span}
        for other in others:
            base = offsets[other.id]
            result |= {base + other.span, base - item.span}
            result |= {base + d for d in self._edges.get((item.id, other.id), ())}
        return sorted(
            offset
            for offset in result
            if 0 <= offset <= capacity - item.span
            and all(self._fits(item, offset, other, offsets[other.id]) for other in others)
        )

    def _fits(self, item: Item, offset: int, other: Item, base: int) -> bool:
        apart = offset + item.span <= base or base + other.span <= offset
        return apart or offset - base in self._distances.get((item.id, other.id), ())
