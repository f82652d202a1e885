# SPDX-License-Identifier: Apache-2.0
"""SOFTMAX over the last dimension."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from typing_extensions import Self

from kws_codegen import fixed_point as fx
from kws_codegen.operators.c_code import KernelCall, Names
from kws_codegen.operators.op import Op, Step, value_by_value
from kws_codegen.operators.operator_view import OperatorView, activation
from kws_codegen.operators.requantization import LIMIT
from kws_codegen.operators.time_use import NotStreamable, RowWise, TimeUse

_INTEGER_BITS = 5
_SMALLEST_DIFFERENCE = -256  # no difference of int8 is smaller


@dataclass(frozen=True, kw_only=True)
class Softmax(Op):
    rows: int
    depth: int
    multiplier: int  # input difference to Q5.26, with `shift` to the left
    shift: int
    diff_min: int  # smaller differences to the maximum count as zero

    @property
    def sizes(self) -> tuple[int, ...]:
        return (self.rows, self.depth)

    def time_use(self, rows: int) -> TimeUse:
        return NotStreamable("is over time") if self.rows % rows else RowWise(rows)

    def on_rows(self, rows: int, use: RowWise, count: int) -> Self:
        resized = super().on_rows(rows, use, count)
        return replace(resized, rows=self.rows // rows * count)

    def steps(self) -> Iterator[Step]:
        if self.output.element_bytes == 1:
            yield from value_by_value(self)
            return
        for i in range(self.input.size):
            yield Step((np.array([i]),), np.array([2 * i, 2 * i + 1]))

    def code(self, names: Names) -> KernelCall:
        return KernelCall(
            function="kws_softmax_s8" + ("_s16" if self.output.element_bytes == 2 else ""),
            arguments=(names.struct, names.tensor(self.input), names.tensor(self.output)),
            struct="kws_softmax",
            fields=(
                f".rows = {self.rows}, .depth = {self.depth}",
                f".multiplier = {self.multiplier}, .shift = {self.shift}",
                f".diff_min = {max(self.diff_min, _SMALLEST_DIFFERENCE)}",
            ),
        )


def softmax(view: OperatorView) -> Softmax:
    source, output = view.input, view.output
    if output.dtype != "INT16":
        view.require_int8(output)
    if source.shape != output.shape:
        view.fail("changes the shape")
    levels = 256 ** activation(output).element_bytes
    slack = 0.0 if levels == 256 else 0.001  # as TensorFlow Lite Micro checks it
    if output.zero_point != -levels // 2 or abs(output.scale * levels - 1) > slack:
        view.fail(
            f"has an output quantization other than scale 1/{levels}, zero point {-levels // 2}"
        )
    beta = float(np.float32(view.option("beta", 1.0)))
    one = 1 << (31 - _INTEGER_BITS)
    real = min(beta * source.scale * one, float(LIMIT - 1))
    if real <= 1.0:
        view.fail(
            f"has an input scale of {source.scale}, too small for TensorFlow Lite Micro's softmax"
        )
    multiplier, shift = fx.quantize_multiplier(real)
    radius = ((1 << _INTEGER_BITS) - 1) * one / (1 << shift)
    depth = source.shape[-1]
    return Softmax(
        **view.fields(),
        rows=source.size // depth,
        depth=depth,
        multiplier=multiplier,
        shift=shift,
        diff_min=-int(radius),
    )
