# SPDX-License-Identifier: Apache-2.0
"""An interrupted evaluation goes on with the clips that are missing, and loses nothing else."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from kws.cli.main import app
from kws.evaluate.journal import Journal
from kws.evaluate.report import EvaluationReport, load_report
from kws.link.client import Device
from kws.run.paths import RunPaths
from kws_codegen.base.errors import KwsError
from kws_codegen.protocol.messages import ClipKind, ClipResult
from tests.support.tiny_run import CONFIG, tiny_model, tiny_run, write_model

ANSWER = ClipResult(1, 3, 49, 10, 20, 0xFFFF_FFFF, (1, -2, 3))
CLIPS = 18  # of the split "all"


@pytest.fixture
def run(tmp_path: Path) -> RunPaths:
    return tiny_run(tmp_path)


def kws(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def evaluate(run: RunPaths, *options: object) -> Result:
    return kws("evaluate", "--run", run.root, "--split", "all", *options)


def report(run: RunPaths) -> EvaluationReport:
    return load_report(run.evaluation / "host.json")


def unfinished(run: RunPaths) -> list[Path]:
    return list(run.evaluation.glob(".unfinished-*"))


@pytest.fixture
def die(monkeypatch: pytest.MonkeyPatch) -> Callable[[int | None], list[int]]:
    """die(n): the device stops before clip n (None: never); the list counts the clips it got."""
    exact = Device.classify
    sent: list[int] = []

    def stop_before(clip: int | None) -> list[int]:
        def classify(self: Device, kind: ClipKind, payload: bytes) -> ClipResult:
            if len(sent) == clip:
                raise KwsError("the device was unplugged")
            sent.append(1)
            return exact(self, kind, payload)

        sent.clear()
        monkeypatch.setattr(Device, "classify", classify)
        return sent

    return stop_before


def test_goes_on_with_the_missing_clips(
    run: RunPaths, die: Callable[[int | None], list[int]]
) -> None:
    die(7)
    assert evaluate(run).exit_code == 1
    assert (report(run).clips, report(run).unanswered) == (7, CLIPS - 7)
    sent = die(None)
    again = evaluate(run)
    assert again.exit_code == 0
    assert "going on after 7 of 18 clips" in again.stderr
    assert len(sent) == CLIPS - 7
    assert (report(run).clips, report(run).parity.identical) == (CLIPS, CLIPS)
    assert report(run).link.taken_over == 7
    assert unfinished(run) == []
    text = (run.evaluation / "latest" / "report.md").read_text(encoding="utf-8")
    assert "7 answers of an interrupted evaluation" in text


@pytest.mark.parametrize("change", ["options", "model", "recordings", "force"])
def test_answers_to_something_else_are_not_taken_over(
    run: RunPaths, die: Callable[[int | None], list[int]], change: str
) -> None:
    die(7)
    evaluate(run)
    sent = die(None)
    options: list[object] = []
    if change == "options":
        options = ["--input", "features"]
    elif change == "force":
        options = ["--force"]
    elif change == "model":
        write_model(run, CONFIG, tiny_model(seed=9))
        assert kws("generate", "--run", run.root).exit_code == 0
    else:
        data = run.root.parent / "data"
        (data / "no").rename(data / "yes2")
        (data / "yes").rename(data / "no")
        (data / "yes2").rename(data / "yes")
        options = ["--data", data]
    result = evaluate(run, *options)
    assert result.exit_code == 0 and "going on" not in result.stderr
    assert len(sent) == report(run).clips > 7
    assert report(run).link.taken_over == 0


def test_a_wrong_answer_stays_wrong(
    run: RunPaths, die: Callable[[int | None], list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not asked again until it comes right."""
    die(3)
    dying = Device.classify

    def wrong(self: Device, kind: ClipKind, payload: bytes) -> ClipResult:
        result = dying(self, kind, payload)
        return replace(result, scores=(result.scores[0] ^ 1, *result.scores[1:]))

    monkeypatch.setattr(Device, "classify", wrong)
    evaluate(run)
    die(None)
    assert evaluate(run).exit_code == 1
    assert (report(run).clips, report(run).parity.identical) == (CLIPS, CLIPS - 3)


def test_killed_evaluation_loses_one_clip_at_most(run: RunPaths, tmp_path: Path) -> None:
    """SIGKILL while a device is at its fourth clip."""
    program = tmp_path / "slow.py"
    program.write_text(
        "import time\n"
        "from kws.cli.main import main\n"
        "from kws.link.client import Device\n"
        "exact, answered = Device.classify, []\n"
        "def slow(self, kind, clip):\n"
        "    if len(answered) == 3:\n"
        "        time.sleep(600)\n"
        "    answered.append(clip)\n"
        "    return exact(self, kind, clip)\n"
        "Device.classify = slow\n"
        "main()\n"
    )
    command = [sys.executable, program, "evaluate", "--run", run.root, "--split", "all"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 600
    while not (found := unfinished(run)) or found[0].read_bytes().count(b"\n") < 3:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with unfinished(run)[0].open("ab") as stream:
        stream.write(b'{"clip": 4, "ans')  # a line that was cut off
    result = evaluate(run)
    assert result.exit_code == 0
    assert "going on after 3 of 18 clips" in result.stderr
    assert report(run).clips == CLIPS


def test_journal_reads_back_what_was_added(tmp_path: Path) -> None:
    journal = Journal(tmp_path, {"a": 1}, fresh=False)
    journal.add(4, "x", ANSWER)
    assert Journal(tmp_path, {"a": 1}, fresh=False).answers == {}  # in use
    journal.close()
    assert Journal(tmp_path, {"a": 2}, fresh=False).answers == {}
    again = Journal(tmp_path, {"a": 1}, fresh=False)
    assert again.answers == {4: ("x", ANSWER)}
    again.close()
    assert Journal(tmp_path, {"a": 1}, fresh=True).answers == {}


def test_journal_forgets_a_line_without_its_end(tmp_path: Path) -> None:
    """Even one that only its newline is missing of: the next answer would follow on it."""
    journal = Journal(tmp_path, {}, fresh=False)
    for clip in (1, 2):
        journal.add(clip, "x", ANSWER)
    journal.close()
    journal.path.write_bytes(journal.path.read_bytes()[:-1])
    again = Journal(tmp_path, {}, fresh=False)
    assert list(again.answers) == [1]
    again.add(3, "x", ANSWER)
    again.close()
    assert list(Journal(tmp_path, {}, fresh=False).answers) == [1, 3]


@pytest.mark.parametrize("what", ["profile", "stats"])
def test_a_failing_request_for_figures_costs_no_result(
    run: RunPaths, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    def fail(_: Device) -> None:
        raise KwsError("the device stopped answering")

    monkeypatch.setattr(Device, what, fail)
    result = evaluate(run, "--limit", 2, "--profile")
    assert result.exit_code == 0, result.output
    assert "warning: no" in result.stderr and "stopped answering" in result.stderr
    assert load_report(run.evaluation / "host-profile.json").clips == 2


def test_a_trace_that_fills_the_disk_costs_no_result(run: RunPaths) -> None:
    result = evaluate(run, "--limit", 2, "--trace", "/dev/full")
    assert result.exit_code == 0, result.output
    assert "the trace ends here: [Errno 28]" in result.stderr
    assert report(run).clips == 2
