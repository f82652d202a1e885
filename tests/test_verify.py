"""`kws verify`: finds the first operator that differs, counts, and its exit status."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from kws.cli.main import app
from kws.errors import KwsError
from kws.static_runner import StaticRunner
from kws.verify import verify
from static_model_check import RELU, Chain


def model(last_bias: int = 0) -> bytes:
    """Two layers; `last_bias` is added to the biases of the second."""
    c = Chain(np.random.default_rng(3), (1, 8, 6, 1), float(np.float32(0.05)))
    c.conv_2d(4, (3, 3), activation=RELU, zero_point=-128)
    c.reshape((1, 8 * 6 * 4))
    weights = c.rng.integers(-127, 128, (3, 8 * 6 * 4)).astype(np.int8)
    constants = (
        c.builder.constant(weights, float(np.float32(0.01))),
        c.builder.constant(np.full(3, last_bias, np.int32), 0.01),
    )
    c.append("FULLY_CONNECTED", constants, (1, 3), c.scale * 2.0, 5)
    return c.build()


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A model whose static C code is that of another one: its last operator differs."""
    other = StaticRunner(model(last_bias=4000))
    monkeypatch.setattr("kws.verify.StaticRunner", lambda _: other)
    return model()


def test_identical() -> None:
    result = verify(model(), inputs=20)
    assert result.identical
    assert result.first_difference is None
    assert (result.inputs, result.operators) == (23, 3)
    weights = 4 * 12 + 4 * 9 + 3 * 192 + 3 * 9  # rows of 9 weights are padded to 12
    assert result.weights_bytes == weights
    assert result.activation_bytes >= 192
    assert 300 < result.code_bytes < 20_000


def test_first_differing_operator_is_named(broken: bytes) -> None:
    result = verify(broken, inputs=20)
    assert not result.identical
    assert result.first_difference is not None
    assert (result.first_difference.operator, result.first_difference.kind) == (
        2,
        "FULLY_CONNECTED",
    )


def test_instructions_are_repeatable() -> None:
    first, second = verify(model(), inputs=1), verify(model(), inputs=1)
    assert first.instructions_per_inference == second.instructions_per_inference


def test_command_writes_json_and_exits_0(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(model())
    out = tmp_path / "verify.json"
    result = CliRunner().invoke(app, ["verify", "--model", str(path), "--json", str(out)])
    assert result.exit_code == 0, result.output
    assert "identical: 103 inputs, 3 operators" in result.output
    assert set(json.loads(out.read_text())) >= {
        "identical", "inputs", "instructions_per_inference",
        "code_bytes", "weights_bytes", "activation_bytes",
    }  # fmt: skip


def test_command_exits_1_on_a_difference(broken: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(broken)
    result = CliRunner().invoke(app, ["verify", "--model", str(path)])
    assert result.exit_code == 1
    assert "operator 2 (FULLY_CONNECTED)" in result.output


def test_no_inputs_and_no_model() -> None:
    with pytest.raises(KwsError, match="0 inputs are nothing to compare"):
        verify(model(), inputs=0)
    result = CliRunner().invoke(app, ["verify", "--model", "missing.tflite"])
    assert isinstance(result.exception, KwsError)
    assert "no model missing.tflite" in str(result.exception)
