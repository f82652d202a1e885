# SPDX-License-Identifier: Apache-2.0
"""Weights, biases and scales of CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED.

Source of the arithmetic: the Prepare functions of TensorFlow Lite Micro's conv_common.cc,
depthwise_conv_common.cc and fully_connected_common.cc.
"""

from collections.abc import Callable

import numpy as np

from kws_codegen import fixed_point as fx
from kws_codegen.operators.activation_ranges import activation_range
from kws_codegen.operators.c_code import Array, Names
from kws_codegen.operators.operator_view import OperatorView
from kws_codegen.operators.requantization import (
    LIMIT,
    SUM_LIMIT,
    Requantization,
    requantization_code,
)
from kws_codegen.operators.tensors import Int8Array, IntArray
from kws_codegen.tflite.reader import Tensor


def weights_of(view: OperatorView, rank: int, zero_point: bool = False) -> Int8Array:
    """Constant weights of so many dimensions; `zero_point` tells whether they may have one, which
    is subtracted (TensorFlow Lite Micro heeds it in FULLY_CONNECTED alone)."""
    values: Int8Array = view.constant(1, "weights", "INT8")
    tensor = view.input_at(1)
    if values.ndim != rank:
        view.fail(f"has weights {list(values.shape)}, not of {rank} dimensions")
    if any(tensor.zero_points):
        shifted = values.astype(np.int64) - tensor.zero_points[0]
        if not zero_point or len(tensor.zero_points) > 1 or np.abs(shifted).max() > fx.INT8_MAX:
            view.fail(
                "has weights with a zero point, which is not supported",
                "The converter's int8 quantization makes symmetric weights.",
            )
        values = shifted.astype(np.int8)
    return values


def requantized(
    view: OperatorView, weights: Int8Array, axis: int
) -> tuple[Int8Array, Requantization]:
    """Constants a channel for weights [channels, inputs of one output].

    `axis` is that of the channels in the file. Raises KwsError when 32 bits cannot hold a sum.

    A channel whose output is the same whatever the input gets weights of zero and the simplest
    constants that give it: converters leave such channels with biases near 2^30, which the
    kernels' sums cannot hold. Returns the weights too.
    """
    source, output = view.input, view.output
    scales = _channel_scales(view, len(weights), axis)
    low, high = activation_range(view)
    weights = weights.copy()
    bias = _biases(view, weights, source)
    multipliers, shifts = [], []
    for channel, scale in enumerate(scales):
        multiplier, shift = fx.quantize_multiplier(source.scale * scale / output.scale)
        smallest, largest = _sum_range(weights[channel], int(bias[channel]))

        def result(total: int, multiplier: int = multiplier, shift: int = shift) -> int:
            value = fx.rescale(total, multiplier, shift) + output.zero_point
            return fx.clamp(value, low, high)

        reach = max(abs(smallest), abs(largest))
        overflows = reach >= LIMIT or (shift > 0 and reach << min(shift, 31) >= LIMIT)
        if not overflows and result(smallest) == result(largest):
            weights[channel] = 0
            bias[channel], multiplier, shift = _constant_channel(result(smallest), output)
        elif not overflows and reach >= SUM_LIMIT:
            scaled = _smaller_bias(result, smallest, largest, multiplier, shift)
            if scaled is not None:
                bias[channel] += scaled[0]
                shift = scaled[1]
            overflows = scaled is None
        if overflows:
            _fail_overflow(view, shift, reach)
        multipliers.append(multiplier)
        shifts.append(shift)
    return weights, Requantization(
        bias=tuple(int(b) for b in bias),
        multiplier=tuple(multipliers),
        shift=tuple(shifts),
        zero_point=output.zero_point,
        low=low,
        high=high,
    )


def _channel_scales(view: OperatorView, channels: int, axis: int) -> tuple[float, ...]:
    tensor = view.input_at(1)
    if len(tensor.scales) == 1:
        return tensor.scales * channels
    if len(tensor.scales) != channels or tensor.axis != axis:
        view.fail(f"has {len(tensor.scales)} scales for {channels} output channels")
    return tensor.scales


def _biases(view: OperatorView, weights: Int8Array, source: Tensor) -> IntArray:
    """What each sum starts from: the bias, and the input's zero point under all weights."""
    bias: IntArray = -source.zero_point * weights.astype(np.int64).sum(axis=1)
    if view.optional_input(2) is None:
        return bias
    values = view.constant(2, "biases", "INT32").reshape(-1)
    if len(values) != len(bias):
        view.fail(f"has {len(values)} biases for {len(bias)} output channels")
    bias += values
    return bias


def _sum_range(weights: Int8Array, bias: int) -> tuple[int, int]:
    """The smallest and the largest sum that any int8 input gives."""
    positive = int(weights[weights > 0].astype(np.int64).sum())
    negative = int(weights[weights < 0].astype(np.int64).sum())
    return bias - 128 * positive + 127 * negative, bias + 127 * positive - 128 * negative


def _constant_channel(value: int, output: Tensor) -> tuple[int, int, int]:
    """Bias, multiplier and shift (a factor of 1/4) that give `value` at every input."""
    return 4 * (value - output.zero_point), 1 << 30, -1


def _smaller_bias(
    result: Callable[[int], int], smallest: int, largest: int, multiplier: int, shift: int
) -> tuple[int, int] | None:
    """For sums too large: (what to add to the bias, shift) that gives the same outputs.

    So large a bias with an output in range means so small a factor that the output takes two
    neighbouring values at most. A larger factor with a smaller bias does the same when it steps
    from one to the other at the same sum. None when there is no such pair.
    """
    step = _first_sum_above(result, result(smallest), smallest, largest)
    for more in range(1, 8):
        if shift + more > 0:
            break

        def scaled(total: int, shift: int = shift + more) -> int:
            return fx.rescale(total, multiplier, shift)

        # Where the larger factor steps between the same two values, far from any clamping.
        wanted = fx.rescale(step, multiplier, shift)
        at = _first_sum_above(scaled, wanted - 1, -SUM_LIMIT, SUM_LIMIT)
        moved = at - step
        ends = (smallest + moved, largest + moved)
        same = scaled(ends[0]) == wanted - 1 and scaled(ends[1]) == wanted
        if same and result(smallest) + 1 == result(largest) and max(map(abs, ends)) < SUM_LIMIT:
            return moved, shift + more
    return None


def _first_sum_above(result: Callable[[int], int], value: int, low: int, high: int) -> int:
    """The smallest sum in (low, high] whose result is larger than `value`; results only grow."""
    while high - low > 1:
        middle = (low + high) // 2
        if result(middle) > value:
            high = middle
        else:
            low = middle
    return high


def _fail_overflow(view: OperatorView, shift: int, reach: int) -> None:
    """`reach` is the largest sum that its inputs can give, either way."""
    if shift > 0:
        view.fail("has an output scale too small for 32-bit accumulators")
    if reach < LIMIT:
        view.fail(
            f"has sums of up to {reach:,}, and the kernels take less than {SUM_LIMIT:,}",
            "Smaller biases, or fewer inputs.",
        )
    view.fail("can overflow its 32-bit accumulators", "Smaller biases, or fewer inputs.")


def weighted_code(
    values: Int8Array,
    requantization: Requantization,
    names: Names,
    comment: str,
    steps: bool = False,
) -> tuple[tuple[Array, ...], tuple[str, ...]]:
    """Weights and requantization: arrays, and the initialisers that point to them."""
    weights = names.array("weights", "int8_t", values, comment)
    arrays, field = requantization_code(requantization, names, steps)
    return (weights, *arrays), (f".weights = {weights.name}", field)
