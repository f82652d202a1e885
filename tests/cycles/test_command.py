# SPDX-License-Identifier: Apache-2.0
"""`kws verify --cycles`: the words, the JSON, and what it refuses."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kws.cli.cycles import clock_hz
from kws.cli.main import app
from kws.firmware.boards import find_board
from kws_codegen.base.errors import KwsError
from tests.support.board_tools import require_tools
from tests.verify.test_verify import model


@pytest.fixture
def tflite(tmp_path: Path) -> Path:
    path = tmp_path / "model.tflite"
    path.write_bytes(model())
    return path


def test_estimate_beside_the_count(tflite: Path, tmp_path: Path) -> None:
    require_tools(find_board("mps2_an386"))
    out = tmp_path / "verify.json"
    command = ["verify", "--model", str(tflite), "--board", "mps2_an386", "--inputs", "1"]
    command += ["--cycles", "--clock", "120MHz", "--json", str(out)]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    assert "estimated cycles: " in result.output
    assert "ms estimated at 120 MHz" in result.output
    assert "zero wait states; source: Arm DDI 0439D" in result.output
    content = json.loads(out.read_text())
    estimate = content["cycle_estimate"]
    # The device's own count has the calls that read its timer in it.
    difference = content["instructions_per_inference"] - estimate["counted_instructions"]
    assert 0 < difference < 100
    assert (
        estimate["counted_instructions"]
        < estimate["lowest_estimated_cycles"]
        < estimate["estimated_cycles"]
        < estimate["highest_estimated_cycles"]
        < 3 * estimate["counted_instructions"]
    )
    assert estimate["estimated_ms"] == pytest.approx(estimate["estimated_cycles"] / 120_000)
    measured = {key for key in content if "cycles" in key}
    assert not measured  # nothing that a reader could take for a measurement


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--cycles",), "cycles are not estimated for host"),
        (("--cycles", "--board", "rv32"), "cycles are not estimated for rv32"),
        (("--board", "mps2_an386", "--clock", "1MHz"), "--clock is for --cycles"),
        (("--board", "mps2_an386", "--cycles", "--clock", "fast"), "'fast' is no clock"),
    ],
)
def test_refusals(tflite: Path, options: tuple[str, ...], words: str) -> None:
    result = CliRunner().invoke(app, ["verify", "--model", str(tflite), *options])
    assert result.exit_code != 0
    assert isinstance(result.exception, KwsError)
    assert words in str(result.exception)


@pytest.mark.parametrize(
    ("text", "hertz"),
    [("120MHz", 120_000_000), ("32.768 kHz", 32_768), ("25000000Hz", 25_000_000), (None, None)],
)
def test_clock(text: str | None, hertz: int | None) -> None:
    assert clock_hz(text) == hertz


@pytest.mark.parametrize("text", ["", "120", "0Hz", "-1MHz", "99GHz", "1e3Hz"])
def test_no_clock(text: str) -> None:
    with pytest.raises(KwsError, match="is no clock"):
        clock_hz(text)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--plan", "--cycles"), "--cycles runs generated C on a board"),
        (("--board", "mps2_an386", "--runtime", "tflm", "--cycles"), "--cycles runs generated C"),
        (("--board", "mps2_an386", "--clock", "1MHz"), "--clock is for --cycles"),
    ],
)
def test_size_refuses(options: tuple[str, ...], words: str) -> None:
    result = CliRunner().invoke(app, ["size", "--run", "none", *options])
    assert isinstance(result.exception, KwsError)
    assert words in str(result.exception)
