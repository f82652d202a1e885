"""Lowering of the operators that compute without weights: pools, means, sums, softmax, tables.

Sources of the arithmetic: the Prepare functions of TensorFlow Lite Micro's kernels
(tensorflow/lite/micro/kernels/*_common.cc).
"""

import numpy as np

from kws_codegen import fixed_point as fx
from kws_codegen.graph import (
    Activation,
    Add,
    Elementwise,
    Lookup,
    Mean,
    Multiply,
    Op,
    Operand,
    Pool,
    Requantization,
    Softmax,
    Window,
)
from kws_codegen.lookup_tables import lookup_table
from kws_codegen.operator_view import OperatorView, activation
from kws_codegen.tflite.reader import Operator, Tensor

_LIMIT = 1 << 31
_LARGEST_SCALE = 2.0**12
_LARGEST_RATIO = 2.0**18


def pool(view: OperatorView) -> Op:
    """AVERAGE_POOL_2D, MAX_POOL_2D."""
    view.require_same_quantization(view.input)
    kernel = (int(view.option("filterHeight")), int(view.option("filterWidth")))
    return Pool(*view.common(), view.window(kernel, (1, 1)), *view.range())


def mean(view: OperatorView) -> Op:
    """MEAN, SUM."""
    source, output = view.input, view.output
    outer, count, inner = _reduced(view)
    factor = source.scale / output.scale
    divisor = count if view.op.name == "MEAN" else 1
    multiplier, shift = fx.mean_multiplier(factor, divisor)
    if shift > 0 and (255 * count) << shift >= _LIMIT:
        view.fail("has an output scale too small for 32-bit accumulators")
    requantization = Requantization(
        (-source.zero_point * count,),
        (multiplier,),
        (shift,),
        output.zero_point,
        fx.INT8_MIN,
        fx.INT8_MAX,
    )
    return Mean(*view.common(), outer, count, inner, requantization)


def reduce_max(view: OperatorView) -> Op:
    """REDUCE_MAX as a MAX_POOL_2D whose windows are the reduced values."""
    view.require_same_quantization(view.input)
    outer, count, inner = _reduced(view)
    index, kind, (source,), output = view.common()
    image = Activation(
        source.index, source.name, (1, outer, count, inner), source.scale, source.zero_point
    )
    result = Activation(
        output.index, output.name, (1, outer, 1, inner), output.scale, output.zero_point
    )
    window = Window((1, count), (1, count), (1, 1), (0, 0))
    return Pool(index, kind, (image,), result, window, fx.INT8_MIN, fx.INT8_MAX)


def _reduced(view: OperatorView) -> tuple[int, int, int]:
    """The input as [outer, count, inner], of which the middle is reduced."""
    shape = view.input.shape
    reduced = {view.axis(int(axis), len(shape)) for axis in view.integers(1, "axes")}
    moving = [i for i, size in enumerate(shape) if size > 1]
    middle = [i for i in moving if i in reduced]
    if middle and any(middle[0] < i < middle[-1] and i not in reduced for i in moving):
        view.fail(f"reduces the axes {sorted(reduced)}, which are not next to each other")
    outer = int(np.prod([shape[i] for i in moving if middle and i < middle[0]]))
    count = int(np.prod([shape[i] for i in middle]))
    inner = view.input.size // (outer * count)
    if outer * inner != view.output.size:
        view.fail(f"should have {outer * inner} outputs")
    return outer, count, inner


def softmax(view: OperatorView) -> Op:
    source, output = view.input, view.output
    if source.shape != output.shape:
        view.fail("changes the shape")
    if output.zero_point != -128 or output.scale != 1 / 256:
        view.fail("has an output quantization other than scale 1/256, zero point -128")
    beta = float(np.float32(view.option("beta", 1.0)))
    integer_bits = 5
    real = min(beta * source.scale * (1 << (31 - integer_bits)), float(_LIMIT - 1))
    if real <= 1.0:
        view.fail(f"has an input scale of {source.scale}, too small for upstream's softmax")
    multiplier, shift = fx.quantize_multiplier(real)
    radius = ((1 << integer_bits) - 1) * (1 << (31 - integer_bits)) / (1 << shift)
    depth = source.shape[-1]
    return Softmax(*view.common(), source.size // depth, depth, multiplier, shift, -int(radius))


def function_of_one_value(view: OperatorView) -> Op:
    """RELU, LOGISTIC, QUANTIZE and the like: a table."""
    return lookup(view, [view.op])


def lookup(view: OperatorView, chain: list[Operator]) -> Op:
    """A chain of operators of one value, of which `view` is the last, as one table."""
    first = OperatorView(view.tensors, chain[0])
    source = next((i for i in chain[0].inputs if view.tensors[i].data is None), chain[0].inputs[0])
    for tensor in (view.tensors[source], view.output):
        view.require_int8(tensor)
    if view.tensors[source].size != view.output.size:
        first.fail("changes the number of elements")
    view.range()  # refuses an unknown fused activation
    used = {index for op in chain for index in (*op.inputs, *op.outputs)}
    scales = [view.tensors[index].scale for index in used if view.tensors[index].scales]
    # Upstream's kernels stop the whole process beyond what their arithmetic takes.
    if max(scales) > _LARGEST_SCALE or max(scales) / min(scales) > _LARGEST_RATIO:
        first.fail(f"has scales that upstream's arithmetic cannot join: {sorted(scales)}")
    try:
        table = lookup_table(view.tensors, chain)
    except RuntimeError as error:
        first.fail(
            f"is not supported: TensorFlow Lite Micro does not take it ({error})",
            "It prints the reason above.",
        )
    kind = " + ".join(op.name for op in chain)
    return Lookup(
        view.op.index, kind, (activation(view.tensors[source]),), activation(view.output), table
    )


def add(view: OperatorView) -> Op:
    """ADD, SUB."""
    if _has_single_value(view):
        return function_of_one_value(view)
    tensors, operands, strides = _two_operands(view)
    twice = 2 * max(tensor.scale for tensor in tensors)
    factors = [tensor.scale / twice for tensor in tensors]
    factors.append(twice / ((1 << 20) * view.output.scale))
    pairs = [fx.quantize_multiplier(factor) for factor in factors]
    if any(shift > 0 for _, shift in pairs):
        view.fail("has an output scale that is too small for upstream's addition")
    return Add(
        *_ends(view, operands),
        operands,
        strides,
        (tensors[0].zero_point, tensors[1].zero_point),
        (pairs[0][0], pairs[1][0], pairs[2][0]),
        (pairs[0][1], pairs[1][1], pairs[2][1]),
        *view.range(),
    )


def multiply(view: OperatorView) -> Op:
    """MUL, PRELU."""
    if _has_single_value(view):
        return function_of_one_value(view)
    tensors, operands, strides = _two_operands(view)
    scale = view.output.scale
    multiplier, shift = fx.quantize_multiplier(tensors[0].scale * tensors[1].scale / scale)
    positive = fx.quantize_multiplier(tensors[0].scale / scale)
    if shift > 15 or positive[1] > 22:
        view.fail("has an output scale that is too small for 32-bit products")
    return Multiply(
        *_ends(view, operands),
        operands,
        strides,
        (tensors[0].zero_point, tensors[1].zero_point),
        multiplier,
        shift,
        *view.range(),
        positive,
    )


def extremum(view: OperatorView) -> Op:
    """MAXIMUM, MINIMUM."""
    if _has_single_value(view):
        return function_of_one_value(view)
    tensors, operands, strides = _two_operands(view)
    for tensor in tensors:
        view.require_same_quantization(tensor)
    return Elementwise(*_ends(view, operands), operands, strides)


def _has_single_value(view: OperatorView) -> bool:
    """Whether one operand is a constant of one element: then it is a function of the other."""
    tensors = (view.input_at(0), view.input_at(1))
    for tensor in tensors:
        view.require_int8(tensor)
    return any(t.data is not None and t.size == 1 for t in tensors) and any(
        t.data is None and t.size == view.output.size for t in tensors
    )


def _two_operands(
    view: OperatorView,
) -> tuple[
    tuple[Tensor, Tensor],
    tuple[Operand, Operand],
    tuple[tuple[int, ...], tuple[int, ...]],
]:
    tensors = (view.input_at(0), view.input_at(1))
    if len(view.output.shape) > 4:
        view.fail("has more than four dimensions")
    first, second = view.operands(2)
    strides = (_broadcast_strides(view, tensors[0]), _broadcast_strides(view, tensors[1]))
    return tensors, (first, second), strides


def _ends(
    view: OperatorView, operands: tuple[Operand, ...]
) -> tuple[int, str, tuple[Activation, ...], Activation]:
    view.require_int8(view.output)
    sources = tuple(operand for operand in operands if isinstance(operand, Activation))
    return view.op.index, view.op.name, sources, activation(view.output)


def _broadcast_strides(view: OperatorView, tensor: Tensor) -> tuple[int, ...]:
    output = _four(view.output.shape)
    strides = []
    step = 1
    for size, result in zip(reversed(_four(tensor.shape)), reversed(output), strict=True):
        if size not in (1, result):
            view.fail(f"cannot broadcast {list(tensor.shape)} to {list(view.output.shape)}")
        strides.append(step if size > 1 else 0)
        step *= size
    return tuple(reversed(strides))


def _four(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (1,) * (4 - len(shape)) + shape
