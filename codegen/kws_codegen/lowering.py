"""From a .tflite model to the typed graph: shapes checked, constants folded, faults named.

Sources of the arithmetic: the Prepare functions of TensorFlow Lite Micro's kernels
(tensorflow/lite/micro/kernels/*_common.cc).
"""

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from kws.errors import KwsError
from kws_codegen import fixed_point as fx
from kws_codegen.graph import (
    Activation,
    Add,
    Conv2D,
    DepthwiseConv2D,
    FullyConnected,
    Graph,
    Lookup,
    Mean,
    Op,
    Pad,
    Pool,
    Requantization,
    Reshape,
    Softmax,
    Window,
)
from kws_codegen.tflite_reader import Operator, Tensor, TfliteModel, read_tflite

_LIMIT = 1 << 31
_SUM_LIMIT = 1 << 29  # sums carry two more bits through the kernels


def read_graph(model: bytes) -> Graph:
    """The typed graph of a .tflite file.

    A leading QUANTIZE of a float input and a trailing DEQUANTIZE are left out: the firmware
    works on the int8 tensors behind them. Operators that only compute shapes (of a dynamic
    batch, which counts as 1) are left out too.

    Raises KwsError when the file is no int8 model, or holds an operator, an option or a shape
    that is not supported; the message names operator, index and shape.
    """
    return lower(read_tflite(model))


def lower(model: TfliteModel) -> Graph:
    """read_graph for a file that is read already."""
    source, scores = model.int8_input, model.int8_output
    ops = [_Lowering(model, op).lower() for op in _needed(model, source, scores)]
    if source.shape[:1] != (1,):
        raise KwsError(
            f"the model's input {list(source.shape)} has a batch of {source.shape[0]}, not 1",
            "Convert the model with a batch of 1.",
        )
    return Graph(tuple(ops), _activation(source), _activation(scores))


def _needed(model: TfliteModel, source: Tensor, scores: Tensor) -> list[Operator]:
    """Operators between input and output, in file order."""
    wanted = {scores.index}
    needed = []
    for op in reversed(model.operators):
        if wanted & set(op.outputs) and source.index not in op.outputs:
            needed.append(op)
            wanted.update(op.inputs[:1] if op.name == "RESHAPE" else op.inputs)
    return needed[::-1]


def _activation(tensor: Tensor) -> Activation:
    return Activation(tensor.index, tensor.name, tensor.shape, tensor.scale, tensor.zero_point)


class _Lowering:
    """One operator on its way into the graph."""

    def __init__(self, model: TfliteModel, op: Operator) -> None:
        self._tensors = model.tensors
        self._op = op

    def lower(self) -> Op:
        handlers: dict[str, Callable[[], Op]] = {
            "CONV_2D": self._conv_2d,
            "DEPTHWISE_CONV_2D": self._depthwise_conv_2d,
            "FULLY_CONNECTED": self._fully_connected,
            "AVERAGE_POOL_2D": self._pool,
            "MAX_POOL_2D": self._pool,
            "MEAN": self._mean,
            "RESHAPE": self._reshape,
            "SOFTMAX": self._softmax,
            "ADD": self._add,
            "PAD": self._pad,
            "PADV2": self._pad,
            "QUANTIZE": self._quantize,
            "RELU": self._relu,
            "RELU6": self._relu6,
        }
        if self._op.name not in handlers:
            self._fail("is not supported", f"Supported: {', '.join(sorted(handlers))}.")
        for tensor in (self._input(0), self._output()):
            if tensor.dtype != "INT8" or len(tensor.scales) != 1:
                self._fail(
                    f"works on {tensor.dtype} {list(tensor.shape)} (tensor {tensor.index}), "
                    "not on int8",
                    "Convert with full int8 quantisation (TFLITE_BUILTINS_INT8).",
                )
        return handlers[self._op.name]()

    # Tensors and options.

    def _input(self, position: int) -> Tensor:
        return self._tensors[self._op.inputs[position]]

    def _optional_input(self, position: int) -> Tensor | None:
        inputs = self._op.inputs
        return self._input(position) if position < len(inputs) and inputs[position] >= 0 else None

    def _output(self) -> Tensor:
        return self._tensors[self._op.outputs[0]]

    def _constant(self, position: int, what: str, dtype: str) -> Tensor:
        tensor = self._input(position)
        if tensor.data is None or tensor.dtype != dtype:
            self._fail(f"has {what} that are not constant {dtype} ({tensor.dtype} here)")
        return tensor

    def _common(self) -> tuple[int, str, tuple[Activation, ...], Activation]:
        op = self._op
        return op.index, op.name, (_activation(self._input(0)),), _activation(self._output())

    def _fail(self, fault: str, hint: str = "") -> NoReturn:
        shapes = [list(self._tensors[i].shape) for i in self._op.inputs[:1]]
        outputs = [list(self._tensors[i].shape) for i in self._op.outputs[:1]]
        raise KwsError(
            f"operator {self._op.index}, {self._op.name} "
            f"{_first(shapes)} -> {_first(outputs)}: {fault}",
            hint,
        )

    def _range(self) -> tuple[int, int]:
        """Limits of the int8 output under the fused activation."""
        from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

        code = self._op.options.get("fusedActivationFunction", 0)
        names = {v: n for n, v in vars(schema.ActivationFunctionType).items() if type(v) is int}
        name = names.get(code, str(code))
        if not fx.is_activation(name):
            self._fail(f"has the fused activation {name}, which is not supported")
        output = self._output()
        return fx.activation_range(name, output.scale, output.zero_point)

    def _window(self, kernel: tuple[int, int], dilation: tuple[int, int]) -> Window:
        """The sliding window; checks that the output has the shape it implies."""
        options = self._op.options
        stride = (int(options["strideH"]), int(options["strideW"]))
        padding = []
        for axis in range(2):
            size, result = self._input(0).shape[1 + axis], self._output().shape[1 + axis]
            reach = (kernel[axis] - 1) * dilation[axis] + 1
            same = options["padding"] == 0
            expected = -(-(size if same else size + 1 - reach) // stride[axis])
            if result != expected:
                self._fail(f"should have {expected} outputs along axis {1 + axis}")
            padding.append(max(0, (result - 1) * stride[axis] + reach - size) // 2)
        return Window(kernel, stride, dilation, (padding[0], padding[1]))

    # Operators with weights.

    def _conv_2d(self) -> Op:
        weights = self._constant(1, "weights", "INT8")
        channels, height, width, depth = weights.shape
        if depth != self._input(0).shape[3]:
            self._fail(
                f"is a grouped convolution (weights {list(weights.shape)}), not supported",
                "Use depthwise or plain convolutions.",
            )
        window = self._window((height, width), self._dilation())
        scales = self._channel_scales(weights, channels, axis=0)
        requantization = self._requantization(_values(weights).reshape(channels, -1), scales)
        return Conv2D(*self._common(), window, _values(weights), requantization)

    def _depthwise_conv_2d(self) -> Op:
        weights = self._constant(1, "weights", "INT8")
        _, height, width, channels = weights.shape
        depth = self._input(0).shape[3]
        if channels % depth:
            self._fail(f"has {channels} weight channels for {depth} input channels")
        window = self._window((height, width), self._dilation())
        by_channel = np.ascontiguousarray(_values(weights)[0].transpose(2, 0, 1))
        scales = self._channel_scales(weights, channels, axis=3)
        requantization = self._requantization(by_channel.reshape(channels, -1), scales)
        return DepthwiseConv2D(
            *self._common(), window, by_channel, channels // depth, requantization
        )

    def _fully_connected(self) -> Op:
        weights = self._constant(1, "weights", "INT8")
        outputs, depth = weights.shape
        source = self._input(0)
        if source.size % depth or self._output().size != source.size // depth * outputs:
            self._fail(f"does not fit its weights {list(weights.shape)}")
        if any(weights.zero_points):
            self._fail("has weights with a zero point, which is not supported")
        scales = self._channel_scales(weights, outputs, axis=0)
        requantization = self._requantization(_values(weights), scales)
        rows = source.size // depth
        return FullyConnected(*self._common(), rows, _values(weights), requantization)

    def _dilation(self) -> tuple[int, int]:
        options = self._op.options
        return int(options["dilationHFactor"]), int(options["dilationWFactor"])

    def _channel_scales(self, weights: Tensor, channels: int, axis: int) -> tuple[float, ...]:
        if len(weights.scales) == 1:
            return weights.scales * channels
        if len(weights.scales) != channels or weights.axis != axis:
            self._fail(f"has {len(weights.scales)} scales for {channels} output channels")
        return weights.scales

    def _requantization(
        self,
        weights: np.ndarray[Any, np.dtype[np.int8]],
        scales: tuple[float, ...],
    ) -> Requantization:
        """Per-channel constants for weights [channels, inputs of one output]."""
        bias_tensor = self._optional_input(2)
        sums = weights.astype(np.int64).sum(axis=1)
        bias = -self._input(0).zero_point * sums
        if bias_tensor is not None:
            bias = bias + _values(self._constant(2, "biases", "INT32")).reshape(-1)
        reach = np.abs(weights.astype(np.int64)).sum(axis=1) * 128 + np.abs(bias)
        if int(reach.max()) >= _SUM_LIMIT:
            self._fail("can overflow its 32-bit accumulators", "Smaller biases, or fewer inputs.")
        source, output = self._input(0), self._output()
        pairs = [fx.quantize_multiplier(source.scale * s / output.scale) for s in scales]
        for channel_reach, (_, shift) in zip(reach, pairs, strict=True):
            if shift > 0 and int(channel_reach) << shift >= _LIMIT:
                self._fail("has an output scale too small for 32-bit accumulators")
            if shift > 30:
                self._fail("has an output scale too small for 32-bit multipliers")
        low, high = self._range()
        return Requantization(
            tuple(int(b) for b in bias),
            tuple(multiplier for multiplier, _ in pairs),
            tuple(shift for _, shift in pairs),
            self._output().zero_point,
            low,
            high,
        )

    # Operators without weights.

    def _pool(self) -> Op:
        options = self._op.options
        source, output = self._input(0), self._output()
        if abs(np.float32(source.scale) - np.float32(output.scale)) > 1e-6 or (
            source.zero_point != output.zero_point
        ):
            self._fail("has another quantisation at its output than at its input")
        kernel = (int(options["filterHeight"]), int(options["filterWidth"]))
        return Pool(*self._common(), self._window(kernel, (1, 1)), *self._range())

    def _mean(self) -> Op:
        source, output = self._input(0), self._output()
        axes = _values(self._constant(1, "axes", "INT32")).reshape(-1)
        reduced = {int(axis) % len(source.shape) for axis in axes}
        moving = [i for i, size in enumerate(source.shape) if size > 1]
        middle = [i for i in moving if i in reduced]
        if middle and any(middle[0] < i < middle[-1] and i not in reduced for i in moving):
            self._fail(f"averages over axes {sorted(reduced)}, which are not next to each other")
        outer = int(np.prod([source.shape[i] for i in moving if middle and i < middle[0]]))
        count = int(np.prod([source.shape[i] for i in middle]))
        multiplier, shift = fx.mean_multiplier(source.scale / output.scale, count)
        requantization = Requantization(
            (-source.zero_point * count,),
            (multiplier,),
            (shift,),
            output.zero_point,
            fx.INT8_MIN,
            fx.INT8_MAX,
        )
        inner = source.size // (outer * count)
        return Mean(*self._common(), outer, count, inner, requantization)

    def _reshape(self) -> Op:
        if self._input(0).size != self._output().size:
            self._fail("changes the number of elements")
        return Reshape(*self._common())

    def _softmax(self) -> Op:
        source, output = self._input(0), self._output()
        if output.zero_point != -128 or output.scale != 1 / 256:
            self._fail("has an output quantisation other than scale 1/256, zero point -128")
        beta = float(np.float32(self._op.options["beta"]))
        integer_bits = 5
        real = min(beta * source.scale * (1 << (31 - integer_bits)), float(_LIMIT - 1))
        if real <= 1.0:
            self._fail(f"has an input scale of {source.scale}, too small for upstream's softmax")
        multiplier, shift = fx.quantize_multiplier(real)
        radius = ((1 << integer_bits) - 1) * (1 << (31 - integer_bits)) / (1 << shift)
        depth = source.shape[-1]
        return Softmax(
            *self._common(), source.size // depth, depth, multiplier, shift, -int(radius)
        )

    def _add(self) -> Op:
        output = self._output()
        operands = [self._input(0), self._input(1)]
        if operands[0].data is not None:
            operands.reverse()
        if operands[0].data is not None or any(o.dtype != "INT8" for o in operands):
            self._fail("does not add int8 activations")
        if len(output.shape) > 4:
            self._fail("has more than four dimensions")
        twice = 2 * max(operand.scale for operand in operands)
        factors = [operand.scale / twice for operand in operands]
        factors.append(twice / ((1 << 20) * output.scale))
        pairs = [fx.quantize_multiplier(factor) for factor in factors]
        if any(shift > 0 for _, shift in pairs):
            self._fail("has an output scale that is too small for upstream's addition")
        low, high = self._range()
        activations = tuple(_activation(o) for o in operands if o.data is None)
        return Add(
            self._op.index,
            self._op.name,
            activations,
            _activation(output),
            operands[1].data,
            (
                self._broadcast_strides(operands[0].shape),
                self._broadcast_strides(operands[1].shape),
            ),
            (operands[0].zero_point, operands[1].zero_point),
            (pairs[0][0], pairs[1][0], pairs[2][0]),
            (pairs[0][1], pairs[1][1], pairs[2][1]),
            low,
            high,
        )

    def _broadcast_strides(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        output = _four(self._output().shape)
        strides = []
        step = 1
        for size, result in zip(reversed(_four(shape)), reversed(output), strict=True):
            if size not in (1, result):
                self._fail(f"cannot broadcast {list(shape)} to {list(self._output().shape)}")
            strides.append(step if size > 1 else 0)
            step *= size
        return tuple(reversed(strides))

    def _pad(self) -> Op:
        source, output = self._input(0), self._output()
        if len(source.shape) > 4:
            self._fail("has more than four dimensions")
        paddings = _values(self._constant(1, "paddings", "INT32")).reshape(-1, 2)
        sizes = [s + int(a) + int(b) for s, (a, b) in zip(source.shape, paddings, strict=True)]
        if tuple(sizes) != output.shape:
            self._fail(f"should have the output {sizes}")
        value = output.zero_point
        if self._optional_input(2) is not None:
            value = int(_values(self._constant(2, "pad values", "INT8")).reshape(-1)[0])
        before = (0,) * (4 - len(sizes)) + tuple(int(a) for a, _ in paddings)
        return Pad(*self._common(), before, value)

    def _quantize(self) -> Op:
        return self._rescaling_lookup(fx.INT8_MIN)

    def _relu(self) -> Op:
        return self._rescaling_lookup(max(fx.INT8_MIN, self._output().zero_point))

    def _rescaling_lookup(self, low: int) -> Op:
        factor = self._input(0).scale / self._output().scale
        offset, zero_point = self._input(0).zero_point, self._output().zero_point
        multiplier, shift = fx.quantize_multiplier(factor)
        return self._lookup(
            lambda x: fx.clamp(fx.rescale(x - offset, multiplier, shift) + zero_point, low)
        )

    def _relu6(self) -> Op:
        source = self._input(0)
        six = fx.clamp(fx.quantize(6.0, source.scale, source.zero_point))
        return self._lookup(lambda x: six if x > six else max(x, source.zero_point))

    def _lookup(self, function: Callable[[int], int]) -> Op:
        table = np.array([function(x) for x in range(-128, 128)], np.int8)
        return Lookup(*self._common(), table)


def _values(tensor: Tensor) -> np.ndarray[Any, np.dtype[Any]]:
    assert tensor.data is not None
    return tensor.data


def _four(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (1,) * (4 - len(shape)) + shape


def _first(shapes: list[list[int]]) -> str:
    return str(shapes[0]) if shapes else "[]"
