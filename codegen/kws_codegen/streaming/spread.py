# SPDX-License-Identifier: Apache-2.0
"""Which rows are made later than they could be, so that no one frame has all the work.

A network that does not use the last frames of its window can wait so long with its layers. They
wait only where rows are kept anyway (a kernel of several rows), so that it costs no RAM.
"""

from itertools import pairwise, product

from kws_codegen.streaming.time_axis import RowOp, TimeAxis

_MOST_TRIED = 20_000


def rows_by(axis: TimeAxis, frames: int) -> dict[int, int]:
    """Rows of each tensor that can be made of so many frames."""
    result = {axis.graph.input.index: frames}
    for row_op in axis.row_ops:
        use = row_op.use
        there = min(result[tensor.index] for tensor in row_op.op.inputs)
        result[row_op.op.output.index] = max(0, (there - use.first - use.reach) // use.stride + 1)
    return result


def spread(axis: TimeAxis) -> dict[int, int]:
    """Frames that each tensor is made later than it could be, by tensor index.

    Of all ways in which a later layer waits no less than an earlier one, the one with the least
    work in the busiest frame.
    """
    groups = _groups(axis)
    slack = min(axis.stride - 1, _slack(axis))
    while slack and (slack + 1) ** len(groups) > _MOST_TRIED:
        slack -= 1
    loads = [_loads(axis, group) for group in groups]
    best = min(
        (
            delays
            for delays in product(range(slack + 1), repeat=len(groups))
            if all(a <= b for a, b in pairwise(delays))
        ),
        key=lambda delays: (_busiest(loads, delays, axis.stride), sum(delays)),
    )
    result = {axis.graph.input.index: 0}
    for group, delay in zip(groups, best, strict=True):
        result |= {row_op.op.output.index: delay for row_op in group}
    return result


def _groups(axis: TimeAxis) -> list[list[RowOp]]:
    """Operators in order, divided before those that read several rows, of which some are kept."""
    groups: list[list[RowOp]] = []
    for row_op in axis.row_ops:
        if not groups or row_op.use.reach > 1:
            groups.append([])
        groups[-1].append(row_op)
    return groups


def _slack(axis: TimeAxis) -> int:
    """Frames at the end of a window that the last row of no layer depends on."""
    ends = [(op.op.input.index, op.rows) for op in axis.sums]
    for op in axis.rest:
        ends += [
            (t.index, axis.tensors[t.index].rows) for t in op.inputs if t.index in axis.tensors
        ]
    slack = 0
    while slack < axis.frames - 1:
        rows = rows_by(axis, axis.frames - slack - 1)
        if any(rows[index] < needed for index, needed in ends):
            break
        slack += 1
    return slack


def _loads(axis: TimeAxis, group: list[RowOp]) -> list[int]:
    """Work of the operators in each frame of a period, as soon as possible: about that of MACs."""
    start = axis.frames + axis.stride * axis.frames  # late enough, a window's end
    result = []
    for frame in range(start, start + axis.stride):
        before, now = rows_by(axis, frame), rows_by(axis, frame + 1)
        result.append(
            sum(
                (row_op.op.macs + row_op.op.output.size)
                // row_op.use.rows
                * (now[row_op.op.output.index] - before[row_op.op.output.index])
                for row_op in group
            )
        )
    return result


def _busiest(loads: list[list[int]], delays: tuple[int, ...], stride: int) -> int:
    return max(
        sum(load[(frame - delay) % stride] for load, delay in zip(loads, delays, strict=True))
        for frame in range(stride)
    )
