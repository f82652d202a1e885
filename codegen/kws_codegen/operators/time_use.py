# SPDX-License-Identifier: Apache-2.0
"""How an operator treats time, for the streaming model: each says so in its own module.

A tensor has time when it is rows of equal size, one after the other: its first dimension of more
than one element is time.
"""

from dataclasses import dataclass, replace

from kws_codegen.operators.tensors import Activation


@dataclass(frozen=True)
class RowWise:
    """Output row i is made of the input rows first + i * stride and the reach - 1 after it."""

    rows: int
    """Of the output, of one window."""

    stride: int = 1
    reach: int = 1
    first: int = 0

    def inputs_of(self, outputs: int) -> int:
        """Input rows that so many output rows, one after the other, are made of."""
        return (outputs - 1) * self.stride + self.reach

    def part_of(self, rows: int, first: int, count: int) -> range:
        """Of `rows` input rows those that the output rows [first, first + count) are made of."""
        begin = self.first + first * self.stride
        return range(max(0, begin), min(rows, begin + self.inputs_of(count)))

    def made_of(self, there: int, rows: int) -> int:
        """Output rows that can be made when the first `there` of `rows` input rows are there."""
        if there == rows:
            return self.rows
        return min(self.rows, max(0, (there - self.first - self.reach) // self.stride + 1))


@dataclass(frozen=True)
class EndsTime:
    """The output has no time: all rows are needed at once.

    `sums` is set where sums over time are all that is needed: (width, channels) of a row, whose
    values are added up over time and width, channel by channel. The operator is a SumsTime then.
    """

    sums: tuple[int, int] | None = None


@dataclass(frozen=True)
class NotStreamable:
    """Rows cannot be computed once for all windows."""

    reason: str
    """Goes on after "operator 3, CONV_2D, "."""


TimeUse = RowWise | EndsTime | NotStreamable


def time_axis(shape: tuple[int, ...], rows: int) -> int | None:
    """Which dimension is time, where there are `rows` of it; None where there is none."""
    for axis, size in enumerate(shape):
        if size == rows:
            return axis
        if size != 1:
            return None
    return None


def row_bytes(tensor: Activation, rows: int) -> int:
    """Bytes of one of its rows."""
    return tensor.size // rows


def with_rows(tensor: Activation, rows: int, count: int) -> Activation:
    """A tensor of `rows` rows with `count` of them instead."""
    axis = time_axis(tensor.shape, rows)
    assert axis is not None, f"tensor {tensor.index} {tensor.shape} has no {rows} rows"
    shape = (*tensor.shape[:axis], count, *tensor.shape[axis + 1 :])
    return replace(tensor, shape=shape)
