# SPDX-License-Identifier: Apache-2.0
"""bench/kernels.py: its tables hold what was measured, beside what is known of the model."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from bench.kernels import (
    Reference,
    Result,
    figure_rows,
    figures_table,
    find_reference,
    speed_or_size_table,
)

from bench import kernels
from kws_codegen.static_model import static_model
from tests.codegen.test_whole_models import ds_cnn_odd

RESULTS = {"m4": Result(4_200_000, True), "rv32": Result(8_500_000, True)}


def test_known_model_is_told_by_its_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = ds_cnn_odd()
    assert find_reference(model) is None
    known = json.loads(kernels.REFERENCE.read_text(encoding="utf-8"))
    known["sha256"] = hashlib.sha256(model).hexdigest()
    monkeypatch.setattr(kernels, "REFERENCE", tmp_path / "known.json")
    kernels.REFERENCE.write_text(json.dumps(known), encoding="utf-8")
    reference = find_reference(model)
    assert reference is not None and reference.name == known["name"]
    measurable = {*kernels.TITLES, "x86", "code", "activations", "weights"}
    assert set(reference.figures) == measurable
    assert reference.columns("m4")[1:] == ["6,000,000", "4,800,000"]


def test_figures_table() -> None:
    content = static_model(ds_cnn_odd())
    rows = figure_rows(ds_cnn_odd(), RESULTS, {"m4": 5000, "rv32": 6000}, 3_700_000)
    lines = figures_table(rows, None).splitlines()
    assert lines[0] == "| figure | ours |"
    assert "| Cortex-M4 instructions | 4,200,000 |" in lines
    assert "| code in flash without weights, Cortex-M4, bytes | 5,000 |" in lines
    assert f"| activations and scratch, bytes | {content.activation_bytes:,} |" in lines
    assert f"| weights, biases, multipliers in flash, bytes | {content.weights_bytes:,} |" in lines
    goal: dict[str, str | int] = {"tflm": "9 M", "to_reach": 5000, "stretch": 4000}
    reference = Reference("known", {key: goal for key, _, _ in rows})
    lines = figures_table(rows, reference).splitlines()
    assert lines[0] == "| figure | ours | TFLM | to reach | stretch |"
    assert "| rv32imac instructions | 8,500,000 | 9 M | 5,000 | 4,000 |" in lines
    without_valgrind = figure_rows(ds_cnn_odd(), RESULTS, {"m4": 5000}, None)
    assert "x86" not in {key for key, _, _ in without_valgrind}


def test_speed_or_size_table() -> None:
    small = {core: replace(r, instructions=r.instructions + 1) for core, r in RESULTS.items()}
    code = {"-O2": {"m4": 5000, "rv32": 6000}, "-Os": {"m4": 4000, "rv32": 5500}}
    lines = speed_or_size_table(RESULTS, small, code).splitlines()
    assert lines[2] == "| Cortex-M4 | 4,200,000 | 5,000 | 4,200,001 | 4,000 |"
