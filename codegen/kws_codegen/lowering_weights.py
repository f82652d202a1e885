"""Lowering of the operators with weights: CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED.

Source of the arithmetic: the Prepare functions of TensorFlow Lite Micro's conv_common.cc,
depthwise_conv_common.cc and fully_connected_common.cc.
"""

from collections.abc import Callable

import numpy as np

from kws_codegen import fixed_point as fx
from kws_codegen.graph import (
    Conv2D,
    DepthwiseConv2D,
    FullyConnected,
    Int8Array,
    Op,
    Requantization,
    Window,
)
from kws_codegen.operator_view import IntArray, OperatorView
from kws_codegen.tflite.reader import Tensor

_LIMIT = 1 << 31
_SUM_LIMIT = 1 << 29  # sums carry two more bits through the kernels


def conv_2d(view: OperatorView, window: Window | None = None) -> Op:
    """`window` replaces the one that the operator's options say (folded dilation)."""
    weights = _weights(view, 4)
    channels, height, width, depth = weights.shape
    inputs = view.image(view.input)[2]
    if window is None:
        window = view.window((height, width), _dilation(view))
    if depth != inputs:
        weights = _ungrouped(view, weights, inputs)
    scales = _channel_scales(view, channels, axis=0)
    rows, requantization = _requantization(view, weights.reshape(channels, -1), scales)
    return Conv2D(*view.common(), window, rows.reshape(weights.shape), requantization)


def depthwise_conv_2d(view: OperatorView, window: Window | None = None) -> Op:
    """`window` as in conv_2d."""
    weights = _weights(view, 4)
    _, height, width, channels = weights.shape
    depth = view.image(view.input)[2]
    if channels % depth:
        view.fail(f"has {channels} weight channels for {depth} input channels")
    if window is None:
        window = view.window((height, width), _dilation(view))
    by_channel = np.ascontiguousarray(weights[0].transpose(2, 0, 1))
    scales = _channel_scales(view, channels, axis=3)
    rows, requantization = _requantization(view, by_channel.reshape(channels, -1), scales)
    return DepthwiseConv2D(
        *view.common(), window, rows.reshape(by_channel.shape), channels // depth, requantization
    )


def fully_connected(view: OperatorView) -> Op:
    weights = _weights(view, 2, zero_point=True)
    outputs, depth = weights.shape
    source = view.input
    if source.size % depth or view.output.size != source.size // depth * outputs:
        view.fail(f"does not fit its weights {list(weights.shape)}")
    scales = _channel_scales(view, outputs, axis=0)
    rows, requantization = _requantization(view, weights, scales)
    return FullyConnected(*view.common(), source.size // depth, rows, requantization)


def _weights(view: OperatorView, rank: int, zero_point: bool = False) -> Int8Array:
    """Constant weights; their zero point, where upstream heeds it, is subtracted."""
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


def _ungrouped(view: OperatorView, weights: Int8Array, inputs: int) -> Int8Array:
    """Weights of a grouped convolution as those of a plain one: zeros for the other groups."""
    channels, height, width, depth = weights.shape
    groups = inputs // depth
    if inputs % depth or channels % groups:
        view.fail(f"does not fit its weights {list(weights.shape)}")
    result = np.zeros((channels, height, width, inputs), np.int8)
    for channel in range(channels):
        start = channel // (channels // groups) * depth
        result[channel, :, :, start : start + depth] = weights[channel]
    return result


def _dilation(view: OperatorView) -> tuple[int, int]:
    return int(view.option("dilationHFactor", 1)), int(view.option("dilationWFactor", 1))


def _channel_scales(view: OperatorView, channels: int, axis: int) -> tuple[float, ...]:
    tensor = view.input_at(1)
    if len(tensor.scales) == 1:
        return tensor.scales * channels
    if len(tensor.scales) != channels or tensor.axis != axis:
        view.fail(f"has {len(tensor.scales)} scales for {channels} output channels")
    return tensor.scales


def _requantization(
    view: OperatorView, weights: Int8Array, scales: tuple[float, ...]
) -> tuple[Int8Array, Requantization]:
    """Per-channel constants for weights [channels, inputs of one output].

    A channel whose output is the same whatever the input gets weights of zero and the simplest
    constants that give it: converters leave such channels with biases near 2^30, which the
    kernels' sums cannot hold. Returns the weights too.
    """
    source, output = view.input, view.output
    low, high = view.range()
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
        overflows = reach >= _LIMIT or (shift > 0 and reach << min(shift, 31) >= _LIMIT)
        if not overflows and result(smallest) == result(largest):
            weights[channel] = 0
            bias[channel], multiplier, shift = _constant_channel(result(smallest), output)
        elif not overflows and reach >= _SUM_LIMIT:
            scaled = _smaller_bias(result, smallest, largest, multiplier, shift)
            if scaled is not None:
                bias[channel] += scaled[0]
                shift = scaled[1]
            overflows = scaled is None
        if overflows:
            _fail_overflow(view, shift)
        multipliers.append(multiplier)
        shifts.append(shift)
    return weights, Requantization(
        tuple(int(b) for b in bias),
        tuple(multipliers),
        tuple(shifts),
        output.zero_point,
        low,
        high,
    )


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
        at = _first_sum_above(scaled, wanted - 1, -_SUM_LIMIT, _SUM_LIMIT)
        moved = at - step
        ends = (smallest + moved, largest + moved)
        same = scaled(ends[0]) == wanted - 1 and scaled(ends[1]) == wanted
        if same and result(smallest) + 1 == result(largest) and max(map(abs, ends)) < _SUM_LIMIT:
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


def _fail_overflow(view: OperatorView, shift: int) -> None:
    if shift > 0:
        view.fail("has an output scale too small for 32-bit accumulators")
    view.fail("can overflow its 32-bit accumulators", "Smaller biases, or fewer inputs.")
