# SPDX-License-Identifier: Apache-2.0
"""BATCH_MATMUL: products of matrices, of which one may be constant; either may lie transposed."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kws_codegen import fixed_point as fx
from kws_codegen.operators.c_code import KernelCall, Names, braces
from kws_codegen.operators.op import Op, Step
from kws_codegen.operators.operands import operand_code
from kws_codegen.operators.operator_view import OperatorView
from kws_codegen.operators.requantization import LIMIT
from kws_codegen.operators.tensors import Activation, IntArray, Operand
from kws_codegen.tflite.reader import Tensor

_TOGETHER = 4
"""Outputs of a row that the kernel computes before it writes them."""

_BATCH_DIMENSIONS = 3
"""Before those of a matrix: what TensorFlow Lite Micro's kernel takes (in kernels.h too)."""


@dataclass(frozen=True, kw_only=True)
class Matrices:
    """Where the matrices of one operand lie: strides in elements, 0 repeats."""

    batches: tuple[int, ...]  # _BATCH_DIMENSIONS of them
    lines: int  # from one row of the first operand to the next, or one column of the second
    depth: int  # along what is summed up

    def places(self, batch: tuple[int, ...], lines: IntArray, depth: int) -> IntArray:
        """Elements of some lines of the matrix `batch`, flat."""
        start = int(np.dot(batch, self.batches))
        places = start + lines[:, None] * self.lines + np.arange(depth) * self.depth
        return places.reshape(-1)


@dataclass(frozen=True, kw_only=True)
class BatchMatMul(Op):
    """[.., rows, depth] x [.., depth, columns] for each of `batches`."""

    operands: tuple[Operand, Operand]
    matrices: tuple[Matrices, Matrices]
    batches: tuple[int, ...]
    rows: int
    columns: int
    depth: int
    zero_points: tuple[int, int]
    multiplier: int
    shift: int

    @property
    def macs(self) -> int:
        return self.output.size * self.depth

    def steps(self) -> Iterator[Step]:
        """A row of the first operand and all columns of the second, some columns at a time."""
        first, second = self.matrices
        position = 0
        for batch in np.ndindex(self.batches):
            for row in range(self.rows):
                row_places = first.places(batch, np.array([row]), self.depth)
                for column in range(0, self.columns, _TOGETHER):
                    columns = np.arange(column, min(column + _TOGETHER, self.columns))
                    places = (row_places, second.places(batch, columns, self.depth))
                    reads = (
                        place
                        for place, operand in zip(places, self.operands, strict=True)
                        if isinstance(operand, Activation)
                    )
                    yield Step(tuple(reads), position + np.arange(len(columns)))
                    position += len(columns)

    def code(self, names: Names) -> KernelCall:
        arrays, operands = operand_code(self.operands, names)
        first, second = self.matrices
        return KernelCall(
            function="kws_batch_matmul_s8",
            arguments=(names.struct, *operands, names.tensor(self.output)),
            struct="kws_batch_matmul",
            fields=(
                f".batches = {braces(self.batches)}",
                f".rows = {self.rows}, .columns = {self.columns}, .depth = {self.depth}",
                f".batch_strides = {{{braces(first.batches)}, {braces(second.batches)}}}",
                f".line_strides = {braces((first.lines, second.lines))}",
                f".depth_strides = {braces((first.depth, second.depth))}",
                f".zero_points = {braces(self.zero_points)}",
                f".multiplier = {self.multiplier}, .shift = {-self.shift}",
                f".zero_point = {self.output.zero_point}",
            ),
            arrays=arrays,
        )


def batch_matmul(view: OperatorView) -> BatchMatMul:
    """Source of the arithmetic: BatchMatMulPrepare in batch_matmul.cc."""
    first, second = view.operands(2)
    tensors = (view.input_at(0), view.input_at(1))
    (batches0, rows, depth0), (batches1, columns, depth1) = (
        _matrix_sizes(view, tensors[0], bool(view.option("adjX"))),
        _matrix_sizes(view, tensors[1], not view.option("adjY")),
    )
    if depth0 != depth1 or any(
        one != other and 1 not in (one, other)
        for one, other in zip(batches0, batches1, strict=True)
    ):
        view.fail(f"cannot multiply by {list(tensors[1].shape)}")
    batches = tuple(max(pair) for pair in zip(batches0, batches1, strict=True))
    expected = (*batches, rows, columns)[-max(len(tensor.shape) for tensor in tensors) :]
    if view.output.shape != expected:
        view.fail(f"should have the output {list(expected)}")
    multiplier, shift = fx.quantize_multiplier(
        tensors[0].scale * tensors[1].scale / view.output.scale
    )
    # The second zero point comes in before the products: a sum on its way is up to twice as large.
    zero_point = tensors[0].zero_point
    reach = depth0 * max(fx.INT8_MAX - zero_point, zero_point - fx.INT8_MIN) * 2 * -fx.INT8_MIN
    if reach << min(max(shift, 0), 31) >= LIMIT:
        view.fail("can overflow its 32-bit accumulators", "A larger output scale, or less depth.")
    return BatchMatMul(
        **view.fields_of((first, second)),
        operands=(first, second),
        matrices=(
            _matrices(batches0, rows, depth0, transposed=bool(view.option("adjX"))),
            _matrices(batches1, columns, depth1, transposed=not view.option("adjY")),
        ),
        batches=batches,
        rows=rows,
        columns=columns,
        depth=depth0,
        zero_points=(tensors[0].zero_point, tensors[1].zero_point),
        multiplier=multiplier,
        shift=shift,
    )


def _matrix_sizes(
    view: OperatorView, tensor: Tensor, transposed: bool
) -> tuple[tuple[int, ...], int, int]:
    """Batches, lines and depth of [.., lines, depth], or of [.., depth, lines] if `transposed`."""
    missing = _BATCH_DIMENSIONS + 2 - len(tensor.shape)
    if len(tensor.shape) < 2 or missing < 0:
        view.fail(f"works on {list(tensor.shape)}, not on 2 to {_BATCH_DIMENSIONS + 2} dimensions")
    *batches, lines, depth = (1,) * missing + tensor.shape
    if transposed:
        lines, depth = depth, lines
    return tuple(batches), lines, depth


def _matrices(batches: tuple[int, ...], lines: int, depth: int, transposed: bool) -> Matrices:
    strides = []
    step = lines * depth
    for size in reversed(batches):
        strides.append(step if size > 1 else 0)
        step *= size
    return Matrices(
        batches=tuple(reversed(strides)),
        lines=1 if transposed else depth,
        depth=lines if transposed else 1,
    )
