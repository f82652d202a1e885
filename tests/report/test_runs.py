# SPDX-License-Identifier: Apache-2.0
"""Run folders side by side: kws runs, kws compare RUN RUN."""

import csv
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from kws.cli.main import app
from kws.compare.runs import compare_runs
from kws.run.listing import run_line
from kws.run.paths import RunPaths
from kws_codegen.base.errors import KwsError
from tests.support.tiny_run import tiny_run


def kws(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def two(measured: RunPaths, tmp_path: Path) -> tuple[Path, Path]:
    """A run, and its copy with another seed that gets one clip wrong in every evaluation."""
    for name in ("one", "two"):
        ignore = shutil.ignore_patterns("build")
        shutil.copytree(measured.root, tmp_path / name, symlinks=True, ignore=ignore)
    config = RunPaths(tmp_path / "two").config
    config.write_text(config.read_text().replace("seed = 59185", "seed = 7"))
    for path in (tmp_path / "two/evaluation").glob("*-made/clips.csv"):
        with path.open(newline="") as stream:
            rows = list(csv.reader(stream))
        right = next(row for row in rows[1:] if row[1] == row[2])
        right[2] = next(row[1] for row in rows[1:] if row[1] != right[1])
        with path.open("w", newline="") as stream:
            csv.writer(stream).writerows(rows)
    return tmp_path / "one", tmp_path / "two"


def test_runs_are_listed_in_80_columns(
    two: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert kws("runs", two[0], "--note", "louder noise").exit_code == 0
    tiny_run(two[0].parent / "fresh")
    result = kws("runs", two[0].parent)
    assert result.exit_code == 0, result.output
    assert all(len(line) <= 80 for line in result.output.splitlines())
    text = " ".join(result.output.split())
    for part in ("one", "two", "fresh/run", "louder noise", "data", "95 % interval", "50.0 %*"):
        assert part in text, part
    assert kws("runs", two[0], "--note", "").exit_code == 0
    assert not RunPaths(two[0]).note.exists()


def test_a_run_is_worth_what_its_largest_evaluation_says(two: tuple[Path, Path]) -> None:
    """Not what a later one of three clips says, nor one of an earlier model."""
    evaluation = RunPaths(two[0]).evaluation
    whole = run_line(RunPaths(two[0]))
    path = evaluation / "made_up-made/evaluation.json"
    values = json.loads(path.read_text())
    few = {**values, "date": "2026-11-27T12:00:00+00:00", "clips": 3, "accuracy": 0.123}
    path.write_text(json.dumps(few))
    (evaluation / "latest").unlink()
    (evaluation / "latest").symlink_to("made_up-made")
    assert run_line(RunPaths(two[0])) == whole
    for older in evaluation.glob("*-made/evaluation.json"):
        values = json.loads(older.read_text())
        older.write_text(json.dumps({**values, "model": {**values["model"], "sha256": "0" * 64}}))
    line = run_line(RunPaths(two[0]))
    assert line.of_quantization and line.when != whole.when


def test_what_runs_refuses(tmp_path: Path) -> None:
    for arguments, message in (
        ((tmp_path,), "there is no run folder"),
        ((tmp_path / "none",), "no folder"),
        ((tmp_path, "--note", "x"), "is not a run folder"),
    ):
        result = kws("runs", *arguments)
        assert isinstance(result.exception, KwsError)
        assert message in result.exception.message


def test_two_runs_are_compared(two: tuple[Path, Path], tmp_path: Path) -> None:
    result = kws("compare", *two, "--json", tmp_path / "c.json")
    assert result.exit_code == 1, result.output
    text = " ".join(result.output.split())
    assert "training.seed 59185 7" in text
    assert "right only in a: 1, only in b: 0; McNemar's exact test: p = 1" in text
    content = json.loads((tmp_path / "c.json").read_text())
    assert content["changes"] == {"training.seed": [59185, 7]}
    same = kws("compare", two[0], two[0])
    assert same.exit_code == 0
    assert "both have the same configuration" in same.output


def test_what_comparing_refuses(two: tuple[Path, Path], tmp_path: Path) -> None:
    fresh = tiny_run(tmp_path / "fresh").root
    with pytest.raises(KwsError, match="has no evaluation"):
        compare_runs(two[0], fresh)
    with pytest.raises(KwsError, match="is not a run folder"):
        compare_runs(two[0], tmp_path)
    result = kws("compare", two[0])
    assert isinstance(result.exception, KwsError)
    assert "two run folders are compared, not 1" in result.exception.message
