# SPDX-License-Identifier: Apache-2.0
"""`kws data suspects`: doubtful labels come first, are shown, heard and moved away."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from kws.cli.main import app
from kws.data.removal import read_list, remove_clips
from kws.quantize import CrossValidation, Doubt
from kws.quantize import suspects as worst_first
from kws.quantize.cross_validation import FoldAnswers, _depends_on
from kws.run.paths import RunPaths
from kws.run.pipeline import Pipeline
from kws_codegen.base.errors import KwsError
from kws_codegen.base.json_file import write_json
from tests.support.tone_words import tone_config, write_tone_words

CLIPS = 8  # a word


def suspects(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["data", "suspects", *map(str, arguments)])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained run without folds."""
    folder = tmp_path_factory.mktemp("suspects")
    words = folder / "words"
    write_tone_words(words, CLIPS)
    pipeline = Pipeline.create(folder / "run", tone_config(epochs=2))
    pipeline.data(words)
    pipeline.train()
    return folder / "run"


def test_without_folds_it_says_how(run: Path) -> None:
    fault = suspects(run).exception
    assert isinstance(fault, KwsError) and "--folds 5" in fault.hint


def test_all_recordings_are_listed_and_the_worst_heard(run: Path) -> None:
    result = suspects(run, "--folds", 2, "--top", 8)
    assert result.exit_code == 0, result.output
    with (run / "suspects.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 3 * CLIPS, "every recording, those of other words too"
    page = (run / "suspects.html").read_text(encoding="utf-8")
    assert page.count("<audio") == 8 and rows[0]["path"] in page
    assert "data:audio/flac;base64," in page and "--remove wrong.txt" in page


def test_a_label_that_is_known_badly_does_not_fill_the_top(tmp_path: Path) -> None:
    """Three wrong labels, and another one of which every recording is doubted more."""
    config, run = tone_config(), RunPaths(tmp_path)
    run.folds.mkdir()
    run.dataset.write_text("{}")
    known = [Doubt(f"low/{n}.wav", "low", 0.9, "high", 0.05) for n in range(7)]
    wrong = [Doubt(f"low/wrong{n}.wav", "low", 0.2, "high", 0.7) for n in range(3)]
    badly = [Doubt(f"chirp/{n}.wav", "_unknown_", 0.1, "high", 0.8) for n in range(9)]
    for number, doubts in enumerate(([*known, *badly], wrong), 1):
        write_json(run.folds / f"{number}-of-2.json", FoldAnswers((), (), (), tuple(doubts)))
    of, labels = _depends_on(config, run), config.data.labels
    write_json(run.cross_validation, CrossValidation(of, 2, True, (), labels, ()))
    found = worst_first(config, run)
    assert len(found) == 19 and found[:3] == wrong
    other = replace(config, training=replace(config.training, epochs=99))
    with pytest.raises(KwsError, match="no cross-validation"):
        worst_first(other, run)


def test_listed_recordings_move_beside_the_data(tmp_path: Path) -> None:
    write_tone_words(tmp_path / "words", 3)
    (tmp_path / "wrong.txt").write_text("# heard\nlow/00000001_nohash_0.wav\n\n")
    moved = remove_clips(tmp_path / "words", read_list(tmp_path / "wrong.txt"))
    assert moved.count == 1
    assert not (tmp_path / "words/low/00000001_nohash_0.wav").exists()
    assert (tmp_path / "words-removed/low/00000001_nohash_0.wav").is_file()


@pytest.mark.parametrize("name", ["low/gone.wav", "../words/low/x.wav", "low/../high/a.wav", "low"])
def test_nothing_is_moved_when_a_line_is_wrong(tmp_path: Path, name: str) -> None:
    write_tone_words(tmp_path / "words", 3)
    good = "low/00000001_nohash_0.wav"
    with pytest.raises(KwsError, match="is no recording of"):
        remove_clips(tmp_path / "words", [good, name])
    assert (tmp_path / "words" / good).is_file()
    with pytest.raises(KwsError, match="no file"):
        read_list(tmp_path / "none.txt")
