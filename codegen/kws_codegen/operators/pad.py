# SPDX-License-Identifier: Apache-2.0
"""PAD, PADV2."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kws_codegen.operators.c_code import KernelCall, Names, braces
from kws_codegen.operators.op import Op, Step
from kws_codegen.operators.operator_view import OperatorView
from kws_codegen.operators.tensors import four_dimensions
from kws_codegen.operators.time_use import NotStreamable, RowWise, TimeUse, time_axis


@dataclass(frozen=True, kw_only=True)
class Pad(Op):
    before: tuple[int, ...]  # elements added in front, over four dimensions
    value: int

    @property
    def sizes(self) -> tuple[int, ...]:
        return self.before

    def time_use(self, rows: int) -> TimeUse:
        axis = 4 - len(self.output.shape) + (time_axis(self.input.shape, rows) or 0)
        if self.before[axis] or four_dimensions(self.output.shape)[axis] != rows:
            return NotStreamable(
                "pads time, so that what follows depends on where the window begins"
            )
        return RowWise(rows)

    def steps(self) -> Iterator[Step]:
        shape = four_dimensions(self.input.shape)
        source = np.full(four_dimensions(self.output.shape), -1, np.int64)
        area = tuple(slice(b, b + s) for b, s in zip(self.before, shape, strict=True))
        source[area] = np.arange(self.input.size).reshape(shape)
        for i, index in enumerate(source.reshape(-1)):
            yield Step((np.array([index] if index >= 0 else [], np.int64),), np.array([i]))

    def code(self, names: Names) -> KernelCall:
        return KernelCall(
            function="kws_pad_s8",
            arguments=(names.struct, names.tensor(self.input), names.tensor(self.output)),
            struct="kws_pad",
            fields=(
                f".in_shape = {braces(four_dimensions(self.input.shape))}",
                f".out_shape = {braces(four_dimensions(self.output.shape))}",
                f".before = {braces(self.before)}",
                f".value = {self.value}",
            ),
        )


def pad(view: OperatorView) -> Pad:
    source, output = view.input, view.output
    if len(source.shape) > 4:
        view.fail("has more than four dimensions")
    paddings = view.integers(1, "paddings").reshape(-1, 2)
    sizes = [s + int(a) + int(b) for s, (a, b) in zip(source.shape, paddings, strict=True)]
    if tuple(sizes) != output.shape:
        view.fail(f"should have the output {sizes}")
    value = output.zero_point
    if view.optional_input(2) is not None:
        value = int(view.constant(2, "pad values", "INT8").reshape(-1)[0])
    before = (0,) * (4 - len(sizes)) + tuple(int(a) for a, _ in paddings)
    return Pad(**view.fields(), before=before, value=value)
