# SPDX-License-Identifier: Apache-2.0
"""Where the rows of a chain lie between its operators.

Of each tensor some rows are kept for the next turn: a kernel of three rows needs two of them
again. They lie one below the other, those of the first tensor on top, and above them is room for
the rows that a turn makes. An operator writes its rows just above those kept of its own output,
over what it has read; so they travel down past what is kept, which ends up above them and goes
back to its place at the end of the turn. Nothing is copied but that.

        turn begins   [kept 3][kept 2][kept 1][rows 1      ]
        ...           [kept 3][kept 2][rows 2      ][kept 1]
        turn ends     [rows 4      ][kept 3][kept 2][kept 1]
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from kws_codegen.chains.links import Chain
from kws_codegen.chains.turns import Piece, Turn, turns_of
from kws_codegen.operators.op import Op
from kws_codegen.operators.tensors import round_up
from kws_codegen.plan.overlap import is_safe, last_reads, write_steps
from kws_codegen.plan.placement import ALIGNMENT

_SUM_BYTES = 4  # int32
_NOWHERE = 1 << 30


@dataclass(frozen=True)
class Move:
    """Kept rows that go back to their place, `bytes` of them."""

    to: int
    source: int
    bytes: int


def least_bytes(chain: Chain, block: int) -> tuple[int, int]:
    """What the rows that are kept, the rows of a turn and scratch memory take at least; and the
    work (Op.work) of all turns."""
    conveyor = Conveyor(chain, block, placed=False)
    return conveyor.bytes, conveyor.work


class Conveyor:
    """A chain in turns of `block` rows, with addresses within its own memory.

    Attributes:
        turns: what runs.
        tops: for each tensor between the operators, where the rows that a turn makes begin.
        scratch: where the kernels' own scratch memory is.
        sums: where the sums over all rows are, int32 [channels], if the chain ends with them.
        bytes: of all that.
        work: of all turns (Op.work).

    Without `placed` rows lie as if every operator could write over all that it has read.
    """

    def __init__(self, chain: Chain, block: int, placed: bool = True) -> None:
        self.chain = chain
        self.turns = turns_of(chain, block)
        self._parts: dict[tuple[int, int, int, int], Op] = {}
        between = len(chain.links) - (0 if chain.sums else 1)
        self._bytes = [chain.links[i].out_bytes for i in range(between)]
        places = [0]
        floor = -self._most_kept(0)
        for i in range(1, between):
            places.append(self._place(i, floor, places) if placed else floor)
            floor = min(floor, places[i] - self._most_kept(i))
        floor = -round_up(-floor, ALIGNMENT)
        self.tops = [place - floor for place in places]
        self.scratch = round_up(
            max((self.tops[i] + self._most_made(i) for i in range(between)), default=0), ALIGNMENT
        )
        ops = [self.part(piece) for turn in self.turns for piece in turn.pieces]
        self.work = sum(op.work if op else 0 for op in ops)
        self.sums = self.scratch + max((op.scratch_bytes for op in ops if op), default=0)
        self.bytes = self.sums + (_SUM_BYTES * chain.sums.channels if chain.sums else 0)

    def part(self, piece: Piece) -> Op | None:
        """The operator for the rows of a piece; None for sums."""
        if piece.link == len(self.chain.links):
            return None
        link = self.chain.links[piece.link]
        above = max(0, -(link.use.first + piece.first * link.use.stride))
        key = (piece.link, piece.count, len(piece.source), above)
        if key not in self._parts:
            self._parts[key] = link.op.part(link.rows, link.use, piece.first, piece.count)
        return self._parts[key]

    def place_of(self, tensor: int, row: int, turn: Turn) -> int:
        """Of a row of the tensor behind link `tensor`, while a turn runs."""
        return self.tops[tensor] + (row - turn.made[tensor + 1]) * self._bytes[tensor]

    def moves(self, number: int) -> Iterator[Move]:
        """At the end of a turn, in order: the lowest first."""
        if number + 1 == len(self.turns):
            return
        turn, following = self.turns[number : number + 2]
        last: Move | None = None
        for i in reversed(range(len(self.tops))):
            kept, made = self._kept(i, number + 1), following.made[i + 1]
            move = Move(
                to=self.place_of(i, made - kept, following),
                source=self.place_of(i, made - kept, turn),
                bytes=kept * self._bytes[i],
            )
            if not move.bytes or move.to == move.source:
                continue
            if last and (last.to + last.bytes, last.source + last.bytes) == (move.to, move.source):
                last = Move(last.to, last.source, last.bytes + move.bytes)
                continue
            if last:
                yield last
            last = move
        if last:
            yield last

    def _kept(self, tensor: int, number: int) -> int:
        """Rows there before a turn that it or a later one needs."""
        made = self.turns[number].made[tensor + 1]
        return made - min(made, self._first_needed[tensor][number])

    @cached_property
    def _first_needed(self) -> list[list[int]]:
        """For each tensor and turn: the first row that this turn or a later one reads."""
        result = []
        for i in range(len(self._bytes)):
            needed, reads = [], 1 << 30
            for turn in reversed(self.turns):
                starts = [p.source.start for p in turn.pieces if p.link == i + 1]
                reads = min([reads, *starts])
                needed.append(reads)
            result.append(needed[::-1])
        return result

    def _most_kept(self, tensor: int) -> int:
        """Bytes."""
        turns = range(len(self.turns))
        return max(self._kept(tensor, number) for number in turns) * self._bytes[tensor]

    def _most_made(self, tensor: int) -> int:
        """Bytes that a turn makes."""
        counts = [p.count for turn in self.turns for p in turn.pieces if p.link == tensor]
        return max(counts) * self._bytes[tensor]

    def _place(self, tensor: int, floor: int, places: list[int]) -> int:
        """The highest place, at `floor` or below, at which no turn's rows harm what is needed."""
        place = floor - floor % ALIGNMENT
        lowest = floor - self._most_made(tensor) - ALIGNMENT
        accesses = [*self._accesses(tensor, places)]
        while place > lowest:
            if all(access.allows(place) for access in accesses):
                return place
            place -= ALIGNMENT
        return lowest - lowest % ALIGNMENT

    def _accesses(self, tensor: int, places: list[int]) -> "Iterator[_Access]":
        """How link `tensor` reads and writes in each kind of turn."""
        seen = set()
        for number, turn in enumerate(self.turns):
            for piece in turn.pieces:
                if piece.link != tensor:
                    continue
                part = self.part(piece)
                assert part is not None
                kept = [self._stays(i, number, places[i]) for i in range(tensor)]
                start = (
                    places[tensor - 1]
                    + (piece.source.start - turn.made[tensor]) * (self._bytes[tensor - 1])
                )
                access = _Access(part, start, kept[-1], min(kept[:-1], default=_NOWHERE))
                if access.key not in seen:
                    seen.add(access.key)
                    yield access

    def _stays(self, tensor: int, number: int, top: int) -> int:
        """Where the rows begin that lie there after a turn and that later ones need."""
        if number + 1 == len(self.turns):
            return _NOWHERE
        before, after = (turn.made[tensor + 1] for turn in self.turns[number : number + 2])
        first = self._first_needed[tensor][number + 1]
        return top + (first - before) * self._bytes[tensor] if first < after else _NOWHERE


class _Access:
    """A part's order of access. Its input begins at `start`; of what lies there, what is at
    `needed` or above must stay; so must all that is at `ceiling` or above."""

    def __init__(self, part: Op, start: int, needed: int, ceiling: int) -> None:
        self.key = (id(part), start, needed, ceiling)
        self._start, self._ceiling = start, min(needed, ceiling)
        self._size = part.output.size
        self._last, self._written = last_reads(part)[0], write_steps(part)

    def allows(self, place: int) -> bool:
        """Whether the output may begin at `place`."""
        if place + self._size > self._ceiling:
            return False
        return is_safe(self._last, self._written, self._start - place)
