# SPDX-License-Identifier: Apache-2.0
"""DEPTHWISE_CONV_2D."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from typing_extensions import Self

from kws_codegen.operators.c_code import KernelCall, Names, height_and_width
from kws_codegen.operators.conv_2d import Conv2D
from kws_codegen.operators.op import Step
from kws_codegen.operators.operator_view import OperatorView
from kws_codegen.operators.requantization import Requantization
from kws_codegen.operators.tensors import Int8Array, round_up
from kws_codegen.operators.time_use import RowWise, TimeUse
from kws_codegen.operators.weighted_sums import requantized, weighted_code, weights_of
from kws_codegen.operators.windows import SlidingOp, Window, dilation_of, window_of

RING = 12
"""Bytes of three rows of one pixel (dsp/depthwise_dsp.c)."""

SLAB = 16
"""Channels that Helium computes together (LANES in helium/depthwise_helium.c)."""


@dataclass(frozen=True)
class Plane:
    """One channel with its padding, as the kernel gathers it: the pixels that windows touch.

    The longer side of the output becomes the rows' direction: `transposed` tells whether rows
    and columns are exchanged for that.
    """

    shape: tuple[int, int]  # as gathered; the width is even
    transposed: bool

    def order(self, pair: tuple[int, int]) -> tuple[int, int]:
        """(vertical, horizontal) of the image as (row, column) of the plane."""
        return (pair[1], pair[0]) if self.transposed else pair


@dataclass(frozen=True, kw_only=True)
class DepthwiseConv2D(SlidingOp):
    weights: Int8Array  # [output channels, kernel height, kernel width]
    multiplier: int  # output channels an input channel
    requantization: Requantization
    exchanged: bool | None = None  # rows and columns; None: where there are more rows

    @property
    def plane(self) -> Plane:
        height, width, _ = self.output.image
        w = self.window
        sides = [
            (size - 1) * w.stride[i] + (w.kernel[i] - 1) * w.dilation[i] + 1
            for i, size in enumerate((height, width))
        ]
        transposed = height > width if self.exchanged is None else self.exchanged
        if transposed:
            sides.reverse()
        return Plane((sides[0], round_up(sides[1], 2)), transposed)

    @property
    def macs(self) -> int:
        height, width, _ = self.output.image
        return height * width * int(self.weights.size)

    @property
    def work(self) -> int:
        """Each call unpacks the weights and constants of all channels."""
        return 2 * self.macs + 8 * self.output.size + 4 * int(self.weights.size)

    @property
    def scratch_bytes(self) -> int:
        """A plane of int16; or the rows under one output row, SLAB channels each for Helium, RING
        bytes a column of the plane for DSP instructions."""
        height, width = self.plane.shape
        plane = round_up(2 * height * width, 4)
        if self.multiplier != 1:
            return plane
        w = self.window
        rows = (w.kernel[0] - 1) * w.dilation[0] + 1
        columns = (self.output.image[1] - 1) * w.stride[1] + w.kernel[1]
        return max(plane, SLAB * rows * columns, RING * width)

    @property
    def _is_sequence(self) -> bool:
        """Whether the image is one pixel wide or high, and not padded."""
        sides = zip(self.input.image[:2], self.output.image[:2], self.window.kernel, strict=True)
        return self.window.padding == (0, 0) and any(side == (1, 1, 1) for side in sides)

    @property
    def sizes(self) -> tuple[int, ...]:
        return self.plane.shape

    @property
    def notes(self) -> tuple[str, ...]:
        exchanged = ("computed with rows and columns exchanged",) if self.plane.transposed else ()
        return (self.window.note, *exchanged)

    def time_use(self, rows: int) -> TimeUse:
        return self.window.time_use(self.input, self.output, rows)

    def part(self, rows: int, use: RowWise, first: int, count: int) -> Self:
        return replace(super().part(rows, use, first, count), exchanged=False)

    def steps(self) -> Iterator[Step]:
        inputs, outputs = self.input.image[2], self.output.image[2]
        for channel in range(inputs):
            reads = np.arange(channel, self.input.size, inputs)
            for i in range(self.multiplier):
                first = channel * self.multiplier + i
                yield Step((reads,), np.arange(first, self.output.size, outputs))

    def code(self, names: Names) -> KernelCall:
        plane, window = self.plane, self.window
        weights = self.weights.transpose(0, 2, 1) if plane.transposed else self.weights
        order = "column, row" if plane.transposed else "row, column"
        comment = f"weights {list(self.weights.shape)}: output channel, {order}"
        arrays, fields = weighted_code(weights, self.requantization, names, comment)
        (_, width_in, channels_in), (_, width_out, channels_out) = (
            self.input.image, self.output.image,
        )  # fmt: skip
        rows_in, columns_in = plane.order((width_in * channels_in, channels_in))
        rows_out, columns_out = plane.order((width_out * channels_out, channels_out))
        size_in, size_out = (plane.order(t.image[:2]) for t in (self.input, self.output))
        top, left = plane.order(window.padding)
        return KernelCall(
            function=(
                "kws_depthwise_sequence_s8" if self._is_sequence else "kws_depthwise_conv_2d_s8"
            ),
            arguments=(
                names.struct,
                names.tensor(self.input),
                names.tensor(self.output),
                names.scratch,
            ),
            struct="kws_depthwise_conv_2d",
            fields=(
                f"{height_and_width('in', size_in)}, .in_channels = {channels_in}",
                f"{height_and_width('out', size_out)}, .out_channels = {channels_out}",
                height_and_width("kernel", plane.order(window.kernel)),
                height_and_width("stride", plane.order(window.stride)),
                height_and_width("dilation", plane.order(window.dilation)),
                f".pad_top = {top}, .pad_left = {left}",
                height_and_width("plane", plane.shape),
                f".multiplier = {self.multiplier}",
                f".pad_value = {self.input.zero_point}",
                f".in_row_stride = {rows_in}, .in_column_stride = {columns_in}",
                f".out_row_stride = {rows_out}, .out_column_stride = {columns_out}",
                *fields,
            ),
            arrays=arrays,
        )


def depthwise_conv_2d(view: OperatorView, window: Window | None = None) -> DepthwiseConv2D | Conv2D:
    """`window` as in conv_2d. Several outputs of one input channel are a plain convolution, whose
    kernel takes fewer instructions for each and needs no plane."""
    weights = weights_of(view, 4)
    _, height, width, channels = weights.shape
    depth = view.image(view.input)[2]
    if channels % depth:
        view.fail(f"has {channels} weight channels for {depth} input channels")
    if window is None:
        window = window_of(view, (height, width), dilation_of(view))
    by_channel = np.ascontiguousarray(weights[0].transpose(2, 0, 1))
    rows, requantization = requantized(view, by_channel.reshape(channels, -1), axis=3)
    if depth == 1 < channels:
        return Conv2D(
            **view.fields(),
            window=window,
            weights=rows.reshape(*by_channel.shape, 1),
            requantization=requantization,
        )
    return DepthwiseConv2D(
        **view.fields(),
        window=window,
        weights=rows.reshape(by_channel.shape),
        multiplier=channels // depth,
        requantization=requantization,
    )
