# SPDX-License-Identifier: Apache-2.0
"""When each row is computed, and what that keeps in memory: found by going through the frames.

The schedule repeats itself after `stride` frames (TimeAxis.stride), and its last frame is the one
that fills a window. Rows are made in runs: so many of one tensor in one frame, by one call.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from kws_codegen.operators.op import Op
from kws_codegen.streaming.spread import rows_by, spread
from kws_codegen.streaming.time_axis import RowOp, RowTensor, SumOp, TimeAxis


@dataclass(frozen=True)
class Run:
    """Rows [first, first + count) of a tensor, counted from the first frame."""

    root: int  # index of the tensor whose bytes they are
    first: int
    count: int

    @property
    def stop(self) -> int:
        return self.first + self.count


@dataclass(frozen=True)
class Event:
    """One step of a frame: the row arrives, or a kernel runs.

    `work` is None for the arrival, a RowOp or SumOp in the frame's part, an Op or SumOp (its
    division) in the decision's part.
    """

    frame: int
    work: RowOp | SumOp | Op | None
    reads: tuple[Run, ...]
    writes: Run | None
    decides: bool = False

    @property
    def op(self) -> Op | None:
        return self.work.op if isinstance(self.work, RowOp | SumOp) else self.work


@dataclass(frozen=True)
class Schedule:
    """All events of frames 0 to `horizon` - 1, and which of them are the period that repeats."""

    axis: TimeAxis
    roots: dict[int, int]  # tensor index to the index of the tensor whose bytes it is
    events: tuple[Event, ...]
    period_start: int  # frame

    @property
    def period(self) -> range:
        """Frames of one period, late enough for everything to have settled."""
        return range(self.period_start, self.period_start + self.axis.stride)

    def first_frame(self, work: RowOp | SumOp) -> int:
        """The first frame in which it makes something of rows that exist."""
        return next(e.frame for e in self.events if e.work is work and not e.decides)


def schedule(axis: TimeAxis) -> Schedule:
    """Every row as soon as what it is made of is there, or so much later as spread() says."""
    settled = -(-axis.frames // axis.stride) + 2
    # A window is full at frame `frames` - 1: the last of a period.
    period_start = axis.frames % axis.stride + settled * axis.stride
    horizon = period_start + 2 * axis.stride + axis.frames
    roots = _roots(axis)
    made = dict.fromkeys(axis.tensors, 0)  # rows so far
    summed = dict.fromkeys(axis.sums, 0)
    delays = spread(axis)
    possible = [rows_by(axis, frame) for frame in range(horizon + 1)]
    events: list[Event] = []
    for frame in range(horizon):
        now = {i: possible[max(0, frame + 1 - late)][i] for i, late in delays.items()}
        events += _frame(axis, roots, made, now, frame)
        events += _sums(axis, roots, made, summed, frame)
        begin = frame + 1 - axis.frames
        if begin >= 0 and begin % axis.stride == 0:
            events += _decision(axis, roots, frame, begin)
    return Schedule(axis, roots, tuple(events), period_start)


def _roots(axis: TimeAxis) -> dict[int, int]:
    roots = {index: index for index in axis.tensors}
    for row_op in axis.row_ops:
        if row_op.op.same_bytes:
            roots[row_op.op.output.index] = roots[row_op.op.input.index]
    for op in axis.rest:
        source = roots.get(op.input.index, op.input.index)
        roots[op.output.index] = source if op.same_bytes else op.output.index
    for sum_op in axis.sums:
        roots[sum_op.op.output.index] = sum_op.op.output.index
    return roots


def _frame(
    axis: TimeAxis, roots: dict[int, int], made: dict[int, int], now: dict[int, int], frame: int
) -> Iterator[Event]:
    """The row arrives, and rows are made until there are as many as `now` says; counts `made`."""
    source = axis.graph.input.index
    made[source] += 1
    yield Event(frame, None, (), Run(source, frame, 1))
    for row_op in axis.row_ops:
        op, use = row_op.op, row_op.use
        first = made[op.output.index]
        made[op.output.index] = now[op.output.index]
        count = now[op.output.index] - first
        if not count or op.same_bytes:
            continue
        begin = first * use.stride + use.first
        reads = tuple(Run(roots[t.index], begin, use.inputs_of(count)) for t in op.inputs)
        yield Event(frame, row_op, reads, Run(op.output.index, first, count))


def _sums(
    axis: TimeAxis,
    roots: dict[int, int],
    made: dict[int, int],
    summed: dict[SumOp, int],
    frame: int,
) -> Iterator[Event]:
    """Rows that are added to sums, but not before the decision that they do not belong to."""
    for sum_op in axis.sums:
        index = sum_op.op.input.index
        begin = (frame - axis.frames) // axis.stride + 1  # of the next window to be full
        stop = begin * axis.stride // axis.tensors[index].stride + sum_op.rows
        for row in range(summed[sum_op], min(made[index], stop)):
            summed[sum_op] = row + 1
            yield Event(frame, sum_op, (Run(roots[index], row, 1),), None)


def _decision(axis: TimeAxis, roots: dict[int, int], frame: int, begin: int) -> Iterator[Event]:
    """What runs once a window that starts at frame `begin` is full."""
    for sum_op in axis.sums:
        output = Run(sum_op.op.output.index, 0, 1)
        yield Event(frame, sum_op, (), output, decides=True)
    by_root = {roots[index]: tensor for index, tensor in axis.tensors.items()}
    for op in axis.rest:
        if op.same_bytes:
            continue
        reads = tuple(_all_of(roots[t.index], by_root, begin) for t in op.inputs)
        yield Event(frame, op, reads, Run(op.output.index, 0, 1), decides=True)


def _all_of(root: int, by_root: dict[int, RowTensor], begin: int) -> Run:
    """All rows of the window; what has no time is one row."""
    tensor = by_root.get(root)
    return Run(root, begin // tensor.stride, tensor.rows) if tensor else Run(root, 0, 1)
