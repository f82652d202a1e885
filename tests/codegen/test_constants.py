# SPDX-License-Identifier: Apache-2.0
"""The generator's fixed-point constants against TensorFlow Lite Micro, without compiling.

Multipliers decide results only at ties, which random layers seldom meet: here many pairs of
scales are tried, ratios of small integers among them, over all 256 inputs.
"""

import numpy as np
import pytest

from kws.inference.golden import Golden
from kws_codegen.fixed_point import clamp, quantize_multiplier, rescale
from kws_codegen.lowering import read_graph
from kws_codegen.operators.fully_connected import FullyConnected
from kws_codegen.operators.lookup import Lookup
from kws_codegen.operators.mean import Mean
from kws_codegen.operators.requantization import Requantization
from kws_codegen.static_model import static_model
from tests.support.static_model_check import Chain

ALL_VALUES = np.arange(-128, 128).astype(np.int8)


def scale_pairs(seed: int, count: int) -> list[tuple[float, float]]:
    rng = np.random.default_rng(seed)
    pairs = []
    for number in range(count):
        scale = np.float32(2.0 ** rng.uniform(-9, 1))
        ratio = 2.0 ** rng.uniform(-4, 4)
        if number % 3 == 0:
            ratio = rng.integers(1, 9) / rng.integers(1, 9)
        other = np.float32(scale * ratio)
        if number % 5 == 0:
            other = np.nextafter(other, np.float32(9))
        pairs.append((float(scale), float(other)))
    return pairs


def output(r: Requantization, channel: int, total: int) -> int:
    value = rescale(total + r.bias[channel], r.multiplier[channel], r.shift[channel])
    return clamp(value + r.zero_point, r.low, r.high)


@pytest.mark.parametrize("name", ["RELU", "RELU6", "QUANTIZE"])
def test_functions_of_one_value(name: str) -> None:
    for seed, (scale, other) in enumerate(scale_pairs(1, 200)):
        rng = np.random.default_rng(seed)
        zero_points = [int(z) for z in rng.integers(-128, 128, 2)]
        c = Chain(rng, (1, 256), scale, zero_points[0])
        c.append(name, (), c.shape, other, zero_points[1])
        op = read_graph(c.build()).ops[0]
        assert isinstance(op, Lookup)
        assert op.table.tolist() == Golden(c.build()).invoke(ALL_VALUES).tolist(), (scale, other)


def test_fully_connected_per_tensor() -> None:
    """TensorFlow Lite Micro of 2026-08 multiplied both scales in float32, the wheel does not."""
    for seed in range(40):
        c = Chain(np.random.default_rng(seed), (1, 1), float(np.float32(0.03)))
        c.fully_connected(3, per_channel=False, bias=False)
        op = read_graph(c.build()).ops[0]
        assert isinstance(op, FullyConnected)
        golden = Golden(c.build())
        for value in ALL_VALUES[::3]:
            expected = golden.invoke(np.array([value])).tolist()
            sums = [int(value) * int(row[0]) for row in op.weights]
            assert [output(op.requantization, i, s) for i, s in enumerate(sums)] == expected


def test_mean() -> None:
    for seed, (scale, other) in enumerate(scale_pairs(2, 100)):
        rng = np.random.default_rng(seed)
        count = int(rng.integers(1, 200))
        c = Chain(rng, (1, count, 1, 256), scale, int(rng.integers(-128, 128)))
        c.mean((1, 2), False, other, int(rng.integers(-128, 128)))
        op = read_graph(c.build()).ops[0]
        assert isinstance(op, Mean)
        values = rng.integers(-128, 128, (count, 256)).astype(np.int8)
        sums = values.astype(np.int64).sum(axis=0)
        expected = Golden(c.build()).invoke(values).tolist()
        assert [output(op.requantization, 0, int(s)) for s in sums] == expected


def test_multiplier_of_small_and_large_factors() -> None:
    assert quantize_multiplier(0.0) == (0, 0)
    assert quantize_multiplier(0.5) == (1 << 30, 0)
    assert quantize_multiplier(1.0) == (1 << 30, 1)
    assert quantize_multiplier(2.0**-33) == (0, 0)
    assert quantize_multiplier(1.0 - 2.0**-40) == (1 << 30, 1)


def test_one_multiplier_for_all_outputs_is_there_once() -> None:
    """Of FULLY_CONNECTED with one scale; scales a channel keep theirs."""
    sizes = {}
    for per_channel in (False, True):
        c = Chain(np.random.default_rng(1), (1, 8))
        c.fully_connected(6, per_channel=per_channel)
        kernel = static_model(c.build()).operators[0].constants[0].kernel
        sizes[per_channel] = [array.values.size for array in kernel.arrays]
    assert sizes == {True: [48, 6, 6, 6], False: [48, 6, 1, 1]}  # multipliers and shifts last


def test_convolutions_have_multipliers_of_all_channels() -> None:
    c = Chain(np.random.default_rng(1), (1, 3, 3, 2))
    c.conv_2d(5, (2, 2), per_channel=False)
    kernel = static_model(c.build()).operators[0].constants[0].kernel
    assert [array.values.size for array in kernel.arrays] == [40, 5, 5, 5]
