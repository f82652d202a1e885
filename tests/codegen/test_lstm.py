# SPDX-License-Identifier: Apache-2.0
"""UNIDIRECTIONAL_SEQUENCE_LSTM against TensorFlow Lite Micro, in sequences of sequences."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kws_codegen.base.errors import KwsError
from kws_codegen.lowering import read_graph
from kws_codegen.operators.sigmoid_table import sigmoid_table
from tests.support.static_model_check import check_sequence, seeds, zero_points
from tests.support.tflite_builder import TfliteBuilder

TANH, RELU = 4, 1


def lstm(
    rng: np.random.Generator,
    steps: int,
    inputs: int,
    units: int,
    *,
    source: tuple[float, int] = (0.02, -3),
    zero_point: int = 2,
    cell_power: int = -11,
    clip: float = 10.0,
    activation: int = TANH,
    peephole: bool = False,
) -> bytes:
    b = TfliteBuilder()
    hidden_scale, cell_scale = 1 / 128 * 1.01, 2.0**cell_power
    first = b.tensor([1, steps, inputs], *source)

    def weights(columns: int, spread: float) -> int:
        values = rng.integers(-127, 128, (units, columns)).astype(np.int8)
        return b.constant(values, float(2.0 ** rng.uniform(-spread - 1, -spread)))

    of_input = [weights(inputs, 6) for _ in range(4)]
    recurrent = [weights(units, 6) for _ in range(4)]
    peepholes = [b.constant(np.ones(units, np.int8), 0.1) if peephole else -1, -1, -1]
    biases = [b.constant(rng.integers(-4000, 4000, units).astype(np.int32), 1e-4) for _ in range(4)]
    hidden = b.tensor([1, units], hidden_scale, zero_point, variable=True)
    cell = b.tensor([1, units], cell_scale, 0, dtype="INT16", variable=True)
    output = b.tensor([1, steps, units], hidden_scale, zero_point)
    b.operator(
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        [first, *of_input, *recurrent, *peepholes, *biases, -1, -1, hidden, cell, -1, -1, -1, -1],
        [output],
        fusedActivationFunction=activation,
        cellClip=clip,
    )
    return b.build([first], [output])


@settings(max_examples=6)
@given(
    seeds,
    st.integers(1, 5),
    st.integers(1, 20),
    st.integers(1, 9),
    zero_points,
    zero_points,
    st.integers(-15, -9),
    st.sampled_from([0.0, 1.5, 10.0]),
)
def test_random(
    seed: int,
    steps: int,
    inputs: int,
    units: int,
    source_zero: int,
    zero_point: int,
    cell_power: int,
    clip: float,
) -> None:
    model = lstm(
        np.random.default_rng(seed), steps, inputs, units, source=(0.02, source_zero),
        zero_point=zero_point, cell_power=cell_power, clip=clip,
    )  # fmt: skip
    check_sequence(model, steps=12)


def test_both_states_last() -> None:
    assert read_graph(lstm(np.random.default_rng(1), 3, 4, 6)).state_bytes == 6 + 12


def test_table_is_a_sigmoid() -> None:
    exact = 65536 / (1 + np.exp(-np.arange(256) / 24))
    assert np.abs(sigmoid_table() - exact).max() < 2
    assert np.all(np.diff(sigmoid_table()) >= 0)


@pytest.mark.parametrize(
    ("options", "fault"),
    [({"activation": RELU}, "another activation than tanh"), ({"peephole": True}, "peepholes")],
)
def test_variants_are_refused(options: dict[str, object], fault: str) -> None:
    with pytest.raises(KwsError, match=f"operator 0, UNIDIRECTIONAL_SEQUENCE_LSTM .*{fault}"):
        read_graph(lstm(np.random.default_rng(1), 3, 4, 6, **options))
