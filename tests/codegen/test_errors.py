# SPDX-License-Identifier: Apache-2.0
"""What the static model does not support is named: operator, index, shape."""

from collections.abc import Callable

import numpy as np
import pytest

from kws.inference.golden import Golden
from kws_codegen.base.errors import KwsError
from kws_codegen.lowering import read_graph
from kws_codegen.static_model import static_model
from tests.support.static_model_check import RELU, Chain
from tests.support.tflite_builder import TfliteBuilder


def chain(shape: tuple[int, ...] = (1, 6, 5, 4)) -> Chain:
    return Chain(np.random.default_rng(0), shape)


def fault(model: bytes) -> str:
    with pytest.raises(KwsError) as error:
        static_model(model)
    return str(error.value)


def test_not_a_tflite_file() -> None:
    assert "not a .tflite model" in fault(b"RIFF....WAVE")
    with pytest.raises(KwsError, match=r"not a \.tflite model"):
        Golden(b"")


def test_empty_file() -> None:
    assert "not a .tflite model: it is empty" in fault(b"")


def test_int16_model() -> None:
    builder = TfliteBuilder()
    source = builder.tensor((1, 4), dtype="FLOAT32")
    inner, scores = (builder.tensor((1, 4), [0.5], dtype="INT16") for _ in range(2))
    builder.operator("QUANTIZE", [source], [inner])
    builder.operator("RELU", [inner], [scores])
    message = fault(builder.build([source], [scores]))
    assert "input is FLOAT32 [1, 4], quantized to INT16, not int8" in message


def test_recurrent_layer_without_weights_is_named() -> None:
    c = chain((1, 6, 5))
    c.append("UNIDIRECTIONAL_SEQUENCE_LSTM", (), c.shape, 0.05, 0)
    assert "operator 0, UNIDIRECTIONAL_SEQUENCE_LSTM [1, 6, 5]" in fault(c.build())


def test_operator_of_other_types() -> None:
    c = chain((1, 4))
    c.append("ADD", (c.builder.constant(np.array([1], np.int32)),), c.shape, 0.05, 0)
    assert "operator 0, ADD [1, 4] -> [1, 4]: works on INT32 [1]" in fault(c.build())


def dense(scales: list[float], zero_points: list[int], bias_scale: float = 1.0) -> bytes:
    """FULLY_CONNECTED [1, 4] -> [1, 2] with these numbers of its weights."""
    builder = TfliteBuilder()
    source, scores = builder.tensor((1, 4)), builder.tensor((1, 2))
    weights = builder.constant(np.ones((2, 4), np.int8), scales)
    builder.tensor_at(weights).quantization.zeroPoint = zero_points
    bias = builder.constant(np.zeros(2, np.int32), [bias_scale])
    builder.operator("FULLY_CONNECTED", [source, weights, bias], [scores])
    return builder.build([source], [scores])


def test_scales_without_zero_points() -> None:
    message = fault(dense([0.1, 0.1], []))
    assert (
        "tensor 2, 't2' of operator 0, FULLY_CONNECTED, has 2 scales and 0 zero points" in message
    )
    assert "damaged" not in message


@pytest.mark.parametrize("scale", [0.0, -1.0, float("nan"), float("inf")])
def test_scale_that_is_none(scale: float) -> None:
    message = fault(dense([0.1, scale], [0, 0]))
    assert f"has the scale {scale:g}, and scales are positive numbers" in message
    assert "damaged" not in message


def test_scale_of_biases_is_not_looked_at() -> None:
    assert static_model(dense([0.1, 0.1], [0, 0], bias_scale=0.0)).operators


def test_damaged_file() -> None:
    c = chain()
    c.conv_2d(3, (3, 3))
    model = c.build()
    assert "damaged" in fault(model[: len(model) // 2])


def test_float_model() -> None:
    builder = TfliteBuilder()
    source = builder.tensor((1, 4), dtype="FLOAT32")
    scores = builder.tensor((1, 4), dtype="FLOAT32")
    builder.operator("SOFTMAX", [source], [scores], beta=1.0)
    message = fault(builder.build([source], [scores]))
    assert "input is FLOAT32 [1, 4], not int8" in message
    assert "inference_input_type" in message


def test_float_operator_inside() -> None:
    builder = TfliteBuilder()
    source = builder.tensor((1, 4))
    middle, softmax = (builder.tensor((1, 4), dtype="FLOAT32") for _ in range(2))
    scores = builder.tensor((1, 4))
    builder.operator("DEQUANTIZE", [source], [middle])
    builder.operator("SOFTMAX", [middle], [softmax], beta=1.0)
    builder.operator("QUANTIZE", [softmax], [scores])
    assert "operator 0, DEQUANTIZE [1, 4] -> [1, 4]: is not supported" in fault(
        builder.build([source], [scores])
    )


def test_unknown_operator_is_named_with_index_and_shape() -> None:
    c = chain()
    c.conv_2d(3, (1, 1))
    c.append("CUMSUM", (), c.shape, 1.0, 0)
    message = fault(c.build())
    assert "operator 1, CUMSUM [1, 6, 5, 3] -> [1, 6, 5, 3]: is not supported" in message
    assert "Supported: ABS, ADD, AVERAGE_POOL_2D" in message


def test_batch_other_than_one() -> None:
    c = chain((2, 6, 5, 4))
    c.append("RELU", (), c.shape, 0.05, 0)
    assert "has a batch of 2, not 1" in fault(c.build())


def test_two_inputs() -> None:
    builder = TfliteBuilder()
    one, two, out = builder.tensor((1, 4)), builder.tensor((1, 4)), builder.tensor((1, 4))
    builder.operator("ADD", [one, two], [out])
    assert "2 inputs" in fault(builder.build([one, two], [out]))


def tanh() -> bytes:
    c = chain()
    c.conv_2d(3, (1, 1), activation=4)
    return c.build()


def wrong_shape() -> bytes:
    c = chain()
    options = {"dilationHFactor": 1, "dilationWFactor": 1, "strideH": 2, "strideW": 2}
    c.weighted("CONV_2D", (3, 3, 3, 4), 0, (1, 6, 5, 3), padding=0, **options)
    return c.build()


def mean_of_separate_axes() -> bytes:
    c = chain()
    c.mean((1, 3), False, 0.05, 0)
    return c.build()


def computed_weights() -> bytes:
    c = chain((1, 4))
    weights = c.builder.tensor((3, 4))
    c.append("FULLY_CONNECTED", (weights,), (1, 3), 1.0, 0)
    return c.build()


def weights_with_zero_point() -> bytes:
    c = chain((1, 4))
    weights = c.builder.constant(np.full((3, 4), -127, np.int8), 0.5, 7)
    c.append("FULLY_CONNECTED", (weights,), (1, 3), 1.0, 0)
    return c.build()


def overflowing_accumulators() -> bytes:
    c = chain((1, 4))
    weights = c.builder.constant(np.ones((1, 4), np.int8), 0.5)
    bias = c.builder.constant(np.array([2**31 - 5], np.int32), 0.025)
    c.append("FULLY_CONNECTED", (weights, bias), (1, 1), 1.0, 0)
    return c.build()


def large_sums() -> bytes:
    """They fit 32 bits, and not the two bits less that the kernels take."""
    c = chain((1, 20_000))
    weights = c.builder.constant(np.full((1, 20_000), 127, np.int8), 0.5)
    bias = c.builder.constant(np.array([300_000_000], np.int32), 0.025)
    c.append("FULLY_CONNECTED", (weights, bias), (1, 1), 1.5e5, 0)
    return c.build()


def overflowing_scale() -> bytes:
    c = chain((1, 4))
    c.fully_connected(3, gain=1e9)
    return c.build()


def pool_with_other_scale() -> bytes:
    c = chain()
    window = {"filterHeight": 2, "filterWidth": 2, "strideH": 1, "strideW": 1}
    c.append("MAX_POOL_2D", (), (1, 6, 5, 4), 0.5, 0, **window)
    return c.build()


def softmax_with_other_output() -> bytes:
    c = chain((1, 4))
    c.append("SOFTMAX", (), c.shape, 1 / 128, -128, beta=1.0)
    return c.build()


def unequal_reshape() -> bytes:
    c = chain((1, 4))
    c.reshape((1, 5))
    return c.build()


def unequal_function() -> bytes:
    c = chain((1, 4))
    c.append("TANH", (), (1, 5), 1 / 128, 0)
    return c.build()


def unequal_mean() -> bytes:
    c = chain()
    c.append("MEAN", (c.builder.constant(np.array([1, 2], np.int32)),), (1, 5), 0.05, 0)
    return c.build()


def bad_broadcast() -> bytes:
    c = chain((1, 4))
    operand = c.builder.constant(np.ones((1, 3), np.int8), 0.5)
    c.append("ADD", (operand,), (1, 4), 1.0, 0, fusedActivationFunction=RELU)
    return c.build()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (tanh, "has the fused activation TANH, which is not supported"),
        (wrong_shape, "operator 0, CONV_2D [1, 6, 5, 4] -> [1, 6, 5, 3]: should have 3 outputs"),
        (mean_of_separate_axes, "reduces the axes [1, 3], which are not next to each other"),
        (computed_weights, "has weights that are not constant INT8"),
        (weights_with_zero_point, "has weights with a zero point"),
        (overflowing_accumulators, "can overflow its 32-bit accumulators"),
        (large_sums, "and the kernels take less than 536,870,912"),
        (overflowing_scale, "has an output scale too small"),
        (pool_with_other_scale, "has another quantization at its output than at its input"),
        (softmax_with_other_output, "has an output quantization other than scale 1/256"),
        (unequal_reshape, "changes the number of elements"),
        (unequal_function, "operator 0, TANH [1, 4] -> [1, 5]: changes the number of elements"),
        (unequal_mean, "operator 0, MEAN [1, 6, 5, 4] -> [1, 5]: should have 4 outputs"),
        (bad_broadcast, "cannot broadcast [1, 3] to [1, 4]"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_unsupported(make: Callable[[], bytes], message: str) -> None:
    assert message in fault(make())


def test_supported_models_do_not_fail() -> None:
    c = chain()
    c.conv_2d(3, (1, 1), activation=RELU)
    assert [op.kind for op in read_graph(c.build()).ops] == ["CONV_2D"]
