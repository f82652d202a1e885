# SPDX-License-Identifier: Apache-2.0
"""Helium (Cortex-M55 in QEMU): each way on which a kernel falls back, and each end of its vectors.

Written to the instructions that no other model reached, as QEMU's plugin counts them."""

import shutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from bench.kernels import measure_model

from tests.support.static_model_check import NONE, RELU, VALID, Chain

POSITIVE: dict[str, Any] = {"activation": RELU, "zero_point": -128}
GENERAL: dict[str, Any] = {"gain": 2.0**7}  # shifts to the left


def vectors_of_inputs() -> bytes:
    """FULLY_CONNECTED: no vector, one, some with and without a rest, more than four; outputs for
    which there is no four."""
    chain = Chain(np.random.default_rng(21), (1, 3), 0.05, -7)
    for outputs, more in (
        (16, {}), (20, POSITIVE), (48, {}), (63, {"extreme": True}), (64, GENERAL), (65, {}),
        (15, {}), (2, {}), (1, POSITIVE), (5, {}),
    ):  # fmt: skip
        chain.fully_connected(outputs, **more)
    return chain.build()


def patches() -> bytes:
    """CONV_2D: patches of 4 to 96 values, so of less than a vector, of one, of an even and of an
    odd number of them, with and without a rest, each way to round; two to 64 channels; groups of
    pixels that are not full."""
    chain = Chain(np.random.default_rng(22), (1, 5, 3, 1), 0.05, -9)
    for channels, kernel, more in (
        (3, (1, 1), {}), (4, (2, 2), POSITIVE), (16, (1, 1), {}), (7, (1, 1), {}),
        (9, (1, 3), {"extreme": True}), (32, (1, 1), POSITIVE), (16, (1, 1), {}),
        (64, (3, 1), POSITIVE), (5, (1, 1), POSITIVE), (24, (2, 2), {}), (16, (2, 2), POSITIVE),
        (8, (1, 1), POSITIVE), (4, (2, 3), GENERAL), (20, (2, 1), {}), (2, (2, 2), {}),
    ):  # fmt: skip
        chain.conv_2d(channels, kernel, **more)
    return chain.build()


def planes() -> bytes:
    """DEPTHWISE_CONV_2D that goes by planes: weights of -128, strides, dilation across, many taps,
    KWS_ROUND_GENERAL, several outputs a channel; rows of more and of fewer than four."""
    chain = Chain(np.random.default_rng(23), (1, 9, 11, 17), 0.05, -3)
    three: dict[str, Any] = {"extreme": True}
    chain.depthwise_conv_2d(1, (3, 3), **three, **POSITIVE)
    chain.depthwise_conv_2d(1, (3, 3), **three)
    chain.depthwise_conv_2d(1, (3, 3), **GENERAL)
    chain.depthwise_conv_2d(1, (5, 6), **POSITIVE)
    chain.depthwise_conv_2d(1, (3, 3), dilation=(1, 2))
    chain.depthwise_conv_2d(1, (3, 3), dilation=(2, 1), **three)
    chain.depthwise_conv_2d(1, (3, 3), (1, 2), **three, **POSITIVE)
    chain.depthwise_conv_2d(1, (3, 3), (2, 1), **three)
    chain.depthwise_conv_2d(1, (2, 3), (2, 2), padding=VALID, **three, **GENERAL)
    chain.depthwise_conv_2d(3, (3, 3), **POSITIVE)
    return chain.build()


def slabs() -> bytes:
    """DEPTHWISE_CONV_2D by sixteen channels and a rest: taps in pairs and an odd one, a row or
    column of the kernel alone, dilation down the image, strides."""
    chain = Chain(np.random.default_rng(24), (1, 8, 6, 33), 0.05, -3)
    chain.depthwise_conv_2d(1, (3, 3), **POSITIVE)
    chain.depthwise_conv_2d(1, (3, 3), (1, 2))
    chain.depthwise_conv_2d(1, (2, 3))
    chain.depthwise_conv_2d(1, (5, 5), **POSITIVE)
    chain.depthwise_conv_2d(1, (3, 1), dilation=(2, 1))
    chain.depthwise_conv_2d(1, (1, 3))
    chain.depthwise_conv_2d(1, (1, 1))
    chain.depthwise_conv_2d(1, (3, 3), (2, 2))
    return chain.build()


def sums() -> bytes:
    """ADD and SUB whose first or second operand has the larger scale, of a count that is no
    multiple of four; an operand of one channel; an average of more than sixteen channels."""
    chain = Chain(np.random.default_rng(25), (1, 3, 3, 3), 0.05, -7)
    chain.conv_2d(19, (1, 1), zero_point=5)
    first, scale = chain.last, chain.scale
    for name, factor in (("ADD", 3.0), ("ADD", 0.1), ("SUB", 3.0), ("SUB", 0.1), ("ADD", 3.0)):
        chain.conv_2d(19, (1, 1), zero_point=-20)
        for larger in (0.25, 4.0):
            chain.append(
                name, (first,), chain.shape, scale * factor * larger, 9,
                fusedActivationFunction=NONE,
            )  # fmt: skip
    chain.conv_2d(1, (1, 1))
    chain.append("ADD", (first,), (1, 3, 3, 19), scale, 9, fusedActivationFunction=NONE)
    wide = chain.last
    chain.conv_2d(1, (1, 1))
    one = chain.last
    chain.last = wide
    chain.append("ADD", (one,), (1, 3, 3, 19), scale, 9, fusedActivationFunction=NONE)
    chain.pool("AVERAGE_POOL_2D", (2, 2), padding=VALID)
    return chain.build()


@pytest.mark.parametrize(
    "make", [vectors_of_inputs, patches, planes, slabs, sums], ids=lambda make: make.__name__
)
def test_ways_through_the_kernels(make: Callable[[], bytes]) -> None:
    if shutil.which("arm-none-eabi-gcc"):
        assert measure_model("m55", make()).exact
