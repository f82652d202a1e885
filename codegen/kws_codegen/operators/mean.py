# SPDX-License-Identifier: Apache-2.0
"""MEAN, SUM."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from typing_extensions import Self

from kws_codegen import fixed_point as fx
from kws_codegen.operators.c_code import KernelCall, Names
from kws_codegen.operators.op import Step, SumsTime
from kws_codegen.operators.operator_view import OperatorView
from kws_codegen.operators.reduction import reduced
from kws_codegen.operators.requantization import LIMIT, Requantization, requantization_code
from kws_codegen.operators.time_use import EndsTime, NotStreamable, RowWise, TimeUse


@dataclass(frozen=True, kw_only=True)
class Mean(SumsTime):
    """Mean (or sum) over the middle of the input seen as [outer, count, inner]."""

    outer: int
    count: int
    inner: int
    requantization: Requantization  # one entry; bias is -count * zero point of the input

    @property
    def sizes(self) -> tuple[int, ...]:
        return (self.outer, self.count, self.inner)

    def time_use(self, rows: int) -> TimeUse:
        if self.outer % rows == 0:
            return RowWise(rows)
        if self.outer == 1 and self.count % rows == 0:
            return EndsTime(sums=(self.count // rows, self.inner))
        return NotStreamable("is over a part of time")

    def on_rows(self, rows: int, use: RowWise, count: int) -> Self:
        resized = super().on_rows(rows, use, count)
        return replace(resized, outer=self.outer // rows * count)

    def steps(self) -> Iterator[Step]:
        for outer in range(self.outer):
            start = outer * self.count * self.inner
            for inner in range(self.inner):
                reads = start + inner + np.arange(self.count) * self.inner
                yield Step((reads,), np.array([outer * self.inner + inner]))

    def code(self, names: Names) -> KernelCall:
        return self._call("kws_mean_s8", names.tensor(self.input), names)

    def code_of_sums(self, sums: str, names: Names) -> KernelCall:
        return self._call("kws_mean_of_sums_s8", sums, names)

    def _call(self, function: str, source: str, names: Names) -> KernelCall:
        arrays, requantization = requantization_code(self.requantization, names)
        return KernelCall(
            function=function,
            arguments=(names.struct, source, names.tensor(self.output)),
            struct="kws_mean",
            fields=(
                f".outer = {self.outer}, .count = {self.count}, .inner = {self.inner}",
                requantization,
            ),
            arrays=arrays,
        )


def mean(view: OperatorView) -> Mean:
    source, output = view.input, view.output
    outer, count, inner = reduced(view)
    divisor = count if view.op.name == "MEAN" else 1
    multiplier, shift = fx.mean_multiplier(source.scale / output.scale, divisor)
    if shift > 0 and (255 * count) << shift >= LIMIT:
        view.fail("has an output scale too small for 32-bit accumulators")
    requantization = Requantization(
        bias=(-source.zero_point * count,),
        multiplier=(multiplier,),
        shift=(shift,),
        zero_point=output.zero_point,
        low=fx.INT8_MIN,
        high=fx.INT8_MAX,
    )
    return Mean(
        **view.fields(), outer=outer, count=count, inner=inner, requantization=requantization
    )
