# SPDX-License-Identifier: Apache-2.0
"""Devices that say the same share a matrix; the commands repeat what was done."""

import shutil
from dataclasses import replace
from pathlib import Path

from kws.evaluate.report import Parity
from kws.report.gather import Evaluated, gather
from kws.report.matrices import REFERENCE, matrices
from kws.report.words import commands
from kws.run.paths import RunPaths
from kws.streams.report import DecisionParity
from kws.streams.report_text import parity_line


def part_of(evaluated: Evaluated, clips: int) -> Evaluated:
    """As after --limit."""
    parity = Parity(clips, clips, ())
    report = replace(evaluated.report, clips=clips, limit=clips, parity=parity)
    return replace(evaluated, report=report, answers=evaluated.answers[:clips])


def test_some_of_the_clips_need_no_matrix_of_their_own(measured: RunPaths) -> None:
    facts = gather(measured.root)
    host, board = facts.evaluations
    some = replace(facts, evaluations=(host, part_of(board, 3)))
    titles = [matrix.title for matrix in matrices(some)]
    assert titles[0] == f"{REFERENCE}, host, made_up (3 of these)"
    assert sum("made_up" in title for title in titles) == 1


def test_one_other_word_is_shown_apart(measured: RunPaths) -> None:
    facts = gather(measured.root)
    host, board = facts.evaluations
    first, *others = part_of(board, 3).answers
    heard = next(label for label in facts.config.data.labels if label != first.predicted)
    other = replace(part_of(board, 3), answers=(replace(first, predicted=heard), *others))
    titles = [matrix.title for matrix in matrices(replace(facts, evaluations=(host, other)))]
    assert titles[0] == f"{REFERENCE}, host"
    assert "made_up" in titles[1]


def test_commands_say_how_each_device_was_asked(measured: RunPaths) -> None:
    facts = gather(measured.root)
    host, board = facts.evaluations
    profiled = part_of(board, 3)
    plain = replace(profiled, report=replace(profiled.report, profile=(), input="features"))
    lines = commands(replace(facts, evaluations=(host, profiled, plain)))
    asked = [line.partition(" --split all")[2] for line in lines if "evaluate" in line]
    assert asked == ["", " --limit 3 --profile", " --limit 3 --input features"]


def test_an_answer_that_is_no_class_is_damage(measured: RunPaths, tmp_path: Path) -> None:
    root = tmp_path / "run"
    shutil.copytree(measured.root, root, symlinks=True, ignore=shutil.ignore_patterns("build"))
    for path in root.glob("evaluation/*/clips.csv"):
        path.write_text(path.read_text().replace(",yes,", ",maybe,"))
    facts = gather(root)
    assert facts.evaluations == ()
    assert len([gap for gap in facts.gaps if gap.endswith("clips.csv is damaged")]) == 2


def test_a_listener_that_decided_nothing_agrees_with_nobody(measured: RunPaths) -> None:
    report = gather(measured.root).streams
    assert report is not None
    silent = replace(report, parity=DecisionParity(0, 0, 0.0, ""))
    assert parity_line(silent) == "parity: the device decided nothing, so nothing was compared"
