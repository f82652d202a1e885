# SPDX-License-Identifier: Apache-2.0
"""SVDF against TensorFlow Lite Micro, in sequences: int8 and int16 states, ranks, biases."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kws_codegen.base.errors import KwsError
from kws_codegen.lowering import read_graph
from tests.support.static_model_check import check_sequence, scales, seeds, zero_points
from tests.support.tflite_builder import TfliteBuilder


def svdf(
    rng: np.random.Generator,
    inputs: int,
    units: int,
    rank: int,
    memory: int,
    *,
    state: str = "INT8",
    source: tuple[float, int] = (0.05, -3),
    kept: tuple[float, int] = (0.4, 7),
    gain: float = 1.0,
    zero_point: int = 4,
) -> bytes:
    b = TfliteBuilder()
    filters = units * rank
    first = b.tensor([1, inputs], *source)
    features = b.constant(rng.integers(-127, 128, (filters, inputs)).astype(np.int8), 0.01)
    wide = state == "INT16"
    most = 2000 if wide else 127
    values = rng.integers(-most, most + 1, (filters, memory))
    times = b.constant(values.astype(np.int16 if wide else np.int8), 0.01)
    bias_scale = kept[0] * float(np.float32(0.01))
    bias = b.constant(rng.integers(-3000, 3000, units).astype(np.int32), [bias_scale])
    remembered = b.tensor(
        [1, memory * filters], kept[0], 0 if wide else kept[1], dtype=state, variable=True
    )
    scale = bias_scale * most * 60 * np.sqrt(memory * rank) / 128 / gain
    output = b.tensor([1, units], float(scale), zero_point)
    b.operator(
        "SVDF",
        [first, features, times, bias, remembered],
        [output],
        rank=rank,
        fusedActivationFunction=1,
    )
    return b.build([first], [output])


@settings(max_examples=6)
@given(
    seeds,
    st.integers(1, 20),
    st.integers(1, 5),
    st.integers(1, 3),
    st.integers(1, 12),
    st.sampled_from(["INT8", "INT16"]),
    st.tuples(scales, zero_points),
    st.tuples(scales, zero_points),
    zero_points,
)
def test_random(
    seed: int,
    inputs: int,
    units: int,
    rank: int,
    memory: int,
    state: str,
    source: tuple[float, int],
    kept: tuple[float, int],
    zero_point: int,
) -> None:
    model = svdf(
        np.random.default_rng(seed), inputs, units, rank, memory,
        state=state, source=source, kept=kept, zero_point=zero_point,
    )  # fmt: skip
    check_sequence(model, steps=2 * memory + 3)


@pytest.mark.parametrize("state", ["INT8", "INT16"])
def test_longer_than_its_memory(state: str) -> None:
    rng = np.random.default_rng(5)
    check_sequence(svdf(rng, 12, 4, 2, 8, state=state, gain=3.0), steps=60)


def test_its_state_counts() -> None:
    rng = np.random.default_rng(1)
    assert read_graph(svdf(rng, 4, 3, 2, 8)).state_bytes == 48
    assert read_graph(svdf(rng, 4, 3, 2, 8, state="INT16")).state_bytes == 96


def test_weights_of_time_of_another_type() -> None:
    b = TfliteBuilder()
    source, output = b.tensor([1, 4], 0.1, 0), b.tensor([1, 2], 0.1, 0)
    features = b.constant(np.ones((2, 4), np.int8), 0.1)
    times, bias = (
        b.constant(np.ones((2, 3), np.int8), 0.1),
        b.constant(np.zeros(2, np.int32), [0.01]),
    )
    kept = b.tensor([1, 6], 0.1, 0, dtype="INT16", variable=True)
    b.operator("SVDF", [source, features, times, bias, kept], [output], rank=1)
    with pytest.raises(KwsError, match=r"operator 0, SVDF \[1, 4\] .*not constant INT16"):
        read_graph(b.build([source], [output]))
