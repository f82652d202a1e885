# SPDX-License-Identifier: Apache-2.0
"""An evaluation never replaces another: its folder, what it says of itself, and the links."""

import shutil
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from kws.compare.evaluations import compare_evaluations
from kws.evaluate.evaluation import Evaluation
from kws.evaluate.options import EvaluationOptions
from kws.evaluate.report import load_report
from kws.evaluate.report_files import (
    CLIPS,
    LATEST,
    REPORT,
    newest_evaluations,
    report_path,
    write_report,
)
from kws.run.paths import RunPaths
from kws.source import source_commit
from tests.support.evaluation import evaluate

NOON = datetime(2026, 11, 26, 12, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def evaluation(run: RunPaths) -> Evaluation:
    """A whole one."""
    return replace(evaluate(run, EvaluationOptions(limit=2)), date=NOON)


def later(evaluation: Evaluation, minutes: int, failure: str = "") -> Evaluation:
    return replace(
        evaluation,
        date=NOON + timedelta(minutes=minutes),
        run=replace(evaluation.run, failure=failure),
    )


def folders(out: Path) -> list[str]:
    return sorted(path.name for path in out.iterdir() if path.is_dir() and not path.is_symlink())


def links(out: Path) -> set[Path]:
    """Where the three links lead: the folder of the evaluation."""
    return {
        report_path(out, "host").resolve().parent,
        (out / "host").resolve(),
        (out / LATEST).resolve(),
    }


def test_each_has_a_folder_and_the_links_lead_to_the_newest(
    evaluation: Evaluation, tmp_path: Path
) -> None:
    first = write_report(evaluation, tmp_path)
    assert first == tmp_path / "host-testing-2026-11-26T120000Z" / REPORT
    content = first.read_bytes()
    second = write_report(later(evaluation, 5), tmp_path)
    assert folders(tmp_path) == [first.parent.name, second.parent.name]
    assert first.read_bytes() == content
    assert links(tmp_path) == {second.parent}
    assert {path.name for path in tmp_path.iterdir()} == {
        first.parent.name, second.parent.name, "host", "host.json", LATEST,
    }  # fmt: skip


def test_a_copy_without_links_has_the_same_newest(evaluation: Evaluation, tmp_path: Path) -> None:
    write_report(evaluation, tmp_path / "run")
    newest = write_report(later(evaluation, 5), tmp_path / "run")
    assert newest_evaluations(tmp_path / "run") == [newest]
    shutil.copytree(tmp_path / "run", tmp_path / "copy")
    (found,) = newest_evaluations(tmp_path / "copy")
    assert load_report(found) == load_report(newest)


def test_two_of_one_second_lie_apart(evaluation: Evaluation, tmp_path: Path) -> None:
    one, two = write_report(evaluation, tmp_path), write_report(evaluation, tmp_path)
    assert one != two and one.is_file() and two.is_file()


def test_a_failed_one_never_replaces_a_whole_one(evaluation: Evaluation, tmp_path: Path) -> None:
    failed = write_report(later(evaluation, 0, "unplugged"), tmp_path)
    assert links(tmp_path) == {failed.parent}  # there is no better one
    worse = write_report(later(evaluation, 1, "unplugged again"), tmp_path)
    assert links(tmp_path) == {worse.parent}
    whole = write_report(later(evaluation, 2), tmp_path)
    assert links(tmp_path) == {whole.parent}
    last = write_report(later(evaluation, 3, "unplugged once more"), tmp_path)
    assert links(tmp_path) == {whole.parent}
    assert load_report(last).failure == "unplugged once more"


def test_names_of_recordings_need_not_be_utf8(evaluation: Evaluation, tmp_path: Path) -> None:
    """They are written as they are, and read again by what compares two evaluations."""
    names = ["on/sp\udcf6ker_1.wav", *evaluation.names[1:]]
    folders = []
    for minutes in (0, 1):
        odd = replace(later(evaluation, minutes), names=names)
        folders.append(write_report(odd, tmp_path).resolve().parent)
        written = (folders[-1] / CLIPS).read_bytes()
        assert names[0].encode("utf-8", "surrogateescape") in written
    compared = compare_evaluations(*map(str, folders))
    assert compared.identical and compared.clips == len(names)


def test_files_of_an_earlier_version_are_kept(evaluation: Evaluation, tmp_path: Path) -> None:
    (tmp_path / "host").mkdir()
    (tmp_path / "host" / "report.md").write_text("old")
    (tmp_path / "host.json").write_text("{}")
    made = write_report(evaluation, tmp_path)
    assert links(tmp_path) == {made.parent}
    assert (tmp_path / "host-earlier" / "report.md").read_text() == "old"
    assert (tmp_path / "host-earlier.json").read_text() == "{}"


def test_boards_ports_and_builds_lie_apart(evaluation: Evaluation) -> None:
    def target(**options: object) -> str:
        return replace(evaluation, options=replace(evaluation.options, **options)).target

    targets = {
        target(), target(ports=("/dev/ttyACM0",)), target(optimise="size"), target(profile=True),
    }  # fmt: skip
    assert targets == {"host", "host-port", "host-size", "host-profile"}


def test_report_says_what_when_where_and_by_whom(
    run: RunPaths, evaluation: Evaluation, tmp_path: Path
) -> None:
    at_port = replace(evaluation, options=replace(evaluation.options, ports=("/dev/ttyACM0",)))
    path = write_report(at_port, tmp_path)
    report = load_report(path)
    assert report.data == str((run.root.parent / "data").resolve())
    assert (report.date, report.ports) == ("2026-11-26T12:00:00+00:00", ("/dev/ttyACM0",))
    assert report.kws_commit == source_commit()
    text = path.with_name("report.md").read_text(encoding="utf-8")
    for line in (
        f"- data: {report.data} (testing)",
        "- date: 2026-11-26T12:00:00+00:00",
        f"- device: host, firmware {report.device.firmware_version} at /dev/ttyACM0",
        f"- tool: kws {report.kws_version}, commit {report.kws_commit or 'unknown'}",
    ):
        assert line in text.splitlines()
