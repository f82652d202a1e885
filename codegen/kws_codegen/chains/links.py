# SPDX-License-Identifier: Apache-2.0
"""Chains of operators that can work row by row: each makes rows of the rows of the one before."""

from collections.abc import Iterator
from dataclasses import dataclass

from kws_codegen.graph import Graph
from kws_codegen.operators.op import Op, SumsTime
from kws_codegen.operators.tensors import Activation
from kws_codegen.operators.time_use import EndsTime, RowWise, row_bytes


@dataclass(frozen=True)
class Link:
    """An operator that makes rows of rows; its input has `rows` of them."""

    op: Op
    rows: int
    use: RowWise

    @property
    def in_bytes(self) -> int:
        """Of a row."""
        return row_bytes(self.op.input, self.rows)

    @property
    def out_bytes(self) -> int:
        """Of a row."""
        return row_bytes(self.op.output, self.use.rows)


@dataclass(frozen=True)
class Sums:
    """An operator at the end of a chain that needs of its input no more than sums over all rows,
    each of `width` pixels of `channels` values."""

    op: SumsTime
    rows: int
    width: int
    channels: int


@dataclass(frozen=True)
class Chain:
    """Operators at the positions [start, stop) of a graph."""

    start: int
    links: tuple[Link, ...]
    sums: Sums | None = None

    @property
    def stop(self) -> int:
        return self.start + len(self.ops)

    @property
    def ops(self) -> tuple[Op, ...]:
        return (*(link.op for link in self.links), *((self.sums.op,) if self.sums else ()))

    @property
    def input(self) -> Activation:
        return self.links[0].op.input

    @property
    def output(self) -> Activation:
        return self.ops[-1].output

    def parts(self) -> "Iterator[Chain]":
        """The chains of at least two operators that are part of this one, itself too."""
        count = len(self.links)
        for first in range(count):
            for stop in range(first + 1, count + 1):
                sums = self.sums if stop == count else None
                chain = Chain(self.start + first, self.links[first:stop], sums)
                if len(chain.ops) > 1:
                    yield chain


def find_chains(graph: Graph) -> list[Chain]:
    """The longest chains, in order."""
    kept = {t.index for t in graph.outputs}
    kept |= {t.index for state in graph.states for t in (state.old, state.new)}
    readers: dict[int, int] = {}
    for op in graph.ops:
        for tensor in op.inputs:
            readers[tensor.index] = readers.get(tensor.index, 0) + 1
    result: list[Chain] = []
    start, links = 0, list[Link]()
    for position, op in enumerate(graph.ops):
        goes_on = (
            bool(links)
            and op.input.index == links[-1].op.output.index
            and readers[op.input.index] == 1
            and op.input.index not in kept
        )
        rows = links[-1].use.rows if goes_on else _rows(op.input)
        link = _link(op, rows)
        if goes_on and link is None and (sums := _sums(op, rows)):
            result.append(Chain(start, tuple(links), sums))
            links = []
            continue
        if not goes_on or link is None:
            if len(links) > 1:
                result.append(Chain(start, tuple(links)))
            start, links = position, []
        if link is not None:
            links.append(link)
    if len(links) > 1:
        result.append(Chain(start, tuple(links)))
    return result


def _rows(tensor: Activation) -> int:
    return next((size for size in tensor.shape if size != 1), 1)


def _link(op: Op, rows: int) -> Link | None:
    if op.same_bytes or op.states or len(op.inputs) != 1 or rows == 1:
        return None
    if op.input.element_bytes != 1 or op.output.element_bytes != 1:
        return None
    use = None if isinstance(op.time_use(rows), EndsTime) else op.row_use(rows)
    if use is None or use.rows == 1:
        return None
    made = range(use.rows)
    return Link(op, rows, use) if all(use.part_of(rows, i, 1) for i in made) else None


_MOST_SUMMED = 1 << 20  # values whose sum fits 32 bits with room


def _sums(op: Op, rows: int) -> Sums | None:
    use = op.time_use(rows)
    if not isinstance(op, SumsTime) or not isinstance(use, EndsTime) or use.sums is None:
        return None
    width, channels = use.sums
    return Sums(op, rows, width, channels) if rows * width < _MOST_SUMMED else None
