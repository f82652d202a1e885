# SPDX-License-Identifier: Apache-2.0
"""The streaming model on each instruction set (QEMU) equals TensorFlow Lite Micro."""

import shutil
from collections.abc import Callable

import pytest
from bench.streaming import measure_stream

from tests.codegen.test_on_cores import CORES
from tests.streaming.test_exact import dilated, ends_twice, skips
from tests.support.stream_check import stream_of
from tests.support.streaming_networks import ds_cnn


def usual() -> tuple[bytes, int]:
    """Rows of odd sizes, none a multiple of a word."""
    strides = ((2, 2), (1, 2), (2, 1))
    return ds_cnn(filters=(5, 6, 7), strides=strides, frames=20, channels=11), 20


@pytest.mark.parametrize("make", [usual, skips, dilated, ends_twice], ids=lambda f: f.__name__)
def test_decisions_on_each_core(make: Callable[[], tuple[bytes, int]]) -> None:
    """Each core that this machine has a compiler for."""
    model, frames = make()
    content = stream_of(model, frames)
    for compiler, cores in CORES.items():
        if shutil.which(compiler):
            for core in cores:
                assert measure_stream(core, model, content).exact, core
