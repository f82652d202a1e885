# SPDX-License-Identifier: Apache-2.0
"""AVERAGE_POOL_2D, MAX_POOL_2D; and REDUCE_MAX, whose windows are the reduced values."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from kws_codegen.operators.activation_ranges import FULL_RANGE, activation_range
from kws_codegen.operators.c_code import KernelCall, Names
from kws_codegen.operators.op import Step, SumsTime
from kws_codegen.operators.operator_view import OperatorView
from kws_codegen.operators.reduction import reduced
from kws_codegen.operators.time_use import EndsTime, TimeUse
from kws_codegen.operators.windows import SlidingOp, Window, window_field, window_of


@dataclass(frozen=True, kw_only=True)
class Pool2D(SlidingOp, SumsTime):
    low: int
    high: int

    @property
    def notes(self) -> tuple[str, ...]:
        return (self.window.note,)

    def time_use(self, rows: int) -> TimeUse:
        whole = self.window.kernel == self.input.image[:2] and self.window.padding == (0, 0)
        if self.kind == "AVERAGE_POOL_2D" and whole and self.input.image[0] == rows:
            return EndsTime(sums=self.input.image[1:])
        return self.window.time_use(self.input, self.output, rows)

    def steps(self) -> Iterator[Step]:
        height, width, channels = self.output.image
        for pixel in range(height * width):
            area = self.window.pixels(self.input.image, *divmod(pixel, width))
            for channel in range(channels):
                yield Step((area[:, channel],), np.array([pixel * channels + channel]))

    def code(self, names: Names) -> KernelCall:
        average = self.kind == "AVERAGE_POOL_2D"
        function = "kws_average_pool_2d_s8" if average else "kws_max_pool_2d_s8"
        return self._call(function, names.tensor(self.input), names)

    def code_of_sums(self, sums: str, names: Names) -> KernelCall:
        return self._call("kws_average_of_sums_s8", sums, names)

    def _call(self, function: str, source: str, names: Names) -> KernelCall:
        return KernelCall(
            function=function,
            arguments=(names.struct, source, names.tensor(self.output)),
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
