# SPDX-License-Identifier: Apache-2.0
"""FULLY_CONNECTED."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from typing_extensions import Self

from kws_codegen.operators.c_code import KernelCall, Names
from kws_codegen.operators.op import Op, Step
from kws_codegen.operators.operator_view import OperatorView
from kws_codegen.operators.requantization import Requantization
from kws_codegen.operators.tensors import Int8Array
from kws_codegen.operators.time_use import (
    EndsTime,
    NotStreamable,
    RowWise,
    TimeUse,
    time_axis,
)
from kws_codegen.operators.weighted_sums import requantized, weighted_code, weights_of


@dataclass(frozen=True, kw_only=True)
class FullyConnected(Op):
    rows: int
    weights: Int8Array  # [outputs of a row, inputs of a row]
    requantization: Requantization

    @property
    def macs(self) -> int:
        return self.rows * int(self.weights.size)

    @property
    def sizes(self) -> tuple[int, ...]:
        return (self.rows, *self.weights.shape)

    def time_use(self, rows: int) -> TimeUse:
        if self.rows % rows:
            return EndsTime()
        if time_axis(self.output.shape, rows) is None:
            return NotStreamable("joins time with another dimension")
        return RowWise(rows)

    def on_rows(self, rows: int, use: RowWise, count: int) -> Self:
        resized = super().on_rows(rows, use, count)
        return replace(resized, rows=self.rows // rows * count)

    def steps(self) -> Iterator[Step]:
        """All of an input row is read again for each output of the row."""
        outputs, inputs = self.weights.shape
        for row in range(self.rows):
            reads = np.arange(row * inputs, (row + 1) * inputs)
            for output in range(outputs):
                yield Step((reads,), np.array([row * outputs + output]))

    def code(self, names: Names) -> KernelCall:
        outputs, inputs = self.weights.shape
        comment = f"weights {[outputs, inputs]}: output, input"
        arrays, fields = weighted_code(
            self.weights, self.requantization, names, comment, steps=True
        )
        return KernelCall(
            function="kws_fully_connected_s8",
            arguments=(names.struct, names.tensor(self.input), names.tensor(self.output)),
            struct="kws_fully_connected",
            fields=(
                f".rows = {self.rows}",
                f".inputs = {inputs}, .outputs = {outputs}",
                *fields,
            ),
            arrays=arrays,
        )


def fully_connected(view: OperatorView) -> FullyConnected:
    weights = weights_of(view, 2, zero_point=True)
    outputs, depth = weights.shape
    source = view.input
    if source.size % depth or view.output.size != source.size // depth * outputs:
        view.fail(f"does not fit its weights {list(weights.shape)}")
    rows, requantization = requantized(view, weights, axis=0)
    return FullyConnected(
        **view.fields(),
        rows=source.size // depth,
        weights=rows,
        requantization=requantization,
    )
