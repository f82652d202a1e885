# SPDX-License-Identifier: Apache-2.0
"""A chain of operators as one operator of the graph, whose kernels run turn by turn."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from kws_codegen.chains.conveyor import Conveyor, Move
from kws_codegen.chains.links import Chain
from kws_codegen.chains.turns import Piece, Turn
from kws_codegen.operators.c_code import KernelCall, Names, address
from kws_codegen.operators.op import CallSequence, Op, Part, Step, done
from kws_codegen.operators.shared_arrays import SharedArrays

_NONE = np.array([], np.int64)


@dataclass(frozen=True, kw_only=True)
class RowChain(Op):
    """Its scratch memory is the conveyor."""

    chain: Chain
    block: int

    @cached_property
    def conveyor(self) -> Conveyor:
        return Conveyor(self.chain, self.block)

    @property
    def macs(self) -> int:
        return sum(op.macs for op in self.chain.ops)

    @property
    def scratch_bytes(self) -> int:
        return self.conveyor.bytes

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(size for op in self.chain.ops for size in op.sizes)

    @property
    def notes(self) -> tuple[str, ...]:
        return (f"{self.block} rows of the first operator at a time",)

    def steps(self) -> Iterator[Step]:
        links = self.chain.links
        for turn in self.conveyor.turns:
            for piece in turn.pieces:
                reads, writes = _NONE, _NONE
                if piece.link == 0:
                    rows, size = piece.source, links[0].in_bytes
                    reads = np.arange(rows.start * size, rows.stop * size)
                if piece.link == len(links) - 1 and not self.chain.sums:
                    size = links[-1].out_bytes
                    writes = np.arange(piece.first * size, (piece.first + piece.count) * size)
                if reads.size or writes.size:
                    yield Step((reads,), writes)
        if self.chain.sums:
            yield Step((_NONE,), np.arange(self.output.size))

    def code(self, names: Names) -> CallSequence:
        return _Code(self, names).result()


def row_chain(chain: Chain, block: int) -> RowChain:
    """Takes the place of the chain's operators."""
    first, last = chain.ops[0], chain.ops[-1]
    return RowChain(
        index=last.index,
        kind=f"ROWS OF {first.index} TO {last.index}",
        inputs=first.inputs,
        output=last.output,
        chain=chain,
        block=block,
    )


@dataclass(frozen=True)
class _Call:
    """A statement but for the places of the chain's input and output, which move on."""

    op: Op | None
    prefix: str
    offsets: dict[int, int]
    plain: str = ""  # the statement where there is no operator

    def same_but_for(self, other: "_Call", moving: frozenset[int]) -> bool:
        """Whether they differ in the places of the tensors `moving` alone."""
        same = (self.prefix, self.plain) == (other.prefix, other.plain)
        return same and all(
            place == other.offsets[tensor]
            for tensor, place in self.offsets.items()
            if tensor not in moving
        )


class _Code:
    def __init__(self, op: RowChain, names: Names) -> None:
        self._op, self._names = op, names
        self._chain, self._conveyor = op.chain, op.conveyor
        assert names.scratch_offset is not None
        self._base = names.scratch_offset
        self._arrays = SharedArrays()
        self._parts: dict[str, Part] = {}
        self._prefixes: dict[int, str] = {}
        self._moving = frozenset({op.input.index, op.output.index})

    def result(self) -> CallSequence:
        turns = [
            tuple(self._calls(number, turn)) for number, turn in enumerate(self._conveyor.turns)
        ]
        lines = [*self._begin(), *self._loops(turns), *self._end()]
        return CallSequence(tuple(self._parts.values()), tuple(lines))

    def _begin(self) -> Iterator[str]:
        if sums := self._chain.sums:
            yield f"memset({self._sums}, 0, {4 * sums.channels});"

    def _end(self) -> Iterator[str]:
        if sums := self._chain.sums:
            place = f"(const int32_t *)(const void *)({self._sums})"
            names = replace(self._names, prefix=sums.op.c_name)
            kernel = sums.op.code_of_sums(place, names)
            yield f"{self._keep(sums.op, kernel, names.prefix)};"
            yield done(sums.op, names)

    @property
    def _sums(self) -> str:
        return address(self._base + self._conveyor.sums)

    def _loops(self, turns: list[tuple[_Call, ...]]) -> Iterator[str]:
        """Each turn, but those that differ in the chain's input and output alone as a loop."""
        number = 0
        while number < len(turns):
            stop = number + 1
            while stop < len(turns) and self._goes_on(turns, number, stop):
                stop += 1
            if stop - number > 1:
                advances = self._advances(turns[number], turns[number + 1])
                yield f"for (int turn = 0; turn < {stop - number}; turn++) {{"
                for call in turns[number]:
                    yield from (f"    {line}" for line in self._text(call, advances))
                yield "}"
            else:
                for call in turns[number]:
                    yield from self._text(call, {})
            number = stop

    def _goes_on(self, turns: list[tuple[_Call, ...]], first: int, stop: int) -> bool:
        one, other = turns[stop - 1], turns[stop]
        alike = len(one) == len(other) and all(
            a.same_but_for(b, self._moving) for a, b in zip(one, other, strict=True)
        )
        return alike and self._advances(one, other) == self._advances(
            turns[first], turns[first + 1]
        )

    def _advances(self, one: tuple[_Call, ...], other: tuple[_Call, ...]) -> dict[int, int]:
        return {
            tensor: b.offsets[tensor] - a.offsets[tensor]
            for a, b in zip(one, other, strict=True)
            for tensor in a.offsets
            if tensor in self._moving
        }

    def _text(self, call: _Call, advances: dict[int, int]) -> Iterator[str]:
        if call.op is None:
            yield f"{call.plain};"
            return
        scratch = self._base + self._conveyor.scratch if call.op.scratch_bytes else None
        names = Names(call.prefix, call.offsets, scratch, advances)
        kernel = call.op.code(names)
        assert isinstance(kernel, KernelCall)
        yield f"{self._keep(call.op, kernel, call.prefix)};"
        yield done(call.op, names)

    def _calls(self, number: int, turn: Turn) -> Iterator[_Call]:
        for piece in turn.pieces:
            op = self._conveyor.part(piece)
            if op is None:
                yield _Call(None, "", {}, self._add_to_sums(piece, turn))
                continue
            prefix = self._prefixes.setdefault(id(op), self._prefix(op))
            places = (self._source(piece, turn), self._target(piece, turn))
            offsets = dict(zip((op.input.index, op.output.index), places, strict=True))
            yield _Call(op, prefix, offsets)
        for move in self._conveyor.moves(number):
            yield _Call(None, "", {}, self._move(move))

    def _prefix(self, op: Op) -> str:
        """The name of the operator, and a number behind it for its other parts."""
        taken = sum(p.split("_")[0] == op.c_name for p in self._prefixes.values())
        return f"{op.c_name}_{taken}" if taken else op.c_name

    def _source(self, piece: Piece, turn: Turn) -> int:
        if piece.link == 0:
            row = piece.source.start * self._chain.links[0].in_bytes
            return self._names.offsets[self._op.input.index] + row
        place = self._conveyor.place_of(piece.link - 1, piece.source.start, turn)
        return self._base + place

    def _target(self, piece: Piece, turn: Turn) -> int:
        if piece.link < len(self._conveyor.tops):
            return self._base + self._conveyor.place_of(piece.link, piece.first, turn)
        row = piece.first * self._chain.links[-1].out_bytes
        return self._names.offsets[self._op.output.index] + row

    def _add_to_sums(self, piece: Piece, turn: Turn) -> str:
        sums = self._chain.sums
        assert sums is not None
        rows = address(self._source(piece, turn))
        pixels = len(piece.source) * sums.width
        return f"kws_add_to_sums_s8({rows}, {pixels}, {sums.channels}, {self._sums})"

    def _move(self, move: Move) -> str:
        to, source = address(self._base + move.to), address(self._base + move.source)
        return f"kws_move_down({to}, {source}, {move.bytes})"

    def _keep(self, op: Op, kernel: KernelCall, prefix: str) -> str:
        """The call; its constants are kept."""
        kernel = self._arrays.shared(op.c_name, prefix, kernel)
        if prefix not in self._parts:
            self._parts[prefix] = Part(op, prefix, kernel)
        return kernel.call
