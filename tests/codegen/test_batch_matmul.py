# SPDX-License-Identifier: Apache-2.0
"""BATCH_MATMUL of two computed operands, or one constant, equals TensorFlow Lite Micro.

A model has one input, so both operands are parts of it, each requantized and reshaped.
"""

import math
import shutil
from collections.abc import Sequence

import numpy as np
import pytest
from bench.kernels import measure_model
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kws.inference.static_runner import SANITIZED, StaticRunner
from kws_codegen.base.errors import KwsError
from kws_codegen.lowering import read_graph
from kws_codegen.static_model import static_model
from kws_codegen.tflite.reader import read_tflite
from kws_codegen.tflm.resolver import resolver_calls
from tests.codegen.test_on_cores_shapes import CORES
from tests.support.static_model_check import Chain, check, pairs, sample_inputs, seeds, zero_points

some = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SCALE = float(np.float32(0.05))


def product(
    seed: int,
    first: Sequence[int],
    second: Sequence[int],
    *,
    adjoint: tuple[bool, bool] = (False, False),
    zero_points: tuple[int, int, int] = (0, 0, 0),
    constant: int | None = None,
    gain: float = 1.0,
    output: Sequence[int] | None = None,
) -> bytes:
    """[.., rows, depth] x [.., depth, columns], a matrix as it lies where `adjoint`."""
    shapes = (tuple(first), tuple(second))
    computed = [i for i in (0, 1) if i != constant]
    counts = [math.prod(shapes[i]) for i in computed]
    c = Chain(np.random.default_rng(seed), (1, sum(counts)), SCALE, 3)
    parts = [c.last]
    if len(computed) == 2:
        parts = [c.builder.tensor((1, count), SCALE, 3) for count in counts]
        limits = [c.builder.constant(np.array(v, np.int32)) for v in (counts, 1)]
        c.builder.operator("SPLIT_V", [c.last, *limits], parts, numSplits=2)
    scales = [float(np.float32(0.05 * 2.0 ** c.rng.uniform(-2, 2))) for _ in range(2)]
    operands: dict[int, int] = {}
    if constant is not None:
        values = c.rng.integers(-128, 128, shapes[constant]).astype(np.int8)
        operands[constant] = c.builder.constant(values, scales[constant], zero_points[constant])
    for i, part in zip(computed, parts, strict=True):
        c.last, c.shape = part, (1, math.prod(shapes[i]))
        c.append("QUANTIZE", (), c.shape, scales[i], zero_points[i])
        c.reshape(shapes[i])
        operands[i] = c.last
    rows, depth = shapes[0][-2:][:: -1 if adjoint[0] else 1]
    columns = shapes[1][-2 if adjoint[1] else -1]
    batches = np.broadcast_shapes(shapes[0][:-2], shapes[1][:-2])
    scale = scales[0] * scales[1] * 74 * math.sqrt(depth) / gain
    c.last = operands[0]
    c.append(
        "BATCH_MATMUL", (operands[1],), tuple(output or (*batches, rows, columns)),
        float(np.float32(scale)), zero_points[2], adjX=adjoint[0], adjY=adjoint[1],
    )  # fmt: skip
    return c.build()


@some
@given(
    data=st.data(),
    seed=seeds,
    matrix=st.tuples(*[st.integers(1, 9)] * 3),
    adjoint=st.tuples(st.booleans(), st.booleans()),
    zeros=st.tuples(zero_points, zero_points, zero_points),
    constant=st.sampled_from([None, None, 0, 1]),
    gain=st.integers(-7, 6),
)
def test_random_matrices(
    data: st.DataObject,
    seed: int,
    matrix: tuple[int, int, int],
    adjoint: tuple[bool, bool],
    zeros: tuple[int, int, int],
    constant: int | None,
    gain: int,
) -> None:
    rows, depth, columns = matrix
    batches = data.draw(st.lists(st.integers(1, 3), max_size=3))
    shapes = []
    for adjointed, lines in ((adjoint[0], (rows, depth)), (adjoint[1], (depth, columns))):
        own = [1 if data.draw(st.booleans()) else size for size in batches]
        own = own[data.draw(st.integers(0, len(own))) :]
        shapes.append((*own, *(lines[::-1] if adjointed else lines)))
    model = product(
        seed, *shapes, adjoint=adjoint, zero_points=zeros, constant=constant, gain=2.0**gain
    )
    check(model)


@pytest.mark.parametrize("adjoint", [(x, y) for x in (False, True) for y in (False, True)])
@pytest.mark.parametrize("constant", [None, 0, 1])
def test_extremes(adjoint: tuple[bool, bool], constant: int | None) -> None:
    """Zero points at the ends, a depth that lets sums grow, columns that are no multiple of 4."""
    first, second = (2, 5, 70), (2, 70, 6)
    model = product(
        1,
        (2, 70, 5) if adjoint[0] else first,
        (2, 6, 70) if adjoint[1] else second,
        adjoint=adjoint, zero_points=(-128, 127, -128), constant=constant, gain=0.2,
    )  # fmt: skip
    check(model, all_kernels=True)


def test_batches_repeat_along_each_dimension() -> None:
    """First operand, second operand, none, and one that has no such dimension."""
    check(product(2, (3, 1, 2, 4, 5), (1, 2, 2, 5, 3)))
    check(product(3, (3, 2, 1, 4, 5), (2, 3, 5, 3), zero_points=(7, -9, 1)))


@some
@given(seed=seeds, size=pairs(1, 9), zero_point=zero_points, adjoint=st.booleans())
def test_a_tensor_times_itself(
    seed: int, size: tuple[int, int], zero_point: int, adjoint: bool
) -> None:
    c = Chain(np.random.default_rng(seed), (1, *size), SCALE, zero_point)
    lines = size[1 if adjoint else 0]
    options = {"adjX": adjoint, "adjY": not adjoint}
    c.append("BATCH_MATMUL", (c.last,), (1, lines, lines), 0.5, 9, **options)
    check(c.build())


def attention() -> bytes:
    """Two heads over 11 steps: scores, softmax, the mean of values that it weights."""
    c = Chain(np.random.default_rng(3), (1, 11, 1, 6), SCALE, -12)
    c.conv_2d(24, (1, 1))
    parts = [c.builder.tensor((1, 11, 1, 8), c.scale, c.zero_point) for _ in range(3)]
    axis = c.builder.constant(np.array(3, np.int32))
    c.builder.operator("SPLIT", [axis, c.last], parts, numSplits=3)
    heads = []
    order = c.builder.constant(np.array([0, 2, 1, 3], np.int32))
    for part in parts:
        c.last = part
        c.reshape((1, 11, 2, 4))
        c.append("TRANSPOSE", (order,), (1, 2, 11, 4), c.scale, c.zero_point)
        heads.append(c.last)
    value_scale, value_zero_point = c.scale, c.zero_point
    c.last = heads[0]
    c.append("BATCH_MATMUL", (heads[1],), (1, 2, 11, 11), 0.25, 5, adjY=True)
    c.softmax()
    c.append("BATCH_MATMUL", (heads[2],), (1, 2, 11, 4), value_scale, value_zero_point)
    c.append("TRANSPOSE", (order,), (1, 11, 2, 4), c.scale, c.zero_point)
    c.reshape((1, 88))
    c.fully_connected(5)
    return c.build()


def test_attention() -> None:
    check(attention(), inputs=20, all_kernels=True)
    runner = StaticRunner(attention(), SANITIZED)
    scores = runner.trace(sample_inputs(runner.graph.input.shape, 20, 2))[-3]
    assert len(np.unique(scores)) > 50  # the comparison is not one of constants
    assert "AddBatchMatMul()" in resolver_calls(read_tflite(attention()))


def test_multiply_accumulates() -> None:
    products = [op for op in read_graph(attention()).ops if op.kind == "BATCH_MATMUL"]
    assert [op.macs for op in products] == [2 * 11 * 11 * 4] * 2


@pytest.mark.parametrize("core", CORES)
def test_attention_on_cores(core: str) -> None:
    """On each core that this machine has a compiler for."""
    if shutil.which(CORES[core]):
        assert measure_model(core, attention()).exact


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (
            product(0, (2, 3), (2, 4, 3), adjoint=(False, True), output=(2, 3)),
            "should have the output [2, 2, 4]",
        ),
        (product(0, (2, 3), (4, 2), output=(2, 2)), "cannot multiply by [4, 2]"),
        (
            product(0, (1, 1, 1, 1, 2, 3), (3, 2)),
            "works on [1, 1, 1, 1, 2, 3], not on 2 to 5 dimensions",
        ),
        (
            product(0, (1, 40000), (40000, 1), zero_points=(-128, 0, 0), constant=1),
            "can overflow its 32-bit accumulators",
        ),
        (product(0, (1, 40), (40, 1), gain=1e8), "can overflow its 32-bit accumulators"),
    ],
    ids=["output", "depth", "rank", "sum", "scale"],
)
def test_refused(model: bytes, message: str) -> None:
    with pytest.raises(KwsError) as error:
        static_model(model)
    assert "BATCH_MATMUL" in str(error.value) and message in str(error.value)
