# SPDX-License-Identifier: Apache-2.0
"""CONV_2D."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from kws_codegen.operators.c_code import KernelCall, Names
from kws_codegen.operators.fully_connected import FullyConnected
from kws_codegen.operators.op import Step
from kws_codegen.operators.operator_view import OperatorView
from kws_codegen.operators.requantization import Requantization
from kws_codegen.operators.tensors import Int8Array, round_up
from kws_codegen.operators.time_use import TimeUse
from kws_codegen.operators.weighted_sums import requantized, weighted_code, weights_of
from kws_codegen.operators.windows import SlidingOp, Window, dilation_of, window_field, window_of

PATCHES = 4
"""Output pixels that the kernel gathers at most before it writes (KWS_PATCHES in kernels.h)."""

TOGETHER = (3, PATCHES)
"""How many it does take, depending on the instruction set (KWS_TOGETHER in patches.h)."""

OWN_PATCHES = (40, 64)
"""Sizes of patches for which an instruction set may have a loop of its own (kernels.h)."""


@dataclass(frozen=True, kw_only=True)
class Conv2D(SlidingOp):
    weights: Int8Array  # [output channels, kernel height, kernel width, input channels]
    requantization: Requantization

    @property
    def patch(self) -> int:
        """Weights of one output, up to a multiple of 4: kernels take them in words."""
        return round_up(int(self.weights[0].size), 4)

    @property
    def macs(self) -> int:
        height, width, _ = self.output.image
        return height * width * int(self.weights.size)

    @property
    def work(self) -> int:
        """Pixels are computed PATCHES together; their gathering and rounding count too."""
        height, width, channels = self.output.image
        groups = round_up(height * width, PATCHES)
        return groups * (int(self.weights.size) + self.patch + 8 * channels)

    @property
    def scratch_bytes(self) -> int:
        return PATCHES * 2 * round_up(self.patch, 8)

    @property
    def sizes(self) -> tuple[int, ...]:
        return (self.patch,)

    @property
    def notes(self) -> tuple[str, ...]:
        return (self.window.note,)

    def time_use(self, rows: int) -> TimeUse:
        return self.window.time_use(self.input, self.output, rows)

    def steps(self) -> Iterator[Step]:
        height, width, channels = self.output.image
        areas = [
            self.window.pixels(self.input.image, y, x) for y in range(height) for x in range(width)
        ]
        starts = {start for together in TOGETHER for start in range(0, len(areas), together)}
        for pixel, end in pairwise(sorted({*starts, len(areas)})):
            group = areas[pixel:end]
            writes = np.arange(pixel * channels, end * channels)
            yield Step((np.concatenate([area.reshape(-1) for area in group]),), writes)

    def code(self, names: Names) -> KernelCall:
        rows = self.weights.reshape(len(self.weights), -1)
        padded = np.pad(rows, ((0, 0), (0, self.patch - rows.shape[1])))
        comment = f"weights {list(self.weights.shape)}: output channel, row, column, input channel"
        if self.patch > rows.shape[1]:
            comment += f", rows padded with zeros to {self.patch}"
        arrays, fields = weighted_code(padded, self.requantization, names, comment)
        return KernelCall(
            function=(
                f"kws_conv_2d_{self.patch}_s8" if self.patch in OWN_PATCHES else "kws_conv_2d_s8"
            ),
            arguments=(
                names.struct,
                names.tensor(self.input),
                names.tensor(self.output),
                names.scratch,
            ),
            struct="kws_conv_2d",
            fields=(
                window_field(self.input, self.output, self.window),
                f".patch = {self.patch}",
                f".pad_value = {self.input.zero_point}",
                *fields,
            ),
            arrays=arrays,
        )


def conv_2d(view: OperatorView, window: Window | None = None) -> Conv2D | FullyConnected:
    """`window` replaces the one that the operator's options say (folded dilation).

    One output pixel from the whole input is a fully connected layer, which needs no patches."""
    weights = weights_of(view, 4)
    channels, height, width, depth = weights.shape
    inputs = view.image(view.input)[2]
    if window is None:
        window = window_of(view, (height, width), dilation_of(view))
    if depth != inputs:
        weights = _ungrouped(view, weights, inputs)
    rows, requantization = requantized(view, weights.reshape(channels, -1), axis=0)
    if (
        view.output.size == channels
        and view.input.size == rows.shape[1]
        and not any(window.padding)
    ):
        return FullyConnected(**view.fields(), rows=1, weights=rows, requantization=requantization)
    return Conv2D(
        **view.fields(),
        window=window,
        weights=rows.reshape(weights.shape),
        requantization=requantization,
    )


def _ungrouped(view: OperatorView, weights: Int8Array, inputs: int) -> Int8Array:
    """Weights of a grouped convolution as those of a plain one: zeros for the other groups."""
    channels, height, width, depth = weights.shape
    groups = inputs // depth
    if inputs % depth or channels % groups:
        view.fail(f"does not fit its weights {list(weights.shape)}")
    result = np.zeros((channels, height, width, inputs), np.int8)
    for channel in range(channels):
        start = channel // (channels // groups) * depth
        result[channel, :, :, start : start + depth] = weights[channel]
    return result
