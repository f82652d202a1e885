# SPDX-License-Identifier: Apache-2.0
"""How a kernel slides over an image: convolutions and pools."""

from dataclasses import dataclass, replace

import numpy as np
from typing_extensions import Self

from kws_codegen.operators.c_code import height_and_width, nested
from kws_codegen.operators.op import Op
from kws_codegen.operators.operator_view import OperatorView
from kws_codegen.operators.tensors import Activation, IntArray
from kws_codegen.operators.time_use import NotStreamable, RowWise, TimeUse, time_axis, with_rows


@dataclass(frozen=True, kw_only=True)
class Window:
    """Pairs are (vertical, horizontal)."""

    kernel: tuple[int, int]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    padding: tuple[int, int]  # rows above, columns left of the image

    @property
    def note(self) -> str:
        """For a comment in C."""
        line = f"kernel {_by(self.kernel)}, stride {_by(self.stride)}"
        if self.dilation != (1, 1):
            line += f", dilation {_by(self.dilation)}"
        if self.padding != (0, 0):
            line += f", padding {self.padding[0]} above, {self.padding[1]} left"
        return line

    def time_use(self, source: Activation, output: Activation, rows: int) -> TimeUse:
        """Of the operator that slides over `source`, whose `rows` rows are time."""
        if time_axis(source.shape, rows) != 1:
            return NotStreamable("has time along its width or channels")
        reach = (self.kernel[0] - 1) * self.dilation[0] + 1
        above = self.padding[0]
        below = max(0, (output.image[0] - 1) * self.stride[0] + reach - above - rows)
        if above or below:
            return NotStreamable(
                f"pads time (rows before: {above}, after: {below}), so that what it computes "
                "depends on where the window begins"
            )
        return RowWise(output.image[0], self.stride[0], reach)

    def row_use(self, source: Activation, output: Activation, rows: int) -> RowWise | None:
        """Of the rows of an image; see Op.row_use()."""
        if time_axis(source.shape, rows) != 1:
            return None
        reach = (self.kernel[0] - 1) * self.dilation[0] + 1
        return RowWise(output.image[0], self.stride[0], reach, -self.padding[0])

    def of_part(self, first: int) -> "Window":
        """For the part of the output that begins at row `first`."""
        above = max(0, self.padding[0] - first * self.stride[0])
        return replace(self, padding=(above, self.padding[1]))

    def pixels(self, image: tuple[int, int, int], y: int, x: int) -> IntArray:
        """Indices of what lies under output pixel (y, x): [pixels, channels]."""
        height, width, channels = image
        rows = y * self.stride[0] - self.padding[0]
        columns = x * self.stride[1] - self.padding[1]
        ys = rows + np.arange(self.kernel[0]) * self.dilation[0]
        xs = columns + np.arange(self.kernel[1]) * self.dilation[1]
        ys = ys[(ys >= 0) & (ys < height)]
        xs = xs[(xs >= 0) & (xs < width)]
        pixels = (ys[:, None] * width + xs[None, :]).reshape(-1)
        result: IntArray = pixels[:, None] * channels + np.arange(channels)[None, :]
        return result


@dataclass(frozen=True, kw_only=True)
class SlidingOp(Op):
    """An operator whose kernel slides over its one input."""

    window: Window

    def row_use(self, rows: int) -> RowWise | None:
        return self.window.row_use(self.input, self.output, rows)

    def part(self, rows: int, use: RowWise, first: int, count: int) -> Self:
        return replace(
            self,
            inputs=(with_rows(self.input, rows, len(use.part_of(rows, first, count))),),
            output=with_rows(self.output, use.rows, count),
            window=self.window.of_part(first),
        )


def window_of(
    view: OperatorView, kernel: tuple[int, int], dilation: tuple[int, int] = (1, 1)
) -> Window:
    """The sliding window; checks that the output has the shape it implies."""
    stride = (int(view.option("strideH")), int(view.option("strideW")))
    if min(*stride, *kernel, *dilation) < 1:
        view.fail(f"has the kernel {kernel}, stride {stride}, dilation {dilation}")
    sizes, results = view.image(view.input), view.image(view.output)
    padding = []
    for axis in range(2):
        size, result = sizes[axis], results[axis]
        reach = (kernel[axis] - 1) * dilation[axis] + 1
        same = view.option("padding") == 0
        expected = -(-(size if same else size + 1 - reach) // stride[axis])
        if result != expected:
            view.fail(f"should have {expected} outputs along axis {1 + axis}")
        padding.append(max(0, (result - 1) * stride[axis] + reach - size) // 2)
    return Window(kernel=kernel, stride=stride, dilation=dilation, padding=(padding[0], padding[1]))


def dilation_of(view: OperatorView) -> tuple[int, int]:
    return int(view.option("dilationHFactor", 1)), int(view.option("dilationWFactor", 1))


def window_field(source: Activation, output: Activation, window: Window) -> str:
    """The initialiser of a kws_window."""

    def image(name: str, tensor: Activation) -> str:
        height, width, channels = tensor.image
        return f"{height_and_width(name, (height, width))}, .{name}_channels = {channels}"

    top, left = window.padding
    lines = (
        image("in", source),
        image("out", output),
        height_and_width("kernel", window.kernel),
        height_and_width("stride", window.stride),
        height_and_width("dilation", window.dilation),
        f".pad_top = {top}, .pad_left = {left}",
    )
    return nested("window", lines)


def _by(pair: tuple[int, int]) -> str:
    return f"{pair[0]}x{pair[1]}"
