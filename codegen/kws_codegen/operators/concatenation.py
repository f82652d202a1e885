# SPDX-License-Identifier: Apache-2.0
"""CONCATENATION, and PACK, which is one along a new axis."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from typing_extensions import Self

from kws_codegen.operators.activation_ranges import FULL_RANGE, activation_range
from kws_codegen.operators.c_code import KernelCall, Names
from kws_codegen.operators.op import Op, Step
from kws_codegen.operators.operands import operand_code
from kws_codegen.operators.operator_view import OperatorView
from kws_codegen.operators.tensors import Activation, Operand
from kws_codegen.operators.time_use import NotStreamable, RowWise, TimeUse


@dataclass(frozen=True, kw_only=True)
class Concatenation(Op):
    """Runs of bytes of each operand in turn, `outer` times."""

    operands: tuple[Operand, ...]
    outer: int
    runs: tuple[int, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        return (self.outer, *self.runs)

    def time_use(self, rows: int) -> TimeUse:
        if self.outer % rows:
            return NotStreamable("joins tensors along time")
        if any(not isinstance(operand, Activation) for operand in self.operands):
            return NotStreamable("has a constant operand")
        return RowWise(rows)

    def on_rows(self, rows: int, use: RowWise, count: int) -> Self:
        resized = super().on_rows(rows, use, count)
        return replace(resized, operands=resized.inputs, outer=self.outer // rows * count)

    def steps(self) -> Iterator[Step]:
        """A run is read wholly before it is written."""
        nothing = np.array([], np.int64)
        position = 0
        for outer in range(self.outer):
            number = 0  # among the operands in the buffer
            for operand, run in zip(self.operands, self.runs, strict=True):
                reads = [nothing] * len(self.inputs)
                if isinstance(operand, Activation):
                    reads[number] = np.arange(outer * run, (outer + 1) * run)
                    number += 1
                yield Step(tuple(reads), np.arange(position, position + run))
                position += run

    def code(self, names: Names) -> KernelCall:
        arrays, operands = operand_code(self.operands, names)
        runs = names.array("runs", "uint16_t", self.runs, "bytes of each operand at a time")
        pointers = f"(const int8_t *const[]){{{', '.join(operands)}}}"
        return KernelCall(
            function="kws_concatenation_s8",
            arguments=(names.struct, pointers, names.tensor(self.output)),
            struct="kws_concatenation",
            fields=(
                f".operands = {len(self.operands)}, .outer = {self.outer}",
                f".runs = {runs.name}",
            ),
            arrays=(*arrays, runs),
        )


def concatenation(view: OperatorView) -> Concatenation:
    count = len(view.op.inputs)
    operands = view.operands(count)
    sources = [view.input_at(position) for position in range(count)]
    for source in sources:
        view.require_same_quantization(source)
    shape = view.output.shape
    outer = math.prod(shape[: view.axis(int(view.option("axis")), len(shape))])
    if sum(source.size for source in sources) != view.output.size or any(
        source.size % outer for source in sources
    ):
        view.fail("does not fit its inputs " + ", ".join(str(list(s.shape)) for s in sources))
    if activation_range(view) != FULL_RANGE:
        view.fail("has a fused activation, which is not supported")
    return Concatenation(
        **view.fields_of(operands),
        operands=operands,
        outer=outer,
        runs=tuple(source.size // outer for source in sources),
    )
