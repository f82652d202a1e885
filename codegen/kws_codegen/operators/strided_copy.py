# SPDX-License-Identifier: Apache-2.0
"""Values in another order, or a part of them: TRANSPOSE, SLICE, STRIDED_SLICE, SPLIT, UNPACK.

The lowering indexes an array of positions with NumPy, and reads the strides off it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from typing_extensions import Self

from kws_codegen.operators.c_code import KernelCall, Names, braces
from kws_codegen.operators.op import Op, Step
from kws_codegen.operators.operator_view import OperatorView
from kws_codegen.operators.tensors import IntArray
from kws_codegen.operators.time_use import (
    NotStreamable,
    RowWise,
    TimeUse,
    row_bytes,
    time_axis,
)

_DIMENSIONS = 5
"""KWS_COPY_DIMENSIONS in kernels.h."""

_SEVERAL_OUTPUTS = ("SPLIT", "SPLIT_V", "UNPACK")
"""Operators of the file that are one copy for each output."""


@dataclass(frozen=True, kw_only=True)
class StridedCopy(Op):
    """Output element (i0, i1, ...) of `shape` is input element start + sum(i * stride)."""

    shape: tuple[int, ...]  # the output's, in _DIMENSIONS dimensions
    strides: tuple[int, ...]
    start: int

    @property
    def sizes(self) -> tuple[int, ...]:
        return self.shape

    @property
    def c_name(self) -> str:
        name = super().c_name
        return f"{name}_{self.output.index}" if self.kind in _SEVERAL_OUTPUTS else name

    def time_use(self, rows: int) -> TimeUse:
        """Row-wise when every output row is the same part of an input row, evenly spaced."""
        size = row_bytes(self.input, rows)
        made = self._made(rows)
        places = self._places().reshape(made, -1)
        step = int(places[1, 0] - places[0, 0]) if made > 1 else size
        within = places[0] // size
        if (
            step < size
            or step % size
            or np.any(within != within[0])
            or np.any(places - places[0] != step * np.arange(made)[:, None])
        ):
            return NotStreamable("moves values from one row to another")
        return RowWise(made, stride=step // size, first=int(within[0]))

    def on_rows(self, rows: int, use: RowWise, count: int) -> Self:
        resized = super().on_rows(rows, use, count)
        places = self._places().reshape(use.rows, -1)[:count]
        places = places - use.first * row_bytes(self.input, rows)
        shape, strides, start = _strides(places.reshape(resized.output.shape))
        return replace(resized, shape=shape, strides=strides, start=start)

    def _made(self, rows: int) -> int:
        """Rows of the output, if it has time."""
        axis = time_axis(self.input.shape, rows) or 0
        if len(self.input.shape) == len(self.output.shape):
            return self.output.shape[axis]
        return next((size for size in self.output.shape if size != 1), 1)

    def _places(self) -> IntArray:
        """The input element of each output element."""
        grid = np.indices(self.shape).reshape(len(self.shape), -1)
        places: IntArray = self.start + np.array(self.strides, np.int64) @ grid
        return places

    @property
    def _is_run(self) -> bool:
        """The output is one run of the input's values."""
        return self.output.size in (1, self.shape[-1]) and self.strides[-1] in (0, 1)

    def steps(self) -> Iterator[Step]:
        if self._is_run:  # moved as a whole
            values = np.arange(self.output.size)
            yield Step((self.start + values,), values)
            return
        for i, place in enumerate(self._places()):
            yield Step((np.array([place]),), np.array([i]))

    def code(self, names: Names) -> KernelCall:
        if self._is_run:
            source = f"{names.tensor(self.input)} + {self.start}"
            target, size = names.tensor(self.output), str(self.output.size)
            return KernelCall(function="kws_copy_s8", arguments=(source, target, size))
        return KernelCall(
            function="kws_strided_copy_s8",
            arguments=(names.struct, names.tensor(self.input), names.tensor(self.output)),
            struct="kws_strided_copy",
            fields=(
                f".shape = {braces(self.shape)}",
                f".strides = {braces(self.strides)}",
                f".start = {self.start}",
            ),
        )


def transpose(view: OperatorView) -> StridedCopy:
    order = [view.axis(int(axis), len(view.input.shape)) for axis in view.integers(1, "axes")]
    return _copy(view, np.transpose(_indices(view), order))


def slice_(view: OperatorView) -> StridedCopy:
    begins = view.integers(1, "begins")
    slices = [
        slice(int(begin), int(begin) + size)
        for begin, size in zip(begins, view.output.shape, strict=True)
    ]
    return _copy(view, _indices(view)[tuple(slices)])


def strided_slice(view: OperatorView) -> StridedCopy:
    """Source of the masks' meaning: tensorflow/lite/kernels/internal/strided_slice_logic.h."""
    masks = {
        name: int(view.option(f"{name}Mask"))
        for name in ("begin", "end", "shrinkAxis", "ellipsis", "newAxis")
    }
    if masks["ellipsis"] or masks["newAxis"] or view.option("offset", False):
        view.fail("has an ellipsis, a new axis or offsets, which is not supported")
    limits = [view.integers(i, what) for i, what in ((1, "begins"), (2, "ends"), (3, "strides"))]
    index: list[slice | int] = []
    for axis, (begin, end, stride) in enumerate(zip(*limits, strict=True)):
        bit = 1 << axis
        if masks["shrinkAxis"] & bit:
            index.append(view.axis(int(begin), view.input.shape[axis]))
            continue
        first = None if masks["begin"] & bit else int(begin)
        last = None if masks["end"] & bit else int(end)
        index.append(slice(first, last, int(stride)))
    return _copy(view, _indices(view)[tuple(index)])


def split(view: OperatorView) -> StridedCopy:
    """One output of SPLIT, whose axis comes before what is split, or SPLIT_V."""
    axis_input = 2
    if view.op.name == "SPLIT":
        axis_input, view = 0, replace(view, input_number=1)
    axis = view.axis(view.integer(axis_input, "axis"), len(view.input.shape))
    sizes = [view.tensors[index].shape[axis] for index in view.op.outputs]
    start, size = sum(sizes[: view.output_number]), sizes[view.output_number]
    return _copy(view, np.take(_indices(view), range(start, start + size), axis))


def unpack(view: OperatorView) -> StridedCopy:
    """One output of UNPACK."""
    axis = view.axis(int(view.option("axis")), len(view.input.shape))
    return _copy(view, np.take(_indices(view), view.output_number, axis))


def _indices(view: OperatorView) -> IntArray:
    """Each element of the input as its place there, in the input's shape."""
    return np.arange(view.input.size, dtype=np.int64).reshape(view.input.shape)


def _copy(view: OperatorView, sources: IntArray) -> StridedCopy:
    """The copy that takes output element i from input element sources.reshape(-1)[i]."""
    view.require_same_quantization(view.input)
    if sources.size != view.output.size or not sources.size:
        view.fail(f"should have the output {list(sources.shape)}")
    shape, strides, start = _strides(sources)
    if len(shape) > _DIMENSIONS:
        view.fail(f"moves values along more than {_DIMENSIONS} dimensions")
    return StridedCopy(**view.fields(), shape=shape, strides=strides, start=start)


def _strides(sources: IntArray) -> tuple[tuple[int, ...], tuple[int, ...], int]:
    """Shape (in _DIMENSIONS or more), strides and start of regularly spaced places."""
    start = int(sources.reshape(-1)[0])
    shape: list[int] = []
    strides: list[int] = []
    for axis in range(sources.ndim):
        size = sources.shape[axis]
        if size == 1:
            continue
        second = tuple(int(i == axis) for i in range(sources.ndim))
        stride = int(sources[second]) - start
        if shape and strides[-1] == size * stride:
            shape[-1] *= size  # goes on where the dimension before it ends
            strides[-1] = stride
        else:
            shape.append(size)
            strides.append(stride)
    missing = max(0, _DIMENSIONS - len(shape))
    return (*(1,) * missing, *shape), (*(0,) * missing, *strides), start
