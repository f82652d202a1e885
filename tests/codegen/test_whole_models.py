# SPDX-License-Identifier: Apache-2.0
"""Whole models of odd shapes: every operator's output equals TensorFlow Lite Micro's."""

from collections.abc import Callable

import numpy as np
import pytest

from kws.inference.golden import Golden
from kws.inference.static_runner import SANITIZED, StaticRunner
from kws_codegen.plan.planner import plan
from tests.support.static_model_check import RELU, RELU6, SAME, VALID, Chain, check, sample_inputs


def chain(seed: int, shape: tuple[int, ...], scale: float = 0.05, zero_point: int = -12) -> Chain:
    return Chain(np.random.default_rng(seed), shape, float(np.float32(scale)), zero_point)


def ds_cnn_odd() -> bytes:
    """Depthwise-separable with odd sizes, SAME and VALID, per-channel dense."""
    c = chain(1, (1, 31, 13, 1), zero_point=83)
    c.conv_2d(12, (7, 3), (2, 2), activation=RELU, zero_point=-128)
    for padding in (SAME, VALID, SAME):
        c.depthwise_conv_2d(1, (3, 3), padding=padding, activation=RELU, zero_point=-128)
        c.conv_2d(12, (1, 1), activation=RELU, zero_point=-128)
    c.pool("AVERAGE_POOL_2D", (c.shape[1], c.shape[2]), padding=VALID)
    c.reshape((1, 12))
    c.fully_connected(5, zero_point=14)
    c.softmax()
    return c.build()


def dilated_with_multiplier() -> bytes:
    """Strides, dilation, depth multiplier 2, MEAN instead of pooling, dense per tensor."""
    c = chain(2, (1, 22, 17, 3))
    c.conv_2d(5, (3, 5), (1, 2), padding=VALID, activation=RELU6, gain=0.5)
    c.depthwise_conv_2d(2, (3, 2), dilation=(2, 3), activation=RELU, zero_point=-128)
    c.conv_2d(7, (1, 1), (2, 1), zero_point=5)
    c.depthwise_conv_2d(1, (5, 5), (2, 2), padding=VALID, per_channel=False)
    c.pool("MAX_POOL_2D", (2, 3), (1, 2))
    c.mean((1, 2), False, c.scale / 2, 9)
    c.fully_connected(4, per_channel=False, bias=False)
    return c.build()


def residual() -> bytes:
    """A tensor used twice, PAD before a VALID convolution, unfused RELU, requantization."""
    c = chain(3, (1, 9, 9, 4))
    c.conv_2d(8, (3, 3), activation=RELU)
    branch = c.last
    c.append("PAD", (c.builder.constant(np.array([[0, 0], [1, 1], [1, 1], [0, 0]], np.int32)),),
             (1, 11, 11, 8), c.scale, c.zero_point)  # fmt: skip
    c.conv_2d(8, (3, 3), padding=VALID, zero_point=3)
    c.append("RELU", (), c.shape, c.scale, -128)
    c.depthwise_conv_2d(1, (3, 3), zero_point=-7)
    c.append("ADD", (branch,), c.shape, c.scale * 1.5, 1, fusedActivationFunction=RELU)
    c.append("QUANTIZE", (), c.shape, c.scale * 0.7, -20)
    c.mean((1, 2), True, c.scale, -20)
    c.fully_connected(3)
    c.softmax()
    return c.build()


def dense_only() -> bytes:
    """FULLY_CONNECTED straight on a rank-4 input."""
    c = chain(4, (1, 11, 7, 1))
    c.fully_connected(33, activation=RELU, zero_point=-128)
    c.fully_connected(9)
    return c.build()


def gated() -> bytes:
    """Two halves of the channels, one gating the other; transposed, sliced, joined again."""
    c = chain(5, (1, 10, 6, 8))
    c.conv_2d(8, (3, 3), zero_point=4)
    halves = [c.builder.tensor((1, 10, 6, 4), c.scale, c.zero_point) for _ in range(2)]
    c.builder.operator(
        "SPLIT", [c.builder.constant(np.array(3, np.int32)), c.last], halves, numSplits=2
    )
    c.last, c.shape = halves[0], (1, 10, 6, 4)
    c.append("LOGISTIC", (), c.shape, 1 / 256, -128)
    c.append("MUL", (halves[1],), c.shape, 0.03, -5)
    gate = c.last
    slopes = c.builder.constant(c.rng.integers(-99, 99, (1, 1, 4)).astype(np.int8), 0.01)
    c.append("PRELU", (slopes,), c.shape, 0.03, -5)
    c.append("SUB", (gate,), c.shape, 0.03, -5, fusedActivationFunction=RELU6)
    c.append("MAXIMUM", (gate,), c.shape, 0.03, -5)
    order = c.builder.constant(np.array([0, 2, 1, 3], np.int32))
    c.append("TRANSPOSE", (order,), (1, 6, 10, 4), 0.03, -5)
    c.append("CONCATENATION", (c.last,), (1, 6, 20, 4), 0.03, -5, axis=2)
    c.mean((1, 2), False, 0.03, -5)
    c.fully_connected(5)
    return c.build()


MODELS: list[Callable[[], bytes]] = [
    ds_cnn_odd, dilated_with_multiplier, residual, dense_only, gated,
]  # fmt: skip


@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_outputs_equal(make: Callable[[], bytes]) -> None:
    check(make(), inputs=40, all_kernels=True)


@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_trace_ends_in_the_output(make: Callable[[], bytes]) -> None:
    model = make()
    runner = StaticRunner(model, SANITIZED)
    inputs = sample_inputs(runner.graph.input.shape, 2, 5)
    trace = runner.trace(inputs)
    assert [t.shape[1] for t in trace] == [op.output.size for op in runner.graph.ops]
    assert np.array_equal(trace[-1], runner.outputs(inputs))


def test_plan_of_a_depthwise_separable_model_is_optimal() -> None:
    """All layers work in place: the buffer is one activation and what a group of pixels needs."""
    graph = StaticRunner(ds_cnn_odd(), SANITIZED).graph
    layout = plan(graph)
    assert layout.bytes == layout.lower_bound
    largest = max(op.output.size for op in graph.ops if not op.same_bytes)
    assert layout.bytes < 1.35 * largest


def test_golden_in_processes_equals_golden_here() -> None:
    model = dense_only()
    golden = Golden(model)
    inputs = sample_inputs(golden.input_shape, 5, 6)
    assert StaticRunner(model).outputs(inputs).tolist() == [
        golden.invoke(value).tolist() for value in inputs
    ]
