# SPDX-License-Identifier: Apache-2.0
"""Operators beyond those of plain networks: each equals TensorFlow Lite Micro, bit for bit."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kws_codegen.lowering import read_graph
from kws_codegen.operators.conv_2d import Conv2D
from kws_codegen.operators.lookup import Lookup
from tests.support.static_model_check import (
    ACTIVATIONS,
    NONE,
    Chain,
    check,
    pairs,
    scales,
    seeds,
    zero_points,
)
from tests.support.tflite_builder import TfliteBuilder

some = settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
shapes = st.tuples(*[st.integers(1, 5)] * 3)


def chain(seed: int, shape: tuple[int, ...], zero_point: int = 0) -> Chain:
    return Chain(np.random.default_rng(seed), shape, float(np.float32(0.1)), zero_point)


def operand(data: st.DataObject, c: Chain, kind: str) -> int:
    """The tensor `kind` that is to go with c.last."""
    if kind == "itself":
        return c.last
    if kind == "activation":
        first = c.last
        c.conv_2d(c.shape[3], (1, 1), zero_point=data.draw(zero_points))
        return first
    sizes = [1 if kind == "one value" or data.draw(st.booleans()) else s for s in c.shape[1:]]
    values = c.rng.integers(-128, 128, (1, *sizes)).astype(np.int8)
    scale = float(np.float32(0.1 * 2.0 ** data.draw(st.floats(-3, 3))))
    return c.builder.constant(values, scale, data.draw(zero_points))


@pytest.mark.parametrize("name", ["ADD", "SUB", "MUL"])
@pytest.mark.parametrize("kind", ["itself", "activation", "broadcast", "one value"])
@some
@given(data=st.data(), seed=seeds, shape=shapes, zero_point=zero_points, ratio=st.floats(-3, 3))
def test_two_operands(
    name: str,
    kind: str,
    data: st.DataObject,
    seed: int,
    shape: tuple[int, ...],
    zero_point: int,
    ratio: float,
) -> None:
    c = chain(seed, (1, *shape), zero_point)
    other = operand(data, c, kind)
    if kind != "itself" and data.draw(st.booleans()):
        c.last, other = other, c.last
    scale = float(np.float32(0.2 * 2.0**ratio))
    activation = data.draw(st.sampled_from(ACTIVATIONS))
    c.append(
        name, (other,), (1, *shape), scale, data.draw(zero_points),
        fusedActivationFunction=activation,
    )  # fmt: skip
    check(c.build())


@pytest.mark.parametrize("name", ["MAXIMUM", "MINIMUM"])
@some
@given(data=st.data(), seed=seeds, shape=shapes)
def test_maximum_and_minimum(
    name: str, data: st.DataObject, seed: int, shape: tuple[int, ...]
) -> None:
    c = chain(seed, (1, *shape))
    sizes = [1 if data.draw(st.booleans()) else s for s in shape]
    values = c.rng.integers(-128, 128, (1, *sizes)).astype(np.int8)
    c.append(name, (c.builder.constant(values, c.scale),), c.shape, c.scale, 0)
    check(c.build())


@some
@given(data=st.data(), seed=seeds, shape=shapes, zero_point=zero_points, scale=scales)
def test_prelu(
    data: st.DataObject, seed: int, shape: tuple[int, ...], zero_point: int, scale: float
) -> None:
    c = Chain(np.random.default_rng(seed), (1, *shape), scale, zero_point)
    slopes = c.rng.integers(-128, 128, (1, 1, shape[2])).astype(np.int8)
    alpha = c.builder.constant(slopes, float(np.float32(0.01)), data.draw(zero_points))
    c.append("PRELU", (alpha,), c.shape, scale * 2.0 ** data.draw(st.floats(-2, 2)), -3)
    check(c.build())


@pytest.mark.parametrize(
    ("name", "options"),
    [("LOGISTIC", {}), ("TANH", {}), ("HARD_SWISH", {}), ("LEAKY_RELU", {"alpha": 0.2})],
)
@some
@given(seed=seeds, scale=scales, zero_point=zero_points)
def test_functions_of_one_value(
    name: str, options: dict[str, Any], seed: int, scale: float, zero_point: int
) -> None:
    scale = min(scale, 0.5)
    c = Chain(np.random.default_rng(seed), (1, 4, 64), scale, zero_point)
    outputs = {"LOGISTIC": (1 / 256, -128), "TANH": (1 / 128, 0)}
    c.append(name, (), c.shape, *outputs.get(name, (scale, 5)), **options)
    check(c.build())
    assert isinstance(read_graph(c.build()).ops[0], Lookup)


def test_float_functions_between_dequantize_and_quantize() -> None:
    builder = TfliteBuilder()
    source, out = builder.tensor((1, 256), 0.05, 3), builder.tensor((1, 256), 0.1, -100)
    first, last = (builder.tensor((1, 256), dtype="FLOAT32") for _ in range(2))
    builder.operator("DEQUANTIZE", [source], [first])
    builder.operator("ELU", [first], [last])
    builder.operator("QUANTIZE", [last], [out])
    model = builder.build([source], [out])
    check(model)
    assert [op.kind for op in read_graph(model).ops] == ["DEQUANTIZE + ELU + QUANTIZE"]


@some
@given(
    seed=seeds,
    shape=shapes,
    axes=st.sampled_from([(1, 2), (1,), (2,), (3,), (2, 3), (1, 2, 3)]),
    keep=st.booleans(),
)
def test_reduce_max(seed: int, shape: tuple[int, ...], axes: tuple[int, ...], keep: bool) -> None:
    c = chain(seed, (1, *shape))
    left = tuple(1 if i in axes else s for i, s in enumerate(c.shape) if keep or i not in axes)
    constant = c.builder.constant(np.array(axes, np.int32))
    c.append("REDUCE_MAX", (constant,), left, c.scale, 0, keepDims=keep)
    check(c.build())


@some
@given(seed=seeds, shape=shapes, ratio=st.floats(-1, 5), zero_point=zero_points)
def test_sum(seed: int, shape: tuple[int, ...], ratio: float, zero_point: int) -> None:
    c = chain(seed, (1, *shape), zero_point)
    constant = c.builder.constant(np.array((1, 2), np.int32))
    scale = float(np.float32(c.scale * 2.0**ratio))
    c.append("SUM", (constant,), (1, shape[2]), scale, 3, keepDims=False)
    check(c.build())


@some
@given(data=st.data(), seed=seeds, shape=shapes)
def test_transpose(data: st.DataObject, seed: int, shape: tuple[int, ...]) -> None:
    c = chain(seed, (1, *shape))
    order = data.draw(st.permutations(range(4)))
    constant = c.builder.constant(np.array(order, np.int32))
    c.append("TRANSPOSE", (constant,), tuple(c.shape[i] for i in order), c.scale, 0)
    check(c.build())


@some
@given(data=st.data(), seed=seeds, shape=shapes)
def test_strided_slice(data: st.DataObject, seed: int, shape: tuple[int, ...]) -> None:
    c = chain(seed, (1, *shape))
    begins, ends, strides = [0], [1], [1]
    for size in shape:
        begins.append(data.draw(st.integers(0, size - 1)))
        ends.append(data.draw(st.integers(begins[-1] + 1, size)))
        strides.append(data.draw(st.integers(1, 3)))
    begin_mask, end_mask = data.draw(st.integers(0, 15)), data.draw(st.integers(0, 15))
    index = tuple(
        slice(None if begin_mask >> i & 1 else b, None if end_mask >> i & 1 else e, s)
        for i, (b, e, s) in enumerate(zip(begins, ends, strides, strict=True))
    )
    result = np.zeros(c.shape)[index].shape
    constants = tuple(c.builder.constant(np.array(v, np.int32)) for v in (begins, ends, strides))
    c.append("STRIDED_SLICE", constants, result, c.scale, 0, beginMask=begin_mask, endMask=end_mask)
    check(c.build())


def test_last_step_of_a_sequence() -> None:
    """x[:, -1, :], with its axis left out."""
    c = chain(1, (1, 7, 5))
    limits = ([0, -1, 0], [0, 0, 0], [1, 1, 1])
    constants = tuple(c.builder.constant(np.array(v, np.int32)) for v in limits)
    masks = {"beginMask": 5, "endMask": 5, "shrinkAxisMask": 2}
    c.append("STRIDED_SLICE", constants, (1, 5), c.scale, 0, **masks)
    check(c.build())


@pytest.mark.parametrize("axis", [1, 2, 3, -1])
def test_split_and_concatenation(axis: int) -> None:
    """The halves change places, and each is used again."""
    c = chain(2, (1, 4, 6, 8), 5)
    half = [s // 2 if i == axis % 4 else s for i, s in enumerate(c.shape)]
    first, second = (c.builder.tensor(half, c.scale, 5) for _ in range(2))
    constant = c.builder.constant(np.array(axis, np.int32))
    c.builder.operator("SPLIT", [constant, c.last], [first, second], numSplits=2)
    whole = c.builder.tensor(c.shape, c.scale, 5)
    c.builder.operator(
        "CONCATENATION", [second, first], [whole], axis=axis, fusedActivationFunction=NONE
    )
    c.last = whole
    check(c.build(), all_kernels=True)


@some
@given(seed=seeds, shape=shapes, axis=st.integers(1, 3), size=st.integers(1, 4))
def test_concatenation_with_a_constant(
    seed: int, shape: tuple[int, ...], axis: int, size: int
) -> None:
    c = chain(seed, (1, *shape), 7)
    first = c.last
    c.append("QUANTIZE", (), c.shape, c.scale, 7)
    sizes = [size if i == axis else s for i, s in enumerate(c.shape)]
    constant = c.builder.constant(c.rng.integers(-128, 128, sizes).astype(np.int8), c.scale, 7)
    result = [2 * s + size if i == axis else s for i, s in enumerate(c.shape)]
    c.append(
        "CONCATENATION", (constant, first), tuple(result), c.scale, 7,
        axis=axis, fusedActivationFunction=NONE,
    )  # fmt: skip
    check(c.build())


def test_unpack_and_pack() -> None:
    c = chain(3, (1, 3, 4))
    parts = [c.builder.tensor((1, 4), c.scale) for _ in range(3)]
    c.builder.operator("UNPACK", [c.last], parts, num=3, axis=1)
    c.last = c.builder.tensor((1, 2, 4), c.scale)
    c.builder.operator("PACK", [parts[2], parts[0]], [c.last], valuesCount=2, axis=1)
    check(c.build())


def test_expand_dims_and_squeeze() -> None:
    """What a one-dimensional convolution leaves."""
    c = chain(4, (1, 9, 5))
    c.append("EXPAND_DIMS", (c.builder.constant(np.array(1, np.int32)),), (1, 1, 9, 5), c.scale, 0)
    c.conv_2d(3, (1, 3))
    c.append("SQUEEZE", (), (1, 9, 3), c.scale, 0, squeezeDims=[1])
    c.fully_connected(2)
    check(c.build())


@some
@given(seed=seeds, image=pairs(1, 6), groups=st.integers(2, 3), depth=st.integers(1, 3))
def test_grouped_convolution(seed: int, image: tuple[int, int], groups: int, depth: int) -> None:
    c = chain(seed, (1, *image, groups * depth), -9)
    options: dict[str, Any] = {
        "strideH": 1,
        "strideW": 1,
        "dilationHFactor": 1,
        "dilationWFactor": 1,
    }
    c.weighted("CONV_2D", (groups * 2, 3, 2, depth), 0, (1, *image, groups * 2), **options)
    check(c.build())


def test_weights_with_a_zero_point() -> None:
    c = chain(5, (1, 6))
    weights = c.builder.constant(np.arange(18).reshape(3, 6).astype(np.int8), 0.01, 9)
    c.append("FULLY_CONNECTED", (weights,), (1, 3), 0.05, 2)
    check(c.build())


def large_biases(bias: int, weight: int, output_scale: float) -> Chain:
    """Three channels: one large bias, its negative, and an ordinary one."""
    c = chain(6, (1, 3, 3, 4), 11)
    values = np.full((3, 1, 1, 4), weight, np.int8)
    weights = c.builder.constant(values, [1e-6, 1e-6, 1e-3], 0, 0)
    biases = c.builder.constant(np.array([bias, -bias, 3000], np.int32), [1e-7, 1e-7, 1e-4])
    c.append(
        "CONV_2D", (weights, biases), (1, 3, 3, 3), output_scale, -20,
        strideH=1, strideW=1, dilationHFactor=1, dilationWFactor=1,
    )  # fmt: skip
    return c


@pytest.mark.parametrize("bias", [1 << 30, (1 << 30) + 77777, (1 << 31) - (1 << 20)])
def test_channel_of_weights_zero_and_a_huge_bias(bias: int) -> None:
    """Converters leave such channels where training switched one off."""
    c = large_biases(bias, 0, 1.0)
    check(c.build(), all_kernels=True)
    op = read_graph(c.build()).ops[0]
    assert isinstance(op, Conv2D)
    assert max(map(abs, op.requantization.bias)) < 1 << 29


@pytest.mark.parametrize("offset", (-300, 0, 57))
def test_huge_bias_with_small_weights(offset: int) -> None:
    """Its output steps once, at the same sum as TensorFlow Lite Micro's."""
    scale = float(np.float32(2.0))
    factor = 0.1 * 1e-6 / scale
    bias = round(40.5 / float(np.float32(factor))) + offset
    assert 1 << 29 < bias < 1 << 31
    check(large_biases(bias, 1, scale).build(), inputs=12, all_kernels=True)
