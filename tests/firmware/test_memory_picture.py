# SPDX-License-Identifier: Apache-2.0
"""The picture of the activation buffer: what it says is the plan's, in text, JSON and PNG."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kws.cli.main import app
from kws.console import console
from kws.firmware.memory_picture import moments, picture_text, summary, verdict, write_picture
from kws_codegen.static_model import StaticModel, static_model
from tests.codegen.test_planner import strided
from tests.codegen.test_whole_models import ds_cnn_odd, residual
from tests.support.tiny_run import tiny_model, tiny_run


@pytest.fixture(scope="module")
def model() -> StaticModel:
    return static_model(strided())


def test_rows_are_the_operators_with_the_bytes_they_use(model: StaticModel) -> None:
    rows = moments(model)
    assert rows[0].title == "input" and rows[-1].title == "output"
    assert [row.title for row in rows[1:-1]] == [f"{op.index} {op.kind}" for op in model.graph.ops]
    assert max(row.bytes for row in rows) == model.plan.bytes
    by_title = {row.title: row for row in rows}
    first = by_title["1 DEPTHWISE_CONV_2D"]
    parts = {area.role: area.stop - area.start for area in first.areas}
    assert parts["read"] == 16000 and parts["written"] == parts["in place"] == 13 * 10 * 64 // 2
    assert first.bytes == 16000 + parts["scratch"]
    assert first.bytes_apart == first.bytes + parts["in place"]


def test_a_tensor_that_is_used_again_is_kept() -> None:
    """The branch of a residual block, while the operators beside it run."""
    rows = moments(static_model(residual()))
    kept = [row.title for row in rows if any(area.role == "kept" for area in row.areas)]
    assert len(kept) >= 3 and not any("ADD" in title for title in kept)
    assert "k kept" in picture_text(static_model(residual()), 80).plain


@pytest.mark.parametrize("width", [80, 120])
def test_text_fits_the_terminal_and_marks_the_peak(model: StaticModel, width: int) -> None:
    lines = picture_text(model, width).plain.splitlines()
    assert max(len(line) for line in lines) <= width
    bars = {line.split()[1]: line for line in lines[2:14]}
    assert len({len(line.removesuffix(" peak")) for line in lines[1:15]}) == 1
    assert bars["DEPTHWISE_CONV_2D"]  # several; the peak is the first of them
    assert lines[3].endswith(" peak") and f"{model.plan.bytes:,}" in lines[3]
    assert "#" in lines[3] and "s" in lines[3].split("  ")[-1]
    assert lines[0].endswith(f"{model.plan.bytes:,}")


def test_summary_adds_up(model: StaticModel) -> None:
    text = "\n".join(summary(model))
    assert "input 16,000 + output 4,160 - in place 4,160 + scratch" in text
    assert "optimal: no plan of these kernels can be smaller" in text


def test_a_plan_above_the_bound_says_by_how_much(model: StaticModel) -> None:
    loose = replace(model.plan, lower_bound=model.plan.bytes * 4 // 5)
    assert verdict(loose).startswith("within 25.0 % of the proven bound")


def test_command_prints_and_writes_the_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tiny_run(tmp_path)
    monkeypatch.setattr(console, "width", 80)
    result = CliRunner().invoke(app, ["size", "--run", str(run.root), "--plan"])
    assert result.exit_code == 0
    layout = static_model(tiny_model()).plan
    assert "0 CONV_2D" in result.output and f"buffer  {layout.bytes:,} bytes" in result.output
    picture = run.root / "memory_plan.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    content = json.loads(
        CliRunner().invoke(app, ["size", "--run", str(run.root), "--plan", "--json"]).output
    )
    assert content["plan"]["activation_bytes"] == layout.bytes
    assert {b["name"] for b in content["plan"]["blocks"]} == {b.name for b in layout.blocks}


def test_command_draws_any_model(tmp_path: Path) -> None:
    file, out = tmp_path / "any.tflite", tmp_path / "pictures" / "plan.png"
    file.write_bytes(ds_cnn_odd())
    arguments = ["size", "--model", str(file), "--plan", "--out", str(out)]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    first = out.read_bytes()
    write_picture(static_model(ds_cnn_odd()), out, str(file))
    assert out.read_bytes() == first  # the same plan, the same bytes


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--run", "x"], "nothing to show"),
        (["--plan"], "--plan draws one model"),
        (["--plan", "--run", "x", "--model", "y"], "--plan draws one model"),
        (["--plan", "--model", "missing.tflite"], "no model missing.tflite"),
        (["--board", "rv32"], "--board needs a run"),
        (["--plan", "--compare", "--run", "x"], "--compare counts on a board"),
    ],
)
def test_what_is_missing_is_named(arguments: list[str], message: str) -> None:
    error = CliRunner().invoke(app, ["size", *arguments]).exception
    assert message in str(error)
