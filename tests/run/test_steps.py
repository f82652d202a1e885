# SPDX-License-Identifier: Apache-2.0
"""Steps: skipped only when inputs and outputs are unchanged; never half recorded."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kws.run.lock import FOLDER
from kws.run.paths import RunPaths
from kws.run.steps import Steps
from kws_codegen.base.hashes import tree_hash


class Maker:
    """A step that writes one file and counts how often it ran."""

    def __init__(self, run: RunPaths) -> None:
        self.steps = Steps(run)
        self.output = run.root / "made.txt"
        self.runs = 0

    def __call__(self, value: int = 1, fail: bool = False) -> bool:
        def action() -> None:
            self.runs += 1
            if fail:
                raise RuntimeError("interrupted")
            self.output.parent.mkdir(parents=True, exist_ok=True)
            self.output.write_text(str(value))

        return self.steps.run("make", {"value": value}, action, lambda: [self.output])


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    return Maker(RunPaths(tmp_path / "run"))


def test_second_time_is_skipped_and_said(maker: Maker, capsys: pytest.CaptureFixture[str]) -> None:
    assert maker() is True
    assert maker() is False
    assert maker.runs == 1
    assert "make: unchanged, skipped" in capsys.readouterr().err


def test_changed_input_edited_or_deleted_output_run_again(maker: Maker) -> None:
    maker()
    assert maker(value=2) is True
    maker.output.write_text("edited")
    assert maker(value=2) is True
    maker.output.unlink()
    assert maker(value=2) is True


def test_failed_step_is_not_recorded(maker: Maker) -> None:
    maker()
    with pytest.raises(RuntimeError):
        maker(value=2, fail=True)
    assert maker(value=1) is True


def test_force_runs_a_finished_step(maker: Maker) -> None:
    maker()
    maker.steps = Steps(RunPaths(maker.output.parent), force=True)
    assert maker() is True


def test_step_whose_action_says_no_is_not_recorded(maker: Maker) -> None:
    def refused() -> bool:
        return False

    assert maker.steps.run("make", {}, refused, list) is True
    assert maker.steps.run("make", {}, refused, list) is True
    assert maker.steps.run("make", {}, lambda: None, list) is True
    assert maker.steps.run("make", {}, lambda: None, list) is False
    assert maker.steps.run("make", {}, lambda: None, list, always=True) is True


def test_file_outside_the_run_counts_too(maker: Maker, tmp_path: Path) -> None:
    out = tmp_path / "elsewhere.txt"

    def write() -> None:
        out.write_text("x")

    assert maker.steps.run("write", {}, write, lambda: [out]) is True
    assert maker.steps.outputs("write") == [out.resolve()]
    assert maker.steps.run("write", {}, write, lambda: [out]) is False
    out.write_text("y")
    assert maker.steps.run("write", {}, write, lambda: [out]) is True


def test_steps_of_several_processes_are_all_recorded(tmp_path: Path) -> None:
    """As of evaluations on several boards at once."""
    run = RunPaths(tmp_path / "run")
    with ThreadPoolExecutor(8) as pool:
        names = [str(i) for i in range(40)]
        list(pool.map(lambda name: Steps(run).run(name, {}, lambda: None, list), names))
    assert all(Steps(run).is_done(name, {}) for name in names)
    assert {path.name for path in run.root.iterdir()} == {FOLDER, "steps.json"}


def test_damaged_record_means_run_again(maker: Maker) -> None:
    maker()
    (maker.output.parent / "steps.json").write_text("{")
    assert maker() is True


def test_tree_hash_sees_names_and_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("x")
    before = tree_hash([tmp_path])
    (tmp_path / "a.c").rename(tmp_path / "b.c")
    renamed = tree_hash([tmp_path])
    (tmp_path / "b.c").write_text("y")
    assert len({before, renamed, tree_hash([tmp_path])}) == 3
    assert tree_hash([tmp_path], (".h",)) == tree_hash([tmp_path / "none"])
