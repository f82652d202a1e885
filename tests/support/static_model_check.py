# SPDX-License-Identifier: Apache-2.0
"""Compares the static C model, under sanitizers, with TensorFlow Lite Micro, bit for bit."""

import math
import zlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from kws.inference.golden import Golden
from kws.inference.static_runner import SANITIZED, StaticRunner
from tests.support.tflite_builder import TfliteBuilder

SAME, VALID = 0, 1
NONE, RELU, RELU_N1_TO_1, RELU6 = 0, 1, 2, 3
KERNELS = {
    "this machine's kernels": SANITIZED,
    "portable kernels": (*SANITIZED, "-DKWS_KERNELS_PORTABLE"),
    "kernels of packed pixels": (*SANITIZED, "-DKWS_KERNELS_PACKED"),
}
ACTIVATIONS = (NONE, RELU, RELU_N1_TO_1, RELU6)


def check(model: bytes, inputs: int = 6, seed: int = 1, *, all_kernels: bool = False) -> None:
    """Random inputs and the extremes; a mismatch names input, position and both values.

    Through one of KERNELS, as the model's checksum falls, or through all.
    """
    golden = Golden(model)
    values = sample_inputs(golden.input_shape, inputs, seed)
    expected = np.array([golden.invoke(value) for value in values], np.int8)
    names = list(KERNELS) if all_kernels else [list(KERNELS)[zlib.crc32(model) % len(KERNELS)]]
    for name in names:
        actual = StaticRunner(model, KERNELS[name]).outputs(values)
        differing = np.argwhere(actual != expected)
        assert differing.size == 0, "\n".join(
            f"{name}: input {i}, output {j}: expected {expected[i, j]}, got {actual[i, j]}"
            for i, j in differing[:5]
        )


def check_sequence(model: bytes, steps: int = 24, sequences: int = 3, seed: int = 1) -> None:
    """Sequences of random inputs, then one of the extremes, with a reset before each."""
    golden = Golden(model)
    values = sample_inputs(golden.input_shape, steps * sequences - 3, seed)
    expected = golden_sequences(model, values, steps)
    name = list(KERNELS)[zlib.crc32(model) % len(KERNELS)]
    actual = StaticRunner(model, KERNELS[name]).outputs(values, steps)
    differing = np.argwhere(actual != expected)
    assert differing.size == 0, f"{name}: {len(differing)} differ, first {differing[:3]}"


def golden_sequences(
    model: bytes, values: npt.NDArray[np.int8], steps: int
) -> npt.NDArray[np.int8]:
    """TensorFlow Lite Micro's outputs, by hand: pip's Interpreter.reset() where it starts at 0."""
    golden = Golden(model)
    rows = []
    for number, value in enumerate(values):
        if number % steps == 0:
            golden.reset()
        rows.append(golden.invoke(value))
    return np.array(rows, np.int8)


def sample_inputs(shape: tuple[int, ...], count: int, seed: int) -> npt.NDArray[np.int8]:
    """int8 [count + 3, *shape]: random ones, all smallest, all largest, alternating."""
    random = np.random.default_rng(seed).integers(-128, 128, (count, *shape))
    size = int(np.prod(shape))
    alternating = np.where(np.arange(size) % 2, 127, -128).reshape(shape)
    extremes = [np.full(shape, -128), np.full(shape, 127), alternating]
    return np.concatenate([random, np.array(extremes)]).astype(np.int8)


def windowed(size: int, kernel: int, stride: int, dilation: int, padding: int) -> int:
    """Outputs of a sliding window along one axis; may be 0 or less under VALID padding."""
    reach = (kernel - 1) * dilation + 1
    return -(-(size if padding == SAME else size + 1 - reach) // stride)


@dataclass
class Chain:
    """A model under construction: each method appends an operator to the last tensor."""

    rng: np.random.Generator
    shape: tuple[int, ...]
    scale: float = 0.05
    zero_point: int = 0
    builder: TfliteBuilder = field(default_factory=TfliteBuilder)
    last: int = -1
    first: int = -1

    def __post_init__(self) -> None:
        self.first = self.last = self.builder.tensor(self.shape, self.scale, self.zero_point)

    def build(self) -> bytes:
        return self.builder.build([self.first], [self.last])

    def append(
        self,
        name: str,
        constants: tuple[int, ...],
        shape: tuple[int, ...],
        scale: float,
        zero_point: int,
        **options: Any,
    ) -> None:
        output = self.builder.tensor(shape, scale, zero_point)
        self.builder.operator(name, [self.last, *constants], [output], **options)
        self.last, self.shape, self.scale, self.zero_point = output, shape, scale, zero_point

    def weighted(
        self,
        name: str,
        weights_shape: tuple[int, ...],
        axis: int,
        shape: tuple[int, ...],
        *,
        per_channel: bool = True,
        bias: bool = True,
        gain: float = 1.0,
        zero_point: int = 0,
        extreme: bool = False,
        **options: Any,
    ) -> None:
        """A layer with weights whose outputs spread over about `gain` times the int8 range."""
        channels = weights_shape[axis]
        values = self.rng.integers(-127, 128, weights_shape).astype(np.int8)
        if extreme:
            values = np.where(values > 0, 127, -128).astype(np.int8)
        count = channels if per_channel else 1
        scales = (2.0 ** self.rng.uniform(-9, -6, count)).astype(np.float32)
        inputs = (
            values.size // channels
            if name != "DEPTHWISE_CONV_2D"
            else math.prod(weights_shape[1:3])
        )
        scale = self.scale * float(scales.mean()) * 128 * 128 * math.sqrt(inputs) / 128 / gain
        constants = [self.builder.constant(values, [float(s) for s in scales], 0, axis)]
        if bias:
            biases = self.rng.integers(-20000, 20000, channels).astype(np.int32)
            bias_scales = [self.scale * float(s) for s in scales]
            constants.append(self.builder.constant(biases, bias_scales))
        self.append(name, tuple(constants), shape, scale, zero_point, **options)

    def conv_2d(
        self,
        channels: int,
        kernel: tuple[int, int],
        stride: tuple[int, int] = (1, 1),
        dilation: tuple[int, int] = (1, 1),
        padding: int = SAME,
        activation: int = NONE,
        **more: Any,
    ) -> None:
        depth = self.shape[3]
        self.weighted(
            "CONV_2D",
            (channels, *kernel, depth),
            0,
            self._windowed(channels, kernel, stride, dilation, padding),
            **_window_options(stride, dilation, padding, activation),
            **more,
        )

    def depthwise_conv_2d(
        self,
        multiplier: int,
        kernel: tuple[int, int],
        stride: tuple[int, int] = (1, 1),
        dilation: tuple[int, int] = (1, 1),
        padding: int = SAME,
        activation: int = NONE,
        **more: Any,
    ) -> None:
        channels = self.shape[3] * multiplier
        self.weighted(
            "DEPTHWISE_CONV_2D",
            (1, *kernel, channels),
            3,
            self._windowed(channels, kernel, stride, dilation, padding),
            depthMultiplier=multiplier,
            **_window_options(stride, dilation, padding, activation),
            **more,
        )

    def fully_connected(self, outputs: int, activation: int = NONE, **more: Any) -> None:
        rows = self.shape[0] if len(self.shape) < 4 else 1
        inputs = math.prod(self.shape) // rows
        self.weighted(
            "FULLY_CONNECTED",
            (outputs, inputs),
            0,
            (rows, outputs),
            fusedActivationFunction=activation,
            **more,
        )

    def pool(
        self,
        name: str,
        kernel: tuple[int, int],
        stride: tuple[int, int] = (1, 1),
        padding: int = SAME,
        activation: int = NONE,
    ) -> None:
        self.append(
            name,
            (),
            self._windowed(self.shape[3], kernel, stride, (1, 1), padding),
            self.scale,
            self.zero_point,
            filterHeight=kernel[0],
            filterWidth=kernel[1],
            strideH=stride[0],
            strideW=stride[1],
            padding=padding,
            fusedActivationFunction=activation,
        )

    def mean(self, axes: tuple[int, ...], keep: bool, scale: float, zero_point: int) -> None:
        shape = tuple(
            1 if i in axes else s for i, s in enumerate(self.shape) if keep or i not in axes
        )
        constant = self.builder.constant(np.array(axes, np.int32))
        self.append("MEAN", (constant,), shape, scale, zero_point, keepDims=keep)

    def reshape(self, shape: tuple[int, ...]) -> None:
        constant = self.builder.constant(np.array(shape, np.int32))
        self.append(
            "RESHAPE", (constant,), shape, self.scale, self.zero_point, newShape=list(shape)
        )

    def softmax(self, beta: float = 1.0) -> None:
        self.append("SOFTMAX", (), self.shape, 1 / 256, -128, beta=beta)

    def _windowed(
        self,
        channels: int,
        kernel: tuple[int, int],
        stride: tuple[int, int],
        dilation: tuple[int, int],
        padding: int,
    ) -> tuple[int, ...]:
        sizes = [
            windowed(self.shape[1 + i], kernel[i], stride[i], dilation[i], padding)
            for i in range(2)
        ]
        assert min(sizes) > 0, "the window is larger than the image"
        return (1, *sizes, channels)


def _window_options(
    stride: tuple[int, int], dilation: tuple[int, int], padding: int, activation: int
) -> dict[str, int]:
    return {
        "strideH": stride[0],
        "strideW": stride[1],
        "dilationHFactor": dilation[0],
        "dilationWFactor": dilation[1],
        "padding": padding,
        "fusedActivationFunction": activation,
    }


# Strategies.

zero_points = st.integers(-128, 127)
seeds = st.integers(0, 2**32 - 1)
scales = st.floats(-9, 1).map(lambda exponent: float(np.float32(2.0**exponent)))


def pairs(low: int, high: int) -> st.SearchStrategy[tuple[int, int]]:
    return st.tuples(st.integers(low, high), st.integers(low, high))


@st.composite
def windows(draw: st.DrawFn, image: tuple[int, int], dilated: bool = True) -> dict[str, Any]:
    """Kernel, stride, dilation and padding that leave at least one output."""
    result = {
        "kernel": draw(pairs(1, 4)),
        "stride": draw(pairs(1, 3)),
        "dilation": draw(pairs(1, 3)) if dilated else (1, 1),
        "padding": draw(st.sampled_from([SAME, VALID])),
    }
    for i in range(2):
        if windowed(image[i], *(result[k][i] for k in ("kernel", "stride", "dilation")), VALID) < 1:
            result["padding"] = SAME
    return result


@st.composite
def requantizations(draw: st.DrawFn) -> dict[str, Any]:
    """Options of Chain.weighted: from nearly silent to heavily saturated outputs."""
    return {
        "per_channel": draw(st.booleans()),
        "bias": draw(st.booleans()),
        "gain": 2.0 ** draw(st.integers(-7, 6)),
        "zero_point": draw(zero_points),
        "extreme": draw(st.booleans()),
        "activation": draw(st.sampled_from(ACTIVATIONS)),
    }
