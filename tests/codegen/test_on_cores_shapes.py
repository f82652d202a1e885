# SPDX-License-Identifier: Apache-2.0
"""The kernels of each instruction set (QEMU): windows, strides and channel counts of all sorts."""

import shutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from bench.kernels import measure_model

from tests.support.static_model_check import NONE, RELU, RELU6, SAME, VALID, Chain, check

CORES = {
    "m0": "arm-none-eabi-gcc",
    "m3": "arm-none-eabi-gcc",
    "m4": "arm-none-eabi-gcc",
    "m55": "arm-none-eabi-gcc",
    "rv32": "riscv64-unknown-elf-gcc",
}
"""Kernels that the host cannot run: those of packed pixels have assembly in their loops."""


def many_windows() -> bytes:
    """Each layer on another path of a kernel; extremes of weights, both signs of outputs."""
    chain = Chain(np.random.default_rng(7), (1, 21, 9, 3), 0.05, -128)
    relu: dict[str, Any] = {"zero_point": -128, "activation": RELU}
    chain.conv_2d(7, (5, 3), (2, 1), extreme=True, **relu)
    chain.depthwise_conv_2d(1, (3, 3), (2, 2), **relu)  # strided
    chain.conv_2d(6, (1, 1), extreme=True, gain=4.0)  # channels that are no multiple of 4
    chain.depthwise_conv_2d(2, (5, 5), zero_point=20)  # neither 3x3 nor one output a channel
    chain.conv_2d(5, (2, 1), activation=RELU6, zero_point=-128, extreme=True)
    chain.depthwise_conv_2d(1, (3, 3), extreme=True, gain=2.0)
    chain.conv_2d(9, (1, 5), padding=VALID, gain=2.0**-9)  # shifts for KWS_ROUND_GENERAL
    chain.depthwise_conv_2d(1, (6, 1), padding=VALID, gain=2.0**7)
    chain.fully_connected(6, extreme=True)
    return chain.build()


def slices() -> bytes:
    """Patches of 64 values, of a few vectors and a rest, wider than what is gathered on the stack;
    groups of pixels that are not full; padding on every side; sums over many channels."""
    chain = Chain(np.random.default_rng(8), (1, 7, 5, 20), 0.05, -100)
    relu: dict[str, Any] = {"zero_point": -128, "activation": RELU}
    chain.conv_2d(64, (1, 1), **relu)  # 20 values
    chain.conv_2d(37, (1, 1), zero_point=3)  # 64, and a channel beyond pairs and fours
    chain.conv_2d(64, (1, 1), **relu)
    chain.conv_2d(36, (1, 1), extreme=True, **relu)  # 64
    chain.conv_2d(18, (3, 3), (2, 1), **relu)  # 324
    chain.conv_2d(39, (1, 3), padding=VALID, dilation=(1, 1), extreme=True)  # 54: two of padding
    chain.conv_2d(8, (2, 2), dilation=(1, 2), zero_point=-9)  # 156, dilated
    chain.conv_2d(33, (3, 3), padding=VALID, zero_point=7)  # 72, few pixels
    chain.pool("AVERAGE_POOL_2D", (2, 1), padding=VALID)
    chain.fully_connected(5)
    return chain.build()


def forties() -> bytes:
    """Patches of 40 values of all sorts; odd, even and single output channels, both signs.
    Depthwise 3x3 with both strides and both signs."""
    chain = Chain(np.random.default_rng(12), (1, 23, 11, 1), 0.05, -100)
    relu: dict[str, Any] = {"zero_point": -128, "activation": RELU}
    chain.conv_2d(9, (10, 4), (2, 1), extreme=True, **relu)
    chain.depthwise_conv_2d(1, (3, 3), **relu)
    chain.depthwise_conv_2d(1, (3, 3), (1, 2), zero_point=4)
    chain.conv_2d(40, (1, 1), **relu)
    chain.conv_2d(6, (1, 1), zero_point=3)  # 40
    chain.conv_2d(8, (1, 1), **relu)
    chain.conv_2d(5, (5, 1), **relu)  # 40
    chain.conv_2d(4, (4, 2), **relu)  # 40
    chain.depthwise_conv_2d(1, (3, 3), (2, 1), zero_point=-5)
    chain.conv_2d(1, (2, 5), **relu)  # 40
    chain.fully_connected(5)
    return chain.build()


def sequences() -> bytes:
    """Images one pixel wide, in place and not: strides, dilation, a rest of channels, padding, the
    one column as rows and as columns."""
    chain = Chain(np.random.default_rng(9), (1, 41, 1, 23), 0.05, -3)
    relu: dict[str, Any] = {"zero_point": -128, "activation": RELU}
    chain.depthwise_conv_2d(1, (5, 1), padding=VALID, extreme=True)
    chain.depthwise_conv_2d(1, (3, 1), dilation=(2, 1), padding=VALID, **relu)
    chain.depthwise_conv_2d(1, (4, 1), (2, 1), padding=VALID, zero_point=8)
    chain.conv_2d(30, (1, 1), **relu)
    chain.depthwise_conv_2d(1, (3, 1), padding=SAME)
    chain.reshape((1, 1, chain.shape[1], 30))
    chain.depthwise_conv_2d(1, (1, 6), padding=VALID, **relu)
    chain.depthwise_conv_2d(1, (1, chain.shape[2]), padding=VALID)
    chain.fully_connected(5)
    return chain.build()


def sums() -> bytes:
    """ADD with the first, the second or no operand of the larger scale; limits; SUB."""
    chain = Chain(np.random.default_rng(10), (1, 5, 3, 3), 0.05, -7)
    chain.conv_2d(7, (1, 1), zero_point=5)
    first, scale = chain.last, chain.scale
    chain.conv_2d(7, (3, 3), zero_point=-20)
    for name, factor, activation in (
        ("ADD", 1.3, NONE), ("ADD", 0.4, RELU), ("SUB", 1.0, NONE), ("ADD", 2.0, RELU6),
    ):  # fmt: skip
        zero_point = -128 if activation == RELU else 9
        options = {"fusedActivationFunction": activation}
        chain.append(name, (first,), chain.shape, scale * factor, zero_point, **options)
    return chain.build()


def one_scale() -> bytes:
    """FULLY_CONNECTED with one multiplier and shift for all outputs: inputs of less than a vector,
    of some and of many; outputs that are no multiple of 4; every way to round."""
    chain = Chain(np.random.default_rng(11), (1, 10), 0.05, -7)
    for outputs, more in (
        (18, {}), (33, {"activation": RELU, "zero_point": -128}), (50, {"extreme": True}), (64, {}),
        (70, {"zero_point": 5}), (35, {}), (9, {"gain": 2.0**-9}), (7, {}),
    ):  # fmt: skip
        options: dict[str, Any] = more
        chain.fully_connected(outputs, per_channel=False, **options)
    return chain.build()


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize(
    "make", [slices, forties, sequences, sums, one_scale], ids=lambda make: make.__name__
)
def test_ways_through_the_kernels(core: str, make: Callable[[], bytes]) -> None:
    if shutil.which(CORES[core]):
        assert measure_model(core, make()).exact


@pytest.mark.parametrize(
    "make", [slices, forties, sequences, sums, one_scale], ids=lambda make: make.__name__
)
def test_ways_through_the_kernels_here(make: Callable[[], bytes]) -> None:
    check(make(), all_kernels=True)


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("optimization", ["-O2", "-Os"])
def test_many_windows(core: str, optimization: str) -> None:
    """On each core that this machine has a compiler for."""
    if shutil.which(CORES[core]):
        assert measure_model(core, many_windows(), optimization).exact
