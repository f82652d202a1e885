# SPDX-License-Identifier: Apache-2.0
"""The kernels of each instruction set (QEMU) equal TensorFlow Lite Micro on whole models."""

import shutil
from collections.abc import Callable

import numpy as np
import pytest
from bench.kernels import checksum, measure_model

from tests.codegen.test_whole_models import dilated_with_multiplier, ds_cnn_odd, gated, residual

CORES = {
    "arm-none-eabi-gcc": ("m0", "m3", "m4", "m55"),
    "riscv64-unknown-elf-gcc": ("rv32",),
}


@pytest.mark.parametrize(
    "make", [ds_cnn_odd, dilated_with_multiplier, residual, gated], ids=lambda make: make.__name__
)
def test_outputs_on_each_core(make: Callable[[], bytes]) -> None:
    """Each core that this machine has a compiler for; the host is tested elsewhere."""
    for compiler, cores in CORES.items():
        if shutil.which(compiler):
            for core in cores:
                assert measure_model(core, make()).exact, core


def test_checksum_tells_outputs_apart() -> None:
    assert checksum(np.array([[1, -2]], np.int8)) == 31 + 254
    assert checksum(np.array([[-2, 1]], np.int8)) != checksum(np.array([[1, -2]], np.int8))
