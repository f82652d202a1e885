# SPDX-License-Identifier: Apache-2.0
"""`kws data suspects`: planted label errors come first, are shown, heard and moved away."""

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from kws.cli.main import app
from kws.data.removal import read_list, remove_clips
from kws.run.pipeline import Pipeline
from kws_codegen.base.errors import KwsError
from tests.support.tone_words import tone_config, write_tone_words

CLIPS = 40  # a word
PLANTED = ("low/00000003_nohash_0.wav", "high/00000011_nohash_0.wav", "low/0000001b_nohash_0.wav")


def suspects(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["data", "suspects", *map(str, arguments)])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with two folds, of words of which three lie in the wrong folder."""
    folder = tmp_path_factory.mktemp("suspects")
    words = folder / "words"
    write_tone_words(words, CLIPS)
    for name in PLANTED:
        word, file = name.split("/")
        other = {"low": "high", "high": "low"}[word]
        (words / other / file).rename(words / other / "kept")
        (words / name).rename(words / other / file)
        (words / other / "kept").rename(words / name)
    pipeline = Pipeline.create(folder / "run", tone_config(epochs=10))
    pipeline.data(words)
    pipeline.train()
    return folder / "run"


def test_without_folds_it_says_how(run: Path) -> None:
    fault = suspects(run).exception
    assert isinstance(fault, KwsError) and "--folds 5" in fault.hint


def test_planted_errors_come_first(run: Path) -> None:
    result = suspects(run, "--folds", 2, "--top", 8)
    assert result.exit_code == 0, result.output
    with (run / "suspects.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 3 * CLIPS, "every recording, those of other words too"
    swapped = set(PLANTED) | {
        f"{'high' if name.startswith('low') else 'low'}/{name.split('/')[1]}" for name in PLANTED
    }
    first = {row["path"] for row in rows[: 3 * CLIPS // 10]}
    assert len(first & swapped) >= 5, "80 % of six errors in the first tenth"
    assert float(rows[0]["rather_score"]) > float(rows[0]["score"])
    page = (run / "suspects.html").read_text(encoding="utf-8")
    assert page.count("<audio") == 8 and rows[0]["path"] in page
    assert "data:audio/flac;base64," in page and "--remove wrong.txt" in page


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
