# SPDX-License-Identifier: Apache-2.0
"""AVERAGE_POOL_2D, MAX_POOL_2D; and REDUCE_MAX, whose windows are the reduced values."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from kws_codegen.operators.activation_ranges import FULL_RANGE, activation_range
from kws_codegen.operators.c_code import KernelCall, Names
from kws_codegen.operators.op import Op, Step
from kws_codegen.operators.operator_view import OperatorView
from kws_codegen.operators.reduction import reduced
from kws_codegen.operators.windows import Window, window_field, window_of


@dataclass(frozen=True, kw_only=True)
class Pool2D(Op):
    window: Window
    low: int
    high: int

    @property
    def notes(self) -> tuple[str, ...]:
        return (self.window.note,)

    def steps(self) -> Iterator[Step]:
        height, width, channels = self.output.image
        for pixel in range(height * width):
            area = self.window.pixels(self.input.image, *divmod(pixel, width))
            for channel in range(channels):
                yield Step((area[:, channel],), np.array([pixel * channels + channel]))

    def code(self, names: Names) -> KernelCall:
        average = self.kind == "AVERAGE_POOL_2D"
        return KernelCall(
            function="kws_average_pool_2d_s8" if average else "kws_max_pool_2d_s8",
            arguments=(names.struct, names.tensor(self.input), names.tensor(self.output)),
            struct="kws_pool_2d",
            fields=(
                window_field(self.input, self.output, self.window),
                f".low = {self.low}, .high = {self.high}",
            ),
        )


def pool_2d(view: OperatorView) -> Pool2D:
    view.require_same_quantization(view.input)
    kernel = (int(view.option("filterHeight")), int(view.option("filterWidth")))
    fields, window = view.fields(), window_of(view, kernel)
    low, high = activation_range(view)
    return Pool2D(**fields, window=window, low=low, high=high)


def reduce_max(view: OperatorView) -> Pool2D:
    view.require_same_quantization(view.input)
    outer, count, inner = reduced(view)
    fields = view.fields()
    fields["inputs"] = (replace(fields["inputs"][0], shape=(1, outer, count, inner)),)
    fields["output"] = replace(fields["output"], shape=(1, outer, 1, inner))
    low, high = FULL_RANGE
    window = Window(kernel=(1, count), stride=(1, count), dilation=(1, 1), padding=(0, 0))
    return Pool2D(**fields, window=window, low=low, high=high)
