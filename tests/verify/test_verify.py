# SPDX-License-Identifier: Apache-2.0
"""`kws verify`: finds the first operator that differs, here and on boards, counts, exit status."""

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from kws.cli.main import app
from kws.firmware.boards import find_board
from kws.inference.static_runner import StaticRunner
from kws.source import source_root
from kws.verify.inputs import input_numbers, verification_input
from kws.verify.verify import verify
from kws_codegen.base.errors import KwsError
from kws_codegen.static_model import static_model_files
from tests.support.board_tools import require_tools, require_valgrind
from tests.support.static_model_check import RELU, Chain

BOARDS = ("mps2_an386", "rv32")


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
    monkeypatch.setattr("kws.verify.verify.StaticRunner", lambda *_, **__: other)
    return model()


def test_identical() -> None:
    result = verify(model(), inputs=20)
    assert result.identical
    assert result.first_difference is None
    assert (result.inputs, result.operators) == (23, 3)
    # Rows of 9 weights are padded to 12; the dense layer has its one multiplier and shift once.
    weights = 4 * 12 + 4 * 9 + 3 * 192 + 3 * 4 + 4 + 1
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


def test_instructions_are_counted_and_repeatable() -> None:
    require_valgrind()
    first, second = verify(model(), inputs=1), verify(model(), inputs=1)
    assert first.instructions_per_inference is not None
    assert 1_000 < first.instructions_per_inference < 100_000
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


@pytest.mark.parametrize("name", BOARDS)
def test_identical_on_a_board(name: str) -> None:
    require_tools(find_board(name))
    result = verify(model(), inputs=3, board=name)
    assert result.identical
    assert (result.board, result.inputs) == (name, 6)
    assert result.instructions_per_inference is not None
    assert 5_000 < result.instructions_per_inference < 100_000
    assert 300 < result.code_bytes < 8_000
    assert result.weights_bytes == verify(model(), inputs=1).weights_bytes


@pytest.mark.parametrize("name", BOARDS)
def test_first_differing_operator_on_a_board(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    require_tools(find_board(name))

    def other(_: bytes, info: Any, *more: Any) -> dict[str, str]:
        del more
        return static_model_files(model(last_bias=4000), info)

    monkeypatch.setattr("kws.verify.board.static_model_files", other)
    result = verify(model(), inputs=2, board=name)
    assert not result.identical
    assert result.first_difference is not None
    assert (result.first_difference.operator, result.first_difference.kind) == (
        2,
        "FULLY_CONNECTED",
    )
    assert result.first_difference.expected != result.first_difference.actual


def test_model_that_does_not_fit_a_board() -> None:
    require_tools(find_board("microbit"))
    c = Chain(np.random.default_rng(1), (1, 100, 100, 2), float(np.float32(0.05)))
    c.conv_2d(2, (1, 1))
    with pytest.raises(KwsError, match=r"does not fit microbit: .* of RAM"):
        verify(c.build(), inputs=1, board="microbit")


def test_unknown_board() -> None:
    with pytest.raises(KwsError, match="no board is called 'nano'"):
        verify(model(), inputs=1, board="nano")


def test_inputs_are_those_of_the_device(tmp_path: Path) -> None:
    size = 1001
    program = tmp_path / "inputs.c"
    program.write_text(
        '#include <stdio.h>\n#include "verify/input.h"\n'
        "int main(void) { static int8_t v[1001]; uint32_t n;\n"
        'while (scanf("%u", &n) == 1) {\n'
        "kws_verify_input(n, v, 1001); fwrite(v, 1, 1001, stdout); }\n"
        "return 0; }\n"
    )
    firmware = source_root() / "firmware"
    source = firmware / "verify" / "input.c"
    subprocess.run(
        ["cc", f"-I{firmware}", str(program), str(source), "-o", str(tmp_path / "inputs")],
        check=True,
    )
    numbers = [*input_numbers(4), 4_000_000_000]
    made = subprocess.run(
        [str(tmp_path / "inputs")], input=" ".join(map(str, numbers)).encode(),
        capture_output=True, check=True,
    ).stdout  # fmt: skip
    expected = np.concatenate([verification_input(number, size) for number in numbers])
    assert np.array_equal(np.frombuffer(made, np.int8), expected)
    assert len(set(expected[: 4 * size].tolist())) == 256
