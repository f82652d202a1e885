# SPDX-License-Identifier: Apache-2.0
"""RESIZE_NEAREST_NEIGHBOR and SOFTMAX to int16 against TensorFlow Lite Micro."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kws_codegen.base.errors import KwsError
from kws_codegen.lowering import read_graph
from tests.support.static_model_check import check, check_sequence, pairs
from tests.support.tflite_builder import TfliteBuilder


def resized(
    image: tuple[int, int], size: tuple[int, int], channels: int = 3, **options: bool
) -> bytes:
    b = TfliteBuilder()
    source = b.tensor([1, *image, channels], 0.1, -4)
    target = b.tensor([1, *size, channels], 0.1, -4)
    sizes = b.constant(np.array(size, np.int32))
    b.operator("RESIZE_NEAREST_NEIGHBOR", [source, sizes], [target], **options)
    return b.build([source], [target])


@settings(max_examples=15)
@given(pairs(1, 9), pairs(1, 9), st.integers(1, 5), st.booleans(), st.booleans())
def test_random(
    image: tuple[int, int], size: tuple[int, int], channels: int, corners: bool, centers: bool
) -> None:
    options = {"alignCorners": corners, "halfPixelCenters": centers and not corners}
    check(resized(image, size, channels, **options), inputs=2)


def test_another_size_than_asked_for() -> None:
    b = TfliteBuilder()
    source, target = b.tensor([1, 2, 2, 1], 0.1, 0), b.tensor([1, 4, 4, 1], 0.1, 0)
    sizes = b.constant(np.array([4, 5], np.int32))
    b.operator("RESIZE_NEAREST_NEIGHBOR", [source, sizes], [target])
    with pytest.raises(KwsError, match=r"operator 0, RESIZE_NEAREST_NEIGHBOR .*does not fit"):
        read_graph(b.build([source], [target]))


def test_softmax_to_int16() -> None:
    for depth, scale in ((2, 0.07), (12, 0.3), (40, 0.01)):
        b = TfliteBuilder()
        source = b.tensor([1, depth], scale, 5)
        target = b.tensor([1, depth], 1 / 65536, -32768, dtype="INT16")
        b.operator("SOFTMAX", [source], [target], beta=1.0)
        check_sequence(b.build([source], [target]), steps=4)
