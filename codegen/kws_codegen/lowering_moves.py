"""Lowering of the operators that only move values: RESHAPE, PAD, TRANSPOSE, SPLIT and the like."""

import math

import numpy as np

from kws_codegen import fixed_point as fx
from kws_codegen.graph import (
    COPY_DIMENSIONS,
    Activation,
    Concatenation,
    Op,
    Pad,
    Reshape,
    StridedCopy,
)
from kws_codegen.operator_view import IntArray, OperatorView, activation


def reshape(view: OperatorView) -> Op:
    """RESHAPE, EXPAND_DIMS, SQUEEZE: the same bytes."""
    if view.input.size != view.output.size:
        view.fail(
            "changes the number of elements",
            "If the file does not know the size, convert the model with a fixed batch of 1.",
        )
    return Reshape(*view.common())


def pad(view: OperatorView) -> Op:
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
    return Pad(*view.common(), before, value)


def concatenation(view: OperatorView) -> Op:
    """CONCATENATION, and PACK, which is one along a new axis."""
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
    if view.range() != (fx.INT8_MIN, fx.INT8_MAX):
        view.fail("has a fused activation, which is not supported")
    return Concatenation(
        view.op.index,
        view.op.name,
        tuple(operand for operand in operands if isinstance(operand, Activation)),
        activation(view.output),
        operands,
        outer,
        tuple(source.size // outer for source in sources),
    )


def transpose(view: OperatorView) -> Op:
    order = [view.axis(int(axis), len(view.input.shape)) for axis in view.integers(1, "axes")]
    return _copy(view, np.transpose(_indices(view), order))


def slice_(view: OperatorView) -> Op:
    begins = view.integers(1, "begins")
    slices = [
        slice(int(begin), int(begin) + size)
        for begin, size in zip(begins, view.output.shape, strict=True)
    ]
    return _copy(view, _indices(view)[tuple(slices)])


def strided_slice(view: OperatorView) -> Op:
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


def split(view: OperatorView) -> Op:
    """One output of SPLIT or SPLIT_V."""
    rank = len(view.input.shape)
    axis = view.axis(view.integer(0 if view.op.name == "SPLIT" else 2, "axis"), rank)
    sizes = [view.tensors[index].shape[axis] for index in view.op.outputs]
    start = sum(sizes[: view.number])
    return _copy(view, np.take(_indices(view), range(start, start + sizes[view.number]), axis))


def unpack(view: OperatorView) -> Op:
    """One output of UNPACK."""
    axis = view.axis(int(view.option("axis")), len(view.input.shape))
    return _copy(view, np.take(_indices(view), view.number, axis))


def _indices(view: OperatorView) -> IntArray:
    """Each element of the input as its place there, in the input's shape."""
    return np.arange(view.input.size, dtype=np.int64).reshape(view.input.shape)


def _copy(view: OperatorView, sources: IntArray) -> Op:
    """The copy that takes output element i from input element sources.reshape(-1)[i]."""
    view.require_same_quantization(view.input)
    if sources.size != view.output.size or not sources.size:
        view.fail(f"should have the output {list(sources.shape)}")
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
    if len(shape) > COPY_DIMENSIONS:
        view.fail(f"moves values along more than {COPY_DIMENSIONS} dimensions")
    missing = COPY_DIMENSIONS - len(shape)
    return StridedCopy(
        *view.common(), (*(1,) * missing, *shape), (*(0,) * missing, *strides), start
    )
