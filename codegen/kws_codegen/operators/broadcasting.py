# SPDX-License-Identifier: Apache-2.0
"""Functions of two operands, value by value, where a dimension of one element repeats itself."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from typing_extensions import Self

from kws_codegen.operators.c_code import braces
from kws_codegen.operators.op import Op, OpFields, Step
from kws_codegen.operators.operator_view import OperatorView
from kws_codegen.operators.tensors import Activation, IntArray, Operand, four_dimensions
from kws_codegen.operators.time_use import NotStreamable, RowWise, TimeUse, time_axis
from kws_codegen.tflite.reader import Tensor

Strides = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class BroadcastingOp(Op):
    """Strides are in elements over the output's shape in four dimensions; 0 repeats."""

    operands: tuple[Operand, Operand]
    strides: tuple[Strides, Strides]

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(size for dimension in self._dimensions() for size in dimension)

    def time_use(self, rows: int) -> TimeUse:
        axis = 4 - len(self.output.shape) + (time_axis(self.output.shape, rows) or 0)
        for operand, strides in zip(self.operands, self.strides, strict=True):
            if not isinstance(operand, Activation) and strides[axis]:
                return NotStreamable("has a constant operand that differs from row to row")
        return RowWise(rows)

    def on_rows(self, rows: int, use: RowWise, count: int) -> Self:
        resized = super().on_rows(rows, use, count)
        inputs = iter(resized.inputs)
        first, second = (
            next(inputs) if isinstance(operand, Activation) else operand
            for operand in self.operands
        )
        return replace(resized, operands=(first, second))

    def steps(self) -> Iterator[Step]:
        grid = np.indices(four_dimensions(self.output.shape)).reshape(4, -1)
        places: list[IntArray] = [
            np.array(strides, np.int64) @ grid
            for operand, strides in zip(self.operands, self.strides, strict=True)
            if isinstance(operand, Activation)
        ]
        for i in range(self.output.size):
            yield Step(tuple(place[i : i + 1] for place in places), np.array([i]))

    def _dimensions(self) -> list[tuple[int, int, int]]:
        """Size and the operands' strides of each dimension.

        Those over which both operands go on evenly become one: equal shapes a single loop.
        """
        result: list[tuple[int, int, int]] = []
        shape = four_dimensions(self.output.shape)
        for size, first, second in zip(shape, *self.strides, strict=True):
            outer, *outer_strides = result[-1] if result else (1, 0, 0)
            if outer_strides == [size * first, size * second] and outer * size < 1 << 16:
                result[-1:] = [(outer * size, first, second)]
            elif size > 1:
                result.append((size, first, second))
        return result

    def broadcast_fields(self) -> tuple[str, ...]:
        """Initialisers of a kws_broadcast."""
        dimensions = self._dimensions()
        filled = [(1, 0, 0)] * (4 - len(dimensions)) + dimensions
        shape, *strides = zip(*filled, strict=True)
        return (
            f".shape = {braces(shape)}",
            f".strides = {{{braces(strides[0])}, {braces(strides[1])}}}",
        )


class BroadcastingFields(OpFields):
    """The fields that every BroadcastingOp begins with, for `**`."""

    operands: tuple[Operand, Operand]
    strides: tuple[Strides, Strides]


def broadcasting_fields(view: OperatorView) -> BroadcastingFields:
    """Operands and strides of an operator of two int8 inputs, at least one no constant."""
    if len(view.output.shape) > 4:
        view.fail("has more than four dimensions")
    first, second = view.operands(2)
    strides = (_strides(view, view.input_at(0)), _strides(view, view.input_at(1)))
    return BroadcastingFields(
        **view.fields_of((first, second)), operands=(first, second), strides=strides
    )


def _strides(view: OperatorView, tensor: Tensor) -> Strides:
    output = four_dimensions(view.output.shape)
    strides = []
    step = 1
    for size, result in zip(reversed(four_dimensions(tensor.shape)), reversed(output), strict=True):
        if size not in (1, result):
            view.fail(f"cannot broadcast {list(tensor.shape)} to {list(view.output.shape)}")
        strides.append(step if size > 1 else 0)
        step *= size
    return tuple(reversed(strides))
