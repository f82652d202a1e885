# SPDX-License-Identifier: Apache-2.0
"""The kernels of each instruction set (QEMU): windows, strides and channel counts of all sorts."""

import shutil
from typing import Any

import numpy as np
import pytest
from bench.kernels import measure_model

from tests.support.static_model_check import RELU, RELU6, VALID, Chain

CORES = {
    "m0": "arm-none-eabi-gcc",
    "m4": "arm-none-eabi-gcc",
    "m55": "arm-none-eabi-gcc",
    "rv32": "riscv64-unknown-elf-gcc",
}
"""Kernels that the host's tests cannot run (the Cortex-M3 has the portable ones)."""


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


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("optimization", ["-O2", "-Os"])
def test_many_windows(core: str, optimization: str) -> None:
    """On each core that this machine has a compiler for."""
    if shutil.which(CORES[core]):
        assert measure_model(core, many_windows(), optimization).exact
