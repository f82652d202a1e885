# SPDX-License-Identifier: Apache-2.0
"""Where time runs through a graph: which operators work row by row, and which end it.

Row j of a tensor is counted from the first frame that the model ever saw, not from where a window
begins: without padding in time it is the same row in every window that it belongs to.
"""

from dataclasses import dataclass, field

from kws_codegen.graph import Graph
from kws_codegen.operators.op import Op
from kws_codegen.operators.tensors import Activation
from kws_codegen.operators.time_use import EndsTime, NotStreamable, RowWise, row_bytes, time_axis


@dataclass(frozen=True)
class RowTensor:
    """A tensor whose rows are time."""

    tensor: Activation
    rows: int  # of one window
    stride: int  # frames from one row to the next

    @property
    def row_bytes(self) -> int:
        return row_bytes(self.tensor, self.rows)


@dataclass(frozen=True)
class RowOp:
    """An operator that makes rows of rows; all its inputs have `rows` of them in a window."""

    op: Op
    rows: int
    use: RowWise


@dataclass(frozen=True)
class SumOp:
    """An operator that ends time and needs its sums alone: see EndsTime.sums."""

    op: Op
    rows: int
    width: int
    channels: int


@dataclass(frozen=True)
class TimeAxis:
    """A graph, divided: what runs row by row, and what once a decision (`rest`, in order)."""

    graph: Graph
    frames: int  # of one window
    tensors: dict[int, RowTensor] = field(repr=False)  # by tensor index
    row_ops: tuple[RowOp, ...]
    sums: tuple[SumOp, ...]  # these are not in `rest`, but come before it
    rest: tuple[Op, ...]

    @property
    def stride(self) -> int:
        """Frames after which all layers have moved on by whole rows."""
        return max(tensor.stride for tensor in self.tensors.values())


def time_axis_of(graph: Graph, frames: int) -> TimeAxis | NotStreamable:
    """How time runs through a model whose input is `frames` rows, or which operator prevents it."""
    if graph.states or graph.more_outputs:
        return NotStreamable("the model keeps state of its own, or has several outputs")
    if time_axis(graph.input.shape, frames) is None:
        return NotStreamable(f"the model's input {list(graph.input.shape)} has no {frames} rows")
    tensors = {graph.input.index: RowTensor(graph.input, frames, 1)}
    row_ops, sums, rest = [], [], []
    for op in graph.ops:
        sources = [tensors[t.index] for t in op.inputs if t.index in tensors]
        if not sources:
            rest.append(op)
            continue
        found = _use(op, sources)
        if isinstance(found, NotStreamable):
            name = f"operator {op.index}, {op.kind} {list(op.input.shape)}: "
            return NotStreamable(name + found.reason)
        if isinstance(found, EndsTime):
            if found.sums is not None:
                sums.append(SumOp(op, sources[0].rows, *found.sums))
            else:
                rest.append(op)
            continue
        stride = sources[0].stride * found.stride
        tensors[op.output.index] = RowTensor(op.output, found.rows, stride)
        row_ops.append(RowOp(op, sources[0].rows, found))
    if graph.output.index in tensors:
        return NotStreamable("the model's output has time")
    return TimeAxis(graph, frames, tensors, tuple(row_ops), tuple(sums), tuple(rest))


_MOST_SUMMED = 255
"""Values of one row that add up in 16 bits."""


def _use(op: Op, sources: list[RowTensor]) -> RowWise | EndsTime | NotStreamable:
    rows = sources[0].rows
    if len(sources) < len(op.inputs):
        return NotStreamable("joins what has time with what has none")
    if len({(source.rows, source.stride) for source in sources}) > 1:
        return NotStreamable("joins rows of different length in time")
    use = op.time_use(rows)
    if isinstance(use, RowWise) and use.rows == 1:
        return EndsTime()
    if isinstance(use, EndsTime) and use.sums is not None and use.sums[0] > _MOST_SUMMED:
        return EndsTime()
    return use
