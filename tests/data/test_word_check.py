# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: RUF001 - IPA letters
"""`kws word check`: verdicts, neighbours, proposals, and what it refuses to look at."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kws.cli.main import app
from kws.data import vocabulary as words
from kws.data.word_check import check_word
from kws_codegen.base.errors import KwsError
from tests.support.board_tools import require_module

SHARES = {
    "the": 5e-2, "is": 3e-2, "very": 2e-3, "yes": 5e-4, "yesterday": 8e-5, "lose": 5e-5,
    "computer": 2e-6, "commuter": 3e-6, "hat": 4e-5,
}  # fmt: skip


@pytest.fixture(autouse=True)
def spoken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A language of few words."""
    monkeypatch.setenv("KWS_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(words, "_frequencies", lambda _: dict(SHARES))
    words.vocabulary.cache_clear()
    yield
    words.vocabulary.cache_clear()


def test_rare_long_phrase_is_fine() -> None:
    checked = check_word("Hey  Lumos")
    assert (checked.phrase, checked.verdict, checked.reasons) == ("hey lumos", "fine", ())
    assert (checked.syllables, len(checked.sounds)) == (3, 9)
    assert checked.near_per_hour == 0
    assert checked.proposals == ()


def test_word_of_every_day_is_refused_with_better_ones() -> None:
    checked = check_word("very")
    assert checked.verdict == "refused"
    assert "near it, 18.0 times" in checked.reasons[0]
    assert checked.neighbours[0].relation == "the word itself"
    assert checked.proposals and all(text.endswith(" very") for text in checked.proposals)


def test_near_words_count_as_often_as_they_are_said() -> None:
    checked = check_word("computer")
    found = {each.text: each for each in checked.neighbours}
    assert found["commuter"].nearness < 0.2
    assert checked.near_per_hour == pytest.approx(9000 * (2e-6 + 3e-6))
    assert checked.verdict == "fine"


def test_word_inside_another() -> None:
    checked = check_word("yes")
    found = {each.text: each for each in checked.neighbours}
    assert found["yesterday"].relation == "has it inside"
    assert found["yesterday"].nearness == 0


def test_part_of_the_phrase() -> None:
    found = {each.text: each for each in check_word("yesterday").neighbours}
    assert "yes" not in found, "less than half of it"
    found = {each.text: each for each in check_word("yesso").neighbours}
    assert found["yes"].relation == "is a part of it"


def test_pairs_of_words() -> None:
    found = {each.text: each for each in check_word("verius").neighbours}
    assert "very is" in found


@pytest.mark.parametrize(("word", "verdict"), [("oh", "refused"), ("lamp", "risky")])
def test_short_words(word: str, verdict: str) -> None:
    assert check_word(word).verdict == verdict


@pytest.mark.parametrize("text", ["", "123", "a/b", "[[x]]", "<speak>"])
def test_text_that_is_no_word(text: str) -> None:
    with pytest.raises(KwsError, match="is not a word or phrase"):
        check_word(text)


def test_a_text_of_any_length_is_not_compared() -> None:
    with pytest.raises(KwsError, match="99 characters are no word or phrase"):
        check_word("x " * 50)


def test_without_frequencies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    words.vocabulary.cache_clear()
    monkeypatch.setattr(words, "has_frequencies", lambda: False)
    checked = check_word("camera")
    assert checked.verdict == "risky"
    assert checked.near_per_hour is None
    assert "near common words: camera" in " ".join(checked.reasons)
    assert words.vocabulary("de") == ()


def test_real_frequencies(monkeypatch: pytest.MonkeyPatch) -> None:
    require_module("wordfreq")
    monkeypatch.undo()
    shares = words._frequencies("en")
    assert len(shares) == 20_000
    assert next(iter(shares)) == "the"
    assert "t" not in shares
    assert words._frequencies("xx") == {}


def test_command(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    result = CliRunner().invoke(app, ["word", "check", "hey lumos", "--json", str(report)])
    assert result.exit_code == 0
    assert result.stdout.startswith("hey lumos: fine\n  9 sounds [h e ɪ l u m o ʊ z], 3 syllables")
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert json.loads(report.read_text())["verdict"] == "fine"


def test_refused_is_exit_status_1() -> None:
    result = CliRunner().invoke(app, ["word", "check", "very"])
    assert result.exit_code == 1
    assert "better: " in result.stdout
