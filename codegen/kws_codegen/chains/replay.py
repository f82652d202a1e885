# SPDX-License-Identifier: Apache-2.0
"""The proof of a conveyor: every access of all turns in a memory whose bytes know what they hold.
It knows nothing of how the places were chosen."""

import numpy as np

from kws_codegen.chains.conveyor import Conveyor
from kws_codegen.chains.turns import Piece, Turn
from kws_codegen.operators.tensors import IntArray
from kws_codegen.plan.planner import PlanError


def replay(conveyor: Conveyor) -> None:
    """Raises PlanError when a kernel meets a byte that no longer holds what it expects, or when a
    row of the chain's output is not made."""
    _Replay(conveyor).run()


class _Replay:
    def __init__(self, conveyor: Conveyor) -> None:
        self._conveyor = conveyor
        self._links = conveyor.chain.links
        self._memory = np.full(conveyor.bytes, -1, np.int64)
        self._made = 0

    def run(self) -> None:
        for number, turn in enumerate(self._conveyor.turns):
            for piece in turn.pieces:
                self._piece(piece, turn)
            for move in self._conveyor.moves(number):
                kept = self._memory[move.source : move.source + move.bytes].copy()
                self._memory[move.to : move.to + move.bytes] = kept
        if self._made != self._links[-1].use.rows:
            raise PlanError("a chain does not make all rows of its output")

    def _piece(self, piece: Piece, turn: Turn) -> None:
        op = self._conveyor.part(piece)
        if op is None:
            size = self._links[-1].out_bytes * len(piece.source)
            self._check(piece, turn, np.arange(size))
            self._made = piece.source.stop
            return
        inside = piece.link < len(self._conveyor.tops)
        place = self._conveyor.place_of(piece.link, piece.first, turn) if inside else 0
        made = self._contents(piece.link, piece.first, op.output.size)
        scratch = slice(self._conveyor.scratch, self._conveyor.scratch + op.scratch_bytes)
        self._memory[scratch] = -1
        for access in op.steps():
            self._check(piece, turn, access.reads[0])
            if inside:
                self._memory[place + access.writes] = made[access.writes]
        if inside and not np.array_equal(self._memory[place : place + len(made)], made):
            raise PlanError(f"operator {op.index}, {op.kind} does not write all of its rows")
        self._memory[scratch] = -1
        if piece.link == len(self._links) - 1 and not self._conveyor.chain.sums:
            self._made = piece.first + piece.count

    def _contents(self, link: int, row: int, size: int) -> IntArray:
        """Distinct numbers for the bytes of distinct rows of what a link makes."""
        first = row * self._links[link].out_bytes
        return np.arange(first, first + size, dtype=np.int64) + (link << 40)

    def _check(self, piece: Piece, turn: Turn, reads: IntArray) -> None:
        tensor = piece.link - 1
        if tensor < 0:
            return  # all of the chain's input is there; the planner sees to that
        place = self._conveyor.place_of(tensor, piece.source.start, turn)
        expected = self._contents(tensor, piece.source.start, int(np.max(reads, initial=-1)) + 1)
        if not np.array_equal(self._memory[place + reads], expected[reads]):
            raise PlanError(f"operator {piece.link} of a chain meets overwritten bytes")
