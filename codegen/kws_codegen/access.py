"""In which order the kernels read and write memory: what makes work in place safe.

Each function restates the promise of one kernel in firmware/kernels/. The planner asks how
far an output may lie over its input; the check replays the same steps in a simulated memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kws_codegen.graph import (
    Activation,
    Concatenation,
    Conv2D,
    DepthwiseConv2D,
    Elementwise,
    FullyConnected,
    Lookup,
    Mean,
    Op,
    Pad,
    Pool,
    Softmax,
    StridedCopy,
    Window,
)

Indices = npt.NDArray[np.int64]

CONV_PATCHES = 4
"""Output pixels that CONV_2D gathers before it writes them (KWS_PATCHES in kernels.h)."""


@dataclass(frozen=True)
class Step:
    """Bytes read, then bytes written, as indices into the operands and the output."""

    reads: tuple[Indices, ...]  # one array an input
    writes: Indices


def scratch_bytes(op: Op) -> int:
    """Working memory of a kernel beside its operands (a multiple of 4)."""
    if isinstance(op, Conv2D):
        return CONV_PATCHES * 2 * _round_up(patch_size(op), 8)
    if isinstance(op, DepthwiseConv2D):
        height, width = plane_of(op).shape
        return _round_up(2 * height * width, 4)
    return 0


def patch_size(op: Conv2D) -> int:
    """Weights of one output, up to a multiple of 4: kernels take them in words."""
    return _round_up(int(op.weights[0].size), 4)


@dataclass(frozen=True)
class Plane:
    """One channel with its padding, as a depthwise convolution gathers it.

    The longer side of the output becomes the rows' direction: `transposed` tells whether rows
    and columns are exchanged for that.
    """

    shape: tuple[int, int]  # as gathered; the width is even
    transposed: bool

    def order(self, pair: tuple[int, int]) -> tuple[int, int]:
        """(vertical, horizontal) of the image as (row, column) of the plane."""
        return (pair[1], pair[0]) if self.transposed else pair


def plane_of(op: DepthwiseConv2D) -> Plane:
    """Rows and columns that windows touch."""
    height, width, _ = op.output.image
    w = op.window
    sides = [
        (size - 1) * w.stride[i] + (w.kernel[i] - 1) * w.dilation[i] + 1
        for i, size in enumerate((height, width))
    ]
    transposed = height > width
    if transposed:
        sides.reverse()
    return Plane((sides[0], _round_up(sides[1], 2)), transposed)


def steps(op: Op) -> Iterator[Step]:
    """The kernel's accesses in order; bytes of one step may be read in any order."""
    if isinstance(op, Conv2D):
        yield from _conv_2d(op)
    elif isinstance(op, DepthwiseConv2D):
        yield from _depthwise_conv_2d(op)
    elif isinstance(op, FullyConnected):
        yield from _rows(op, op.rows)
    elif isinstance(op, Pool):
        yield from _pool(op)
    elif isinstance(op, Mean):
        yield from _mean(op)
    elif isinstance(op, Softmax | Lookup):
        yield from _elementwise(op)
    elif isinstance(op, Elementwise):
        yield from _broadcasting(op)
    elif isinstance(op, Concatenation):
        yield from _concatenation(op)
    elif isinstance(op, StridedCopy):
        yield from _strided_copy(op)
    elif isinstance(op, Pad):
        yield from _pad(op)


def last_reads(op: Op) -> tuple[Indices, ...]:
    """For each input: the step (counted from 0) that last reads each byte, -1 if none does."""
    result = tuple(np.full(tensor.size, -1, np.int64) for tensor in op.inputs)
    for number, step in enumerate(steps(op)):
        for last, reads in zip(result, step.reads, strict=True):
            last[reads] = number
    return result


def write_steps(op: Op) -> Indices:
    """The step that writes each byte of the output."""
    result = np.zeros(op.output.size, np.int64)
    for number, step in enumerate(steps(op)):
        result[step.writes] = number
    return result


def _conv_2d(op: Conv2D) -> Iterator[Step]:
    height, width, channels = op.output.image
    areas = [_inside(op, op.window, y, x) for y in range(height) for x in range(width)]
    pixel = 0
    while pixel < len(areas):
        # The last few pixels are done one by one.
        step = CONV_PATCHES if len(areas) - pixel >= CONV_PATCHES else 1
        group = areas[pixel : pixel + step]
        writes = np.arange(pixel * channels, (pixel + len(group)) * channels)
        yield Step((np.concatenate([area.reshape(-1) for area in group]),), writes)
        pixel += step


def _depthwise_conv_2d(op: DepthwiseConv2D) -> Iterator[Step]:
    inputs, outputs = op.input.image[2], op.output.image[2]
    for channel in range(inputs):
        reads = np.arange(channel, op.input.size, inputs)
        for i in range(op.multiplier):
            yield Step((reads,), np.arange(channel * op.multiplier + i, op.output.size, outputs))


def _rows(op: Op, rows: int) -> Iterator[Step]:
    """All of an input row is read again for each output of the row."""
    inputs, outputs = op.input.size // rows, op.output.size // rows
    for row in range(rows):
        reads = np.arange(row * inputs, (row + 1) * inputs)
        for output in range(outputs):
            yield Step((reads,), np.array([row * outputs + output]))


def _pool(op: Pool) -> Iterator[Step]:
    height, width, channels = op.output.image
    pixel = 0
    for y in range(height):
        for x in range(width):
            area = _inside(op, op.window, y, x)
            for channel in range(channels):
                yield Step((area[:, channel],), np.array([pixel * channels + channel]))
            pixel += 1


def _mean(op: Mean) -> Iterator[Step]:
    for outer in range(op.outer):
        start = outer * op.count * op.inner
        for inner in range(op.inner):
            reads = start + inner + np.arange(op.count) * op.inner
            yield Step((reads,), np.array([outer * op.inner + inner]))


def _elementwise(op: Op) -> Iterator[Step]:
    for i in range(op.output.size):
        yield Step((np.array([i]),), np.array([i]))


def _broadcasting(op: Elementwise) -> Iterator[Step]:
    shape = (1,) * (4 - len(op.output.shape)) + op.output.shape
    grid = np.indices(shape).reshape(4, -1)
    places = [
        np.array(strides, np.int64) @ grid
        for operand, strides in zip(op.operands, op.strides, strict=True)
        if isinstance(operand, Activation)
    ]
    for i in range(op.output.size):
        yield Step(tuple(place[i : i + 1] for place in places), np.array([i]))


def _concatenation(op: Concatenation) -> Iterator[Step]:
    """A run is read wholly before it is written."""
    nothing = np.array([], np.int64)
    position = 0
    for outer in range(op.outer):
        number = 0  # among the operands in the buffer
        for operand, run in zip(op.operands, op.runs, strict=True):
            reads = [nothing] * len(op.inputs)
            if isinstance(operand, Activation):
                reads[number] = np.arange(outer * run, (outer + 1) * run)
                number += 1
            yield Step(tuple(reads), np.arange(position, position + run))
            position += run


def _strided_copy(op: StridedCopy) -> Iterator[Step]:
    grid = np.indices(op.shape).reshape(len(op.shape), -1)
    places = op.start + np.array(op.strides, np.int64) @ grid
    for i, place in enumerate(places):
        yield Step((np.array([place]),), np.array([i]))


def _pad(op: Pad) -> Iterator[Step]:
    in_shape = (1,) * (4 - len(op.input.shape)) + op.input.shape
    out_shape = (1,) * (4 - len(op.output.shape)) + op.output.shape
    source = np.full(out_shape, -1, np.int64)
    area = tuple(slice(b, b + s) for b, s in zip(op.before, in_shape, strict=True))
    source[area] = np.arange(op.input.size).reshape(in_shape)
    for i, index in enumerate(source.reshape(-1)):
        yield Step((np.array([index] if index >= 0 else [], np.int64),), np.array([i]))


def _inside(op: Op, window: Window, y: int, x: int) -> Indices:
    """Indices of the input under output pixel (y, x): [pixels, channels]."""
    height, width, channels = op.input.image
    rows = y * window.stride[0] - window.padding[0]
    columns = x * window.stride[1] - window.padding[1]
    ys = rows + np.arange(window.kernel[0]) * window.dilation[0]
    xs = columns + np.arange(window.kernel[1]) * window.dilation[1]
    ys = ys[(ys >= 0) & (ys < height)]
    xs = xs[(xs >= 0) & (xs < width)]
    pixels = (ys[:, None] * width + xs[None, :]).reshape(-1)
    return pixels[:, None] * channels + np.arange(channels)[None, :]


def _round_up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple
