# SPDX-License-Identifier: Apache-2.0
"""Every operator of the static model equals TensorFlow Lite Micro over random layers."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.static_model_check import (
    ACTIVATIONS,
    Chain,
    check,
    pairs,
    requantizations,
    scales,
    seeds,
    windows,
    zero_points,
)

some = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def image_chain(seed: int, image: tuple[int, int], channels: int, zero_point: int) -> Chain:
    rng = np.random.default_rng(seed)
    return Chain(rng, (1, *image, channels), float(np.float32(0.05)), zero_point)


@some
@given(data=st.data(), seed=seeds, image=pairs(1, 9), zero_point=zero_points)
def test_conv_2d(data: st.DataObject, seed: int, image: tuple[int, int], zero_point: int) -> None:
    chain = image_chain(seed, image, data.draw(st.integers(1, 9)), zero_point)
    chain.conv_2d(
        data.draw(st.integers(1, 9)), **data.draw(windows(image)), **data.draw(requantizations())
    )
    check(chain.build())


@some
@given(data=st.data(), seed=seeds, image=pairs(1, 6), zero_point=zero_points)
def test_pointwise_conv_2d(
    data: st.DataObject, seed: int, image: tuple[int, int], zero_point: int
) -> None:
    chain = image_chain(seed, image, data.draw(st.integers(1, 40)), zero_point)
    chain.conv_2d(data.draw(st.integers(1, 20)), (1, 1), **data.draw(requantizations()))
    check(chain.build())


@some
@given(data=st.data(), seed=seeds, image=pairs(1, 9), zero_point=zero_points)
def test_depthwise_conv_2d(
    data: st.DataObject, seed: int, image: tuple[int, int], zero_point: int
) -> None:
    chain = image_chain(seed, image, data.draw(st.integers(1, 9)), zero_point)
    chain.depthwise_conv_2d(
        data.draw(st.integers(1, 3)), **data.draw(windows(image)), **data.draw(requantizations())
    )
    check(chain.build())


@some
@given(data=st.data(), seed=seeds, image=pairs(1, 20), zero_point=zero_points)
def test_depthwise_conv_2d_three_by_three(
    data: st.DataObject, seed: int, image: tuple[int, int], zero_point: int
) -> None:
    chain = image_chain(seed, image, data.draw(st.integers(1, 20)), zero_point)
    stride = data.draw(pairs(1, 3))
    chain.depthwise_conv_2d(1, (3, 3), stride=stride, **data.draw(requantizations()))
    check(chain.build())


@some
@given(data=st.data(), seed=seeds, zero_point=zero_points)
def test_fully_connected(data: st.DataObject, seed: int, zero_point: int) -> None:
    rank = data.draw(st.integers(1, 4))
    shape = (1, *data.draw(st.tuples(*[st.integers(1, 7)] * (rank - 1))))
    chain = Chain(np.random.default_rng(seed), shape, float(np.float32(0.03)), zero_point)
    chain.fully_connected(data.draw(st.integers(1, 12)), **data.draw(requantizations()))
    check(chain.build())


@pytest.mark.parametrize("name", ["AVERAGE_POOL_2D", "MAX_POOL_2D"])
@some
@given(data=st.data(), seed=seeds, image=pairs(1, 9), zero_point=zero_points, scale=scales)
def test_pool_2d(
    name: str,
    data: st.DataObject,
    seed: int,
    image: tuple[int, int],
    zero_point: int,
    scale: float,
) -> None:
    channels = data.draw(st.integers(1, 9))
    chain = Chain(np.random.default_rng(seed), (1, *image, channels), scale, zero_point)
    window: dict[str, Any] = data.draw(windows(image, dilated=False))
    del window["dilation"]
    chain.pool(name, **window, activation=data.draw(st.sampled_from(ACTIVATIONS)))
    check(chain.build())


@some
@given(
    seed=seeds,
    image=pairs(1, 9),
    channels=st.integers(1, 9),
    axes=st.sampled_from([(1, 2), (2, 1), (1,), (2,), (3,), (-1,), (2, 3), (1, 2, 3)]),
    keep=st.booleans(),
    scale=scales,
    ratio=st.floats(-3, 3),
    zero_point=zero_points,
    out_zero_point=zero_points,
)
def test_mean(
    seed: int,
    image: tuple[int, int],
    channels: int,
    axes: tuple[int, ...],
    keep: bool,
    scale: float,
    ratio: float,
    zero_point: int,
    out_zero_point: int,
) -> None:
    chain = Chain(np.random.default_rng(seed), (1, *image, channels), scale, zero_point)
    reduced = tuple(axis % 4 for axis in axes)
    chain.mean(reduced, keep, scale * 2.0**ratio, out_zero_point)
    check(chain.build())


@some
@given(
    seed=seeds,
    rows=st.integers(1, 4),
    depth=st.integers(1, 40),
    scale=st.floats(-9, 4).map(lambda exponent: float(np.float32(2.0**exponent))),
    beta=st.sampled_from([1.0, 0.5, 2.0]),
    zero_point=zero_points,
)
def test_softmax(
    seed: int, rows: int, depth: int, scale: float, beta: float, zero_point: int
) -> None:
    chain = Chain(np.random.default_rng(seed), (1, rows, depth), scale, zero_point)
    chain.softmax(beta)
    check(chain.build())


@some
@given(
    name=st.sampled_from(["RELU", "RELU6", "QUANTIZE"]),
    seed=seeds,
    scale=scales,
    ratio=st.floats(-4, 4),
    zero_point=zero_points,
    out_zero_point=zero_points,
)
def test_functions_of_one_value(
    name: str, seed: int, scale: float, ratio: float, zero_point: int, out_zero_point: int
) -> None:
    # 256 values: all of int8, whatever the random inputs are.
    chain = Chain(np.random.default_rng(seed), (1, 4, 64), scale, zero_point)
    chain.append(name, (), chain.shape, scale * 2.0**ratio, out_zero_point)
    check(chain.build())


@some
@given(
    data=st.data(),
    seed=seeds,
    shape=st.tuples(*[st.integers(1, 5)] * 3),
    factors=st.tuples(*[st.floats(-3, 3)] * 2),
    zero_point=zero_points,
    out_zero_point=zero_points,
)
def test_add(
    data: st.DataObject,
    seed: int,
    shape: tuple[int, int, int],
    factors: tuple[float, float],
    zero_point: int,
    out_zero_point: int,
) -> None:
    rng = np.random.default_rng(seed)
    chain = Chain(rng, (1, *shape), float(np.float32(0.1)), zero_point)
    first = chain.last
    kind = data.draw(st.sampled_from(["itself", "activation", "constant", "broadcast"]))
    if kind == "activation":
        chain.conv_2d(shape[2], (1, 1), activation=data.draw(st.sampled_from(ACTIVATIONS)))
        other = first
    elif kind == "itself":
        other = first
    else:
        sizes = [s if kind == "constant" or data.draw(st.booleans()) else 1 for s in shape]
        operand = rng.integers(-128, 128, (1, *sizes)).astype(np.int8)
        scale = float(np.float32(0.1 * 2.0 ** factors[0]))
        other = chain.builder.constant(operand, scale, data.draw(zero_points))
    swap = kind != "itself" and data.draw(st.booleans())
    if swap:
        chain.last, other = other, chain.last
    chain.append(
        "ADD",
        (other,),
        (1, *shape),
        float(np.float32(0.2 * 2.0 ** factors[1])),
        out_zero_point,
        fusedActivationFunction=data.draw(st.sampled_from(ACTIVATIONS)),
    )
    check(chain.build())


@pytest.mark.parametrize("operand", [0, 1, 29, 30, 31])
@pytest.mark.parametrize("output", [0, 10, 11, 12])
def test_add_of_very_different_scales(operand: int, output: int) -> None:
    """Shifts of 0 and around 30, for an operand and for the sum."""
    chain = Chain(np.random.default_rng(operand), (1, 16, 16, 2), 0.125, -128)
    values = chain.rng.integers(-128, 128, (1, 16, 16, 2)).astype(np.int8)
    other = chain.builder.constant(values, 0.125 * 2.0**-operand, 127)
    chain.append("ADD", (other,), chain.shape, 0.125 * 2.0**output, 0)
    check(chain.build())


@some
@given(
    data=st.data(), seed=seeds, shape=st.tuples(*[st.integers(1, 5)] * 3), zero_point=zero_points
)
def test_pad(data: st.DataObject, seed: int, shape: tuple[int, int, int], zero_point: int) -> None:
    chain = Chain(np.random.default_rng(seed), (1, *shape), 0.5, zero_point)
    amounts = [(0, 0), *data.draw(st.tuples(*[pairs(0, 3)] * 3))]
    padded = tuple(s + a + b for s, (a, b) in zip(chain.shape, amounts, strict=True))
    constants = [chain.builder.constant(np.array(amounts, np.int32))]
    name = data.draw(st.sampled_from(["PAD", "PADV2"]))
    if name == "PADV2":
        value = np.array([data.draw(zero_points)], np.int8)
        constants.append(chain.builder.constant(value, 0.5, zero_point))
    chain.append(name, tuple(constants), padded, 0.5, zero_point)
    check(chain.build())


@some
@given(data=st.data(), seed=seeds, shape=st.tuples(*[st.integers(1, 5)] * 3))
def test_reshape_between_layers(
    data: st.DataObject, seed: int, shape: tuple[int, int, int]
) -> None:
    chain = Chain(np.random.default_rng(seed), (1, *shape), 0.5, 3)
    chain.conv_2d(3, (1, 1))
    chain.reshape((1, math.prod(chain.shape)))
    chain.fully_connected(data.draw(st.integers(1, 5)))
    check(chain.build())
