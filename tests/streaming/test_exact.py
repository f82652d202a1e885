# SPDX-License-Identifier: Apache-2.0
"""Every decision of the streaming model equals TensorFlow Lite Micro's on the same window."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.static_model_check import NONE, RELU, VALID, seeds
from tests.support.stream_check import check_stream, random_rows, stream_of, streamed_scores
from tests.support.streaming_networks import RowChain, ds_cnn

some = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def dilated() -> tuple[bytes, int]:
    """Dilations in time, one convolution over time alone, odd sizes, the mean over time last."""
    c = RowChain.of(2, 41, 7, 3)
    c.conv_2d(5, (3, 2), dilation=(2, 1), padding=VALID, zero_point=9)
    c.depthwise_conv_2d(2, (5, 1), dilation=(3, 1), padding=VALID, activation=RELU, zero_point=-128)
    c.conv_2d(6, (4, 1), (3, 1), padding=VALID, zero_point=5)
    c.mean((2,), True, c.scale, 3)
    c.mean((1,), True, c.scale / 2, -7)
    c.fully_connected(4)
    return c.build(), 41


def skips() -> tuple[bytes, int]:
    """Residual blocks whose skip is cropped in time; a LOGISTIC gate; channels joined."""
    c = RowChain.of(3, 30, 8)
    c.conv_2d(8, (3, 3), (1, 2), padding=VALID, activation=RELU)
    before, shape, scale, zero = c.last, c.shape, c.scale, c.zero_point
    c.separable(8)
    main, main_shape, main_scale = c.last, c.shape, c.scale
    c.last, c.shape, c.scale, c.zero_point = before, shape, scale, zero
    c.crop_time(1, shape[1] - 1)
    c.append("ADD", (main,), main_shape, main_scale * 1.3, 4)
    added, added_scale = c.last, c.scale
    c.append("LOGISTIC", (), c.shape, 1 / 256, -128)
    c.append("MUL", (added,), c.shape, added_scale, -3)
    gated, gated_shape = c.last, c.shape
    c.conv_2d(4, (1, 1), zero_point=0)
    c.append("QUANTIZE", (), c.shape, added_scale, -3)
    joined = (*gated_shape[:3], gated_shape[3] + 4)
    c.append("CONCATENATION", (gated,), joined, added_scale, -3, axis=3)
    c.pool("AVERAGE_POOL_2D", (2, 1), (2, 1), padding=VALID)
    c.pool("MAX_POOL_2D", (1, 2), (1, 1), padding=VALID)
    c.pool("AVERAGE_POOL_2D", (c.shape[1], c.shape[2]), padding=VALID)
    c.reshape((1, c.shape[3]))
    c.fully_connected(5)
    c.softmax(beta=0.03 / c.scale)
    return c.build(), 30


def spanning() -> tuple[bytes, int]:
    """A convolution whose kernel is all rows that are left ends time."""
    c = RowChain.of(4, 25, 6)
    c.conv_2d(4, (5, 3), (2, 1), padding=VALID, activation=RELU)
    c.conv_2d(3, (c.shape[1], 2), padding=VALID, zero_point=8)
    c.reshape((1, c.shape[2] * 3))
    c.fully_connected(3)
    return c.build(), 25


def flattened() -> tuple[bytes, int]:
    """All rows at once into a dense layer; rows of three dimensions that are reshaped before."""
    c = RowChain.of(5, 20, 6)
    c.reshape((1, 20, 1, 6))
    c.conv_2d(7, (3, 1), (2, 1), padding=VALID, activation=RELU)
    c.reshape((1, c.shape[1], 7))
    c.append("RELU", (), c.shape, c.scale, c.zero_point)
    c.reshape((1, c.shape[1] * 7))
    c.fully_connected(4)
    c.softmax()
    return c.build(), 20


def ends_twice() -> tuple[bytes, int]:
    """The mean and the largest over time, joined; rows that a stride leaves out."""
    c = RowChain.of(6, 27, 5)
    c.conv_2d(6, (2, 2), (3, 1), padding=VALID, zero_point=-1)
    before, shape, scale, zero = c.last, c.shape, c.scale, c.zero_point
    c.pool("AVERAGE_POOL_2D", shape[1:3], padding=VALID)
    mean = c.last
    c.last, c.shape, c.scale, c.zero_point = before, shape, scale, zero
    c.pool("MAX_POOL_2D", shape[1:3], padding=VALID)
    c.append("CONCATENATION", (mean,), (1, 1, 1, 12), scale, zero, axis=3)
    c.fully_connected(4)
    return c.build(), 27


def cropped() -> tuple[bytes, int]:
    """Rows that no decision needs yet: the last ones are cut off, every second one left out."""
    c = RowChain.of(8, 26, 6)
    c.conv_2d(5, (3, 3), padding=VALID, activation=RELU, zero_point=-128, gain=2.0)
    c.crop_time(1, 15, 2)
    c.depthwise_conv_2d(1, (2, 2), padding=VALID, zero_point=4)
    c.mean((1, 2), False, c.scale / 2, 1)
    c.fully_connected(4)
    return c.build(), 26


def dense_rows() -> tuple[bytes, int]:
    """A dense layer on every row, and one row of it at the end of the window."""
    c = RowChain.of(7, 12, 9)
    c.reshape((1, 12, 9))
    c.shape = (12, 9)
    c.reshape((12, 9))
    c.fully_connected(5, activation=RELU, zero_point=-128)
    c.softmax()
    c.mean((0,), True, c.scale, -128)
    c.fully_connected(3)
    return c.build(), 12


@pytest.mark.parametrize(
    "make",
    [dilated, skips, spanning, flattened, ends_twice, cropped, dense_rows],
    ids=lambda f: f.__name__,
)
def test_made_networks(make: Callable[[], tuple[bytes, int]]) -> None:
    model, frames = make()
    check_stream(model, frames)


def test_a_usual_network_over_ten_seconds() -> None:
    content = check_stream(ds_cnn(), 49, decisions=114)
    assert content.axis.stride == 4
    # Less than a sixth of what the window takes.
    assert content.macs * 6 < content.graph.macs


def test_a_stream_begins_anew() -> None:
    """What came before leaves no trace."""
    model = ds_cnn(filters=(4, 6, 6), strides=((2, 2), (1, 2), (2, 1)), frames=20, channels=10)
    content = stream_of(model, 20)
    rows = random_rows(0, 70, 10)
    for restart in (1, 19, 20, 23, 37):
        afresh = streamed_scores(content, rows[restart:])
        after = streamed_scores(content, rows, restart=restart)[-len(afresh) :]
        assert np.array_equal(after, afresh)


@some
@given(data=st.data(), seed=seeds)
def test_random_networks(data: st.DataObject, seed: int) -> None:
    """Kernels, strides and dilations in time and frequency, with and without slack at the end."""
    draw = data.draw
    frames = draw(st.integers(9, 40))
    chain = RowChain.of(seed, frames, draw(st.integers(2, 8)), draw(st.integers(1, 3)))
    for _ in range(draw(st.integers(1, 4))):
        rows, width = chain.shape[1:3]
        kernel = draw(st.integers(1, min(4, rows))), draw(st.integers(1, min(3, width)))
        dilation = draw(st.integers(1, 3 if (kernel[0] - 1) * 3 < rows else 1)), 1
        stride = draw(st.integers(1, 3)), draw(st.integers(1, 2))
        if ((rows - (kernel[0] - 1) * dilation[0] - 1) // stride[0]) < 1:
            break
        layer = {"padding": VALID, "activation": draw(st.sampled_from([NONE, RELU]))}
        if draw(st.booleans()):
            chain.depthwise_conv_2d(draw(st.integers(1, 2)), kernel, stride, dilation, **layer)
        else:
            chain.conv_2d(draw(st.integers(1, 9)), kernel, stride, dilation, **layer)
    end = draw(st.sampled_from(["mean", "average", "flat"]))
    if end == "mean":
        chain.mean((1, 2), False, chain.scale / 2, 3)
    elif end == "average":
        chain.pool("AVERAGE_POOL_2D", chain.shape[1:3], padding=VALID)
    chain.fully_connected(3)
    check_stream(chain.build(), frames, seed, decisions=6, varied=False)
