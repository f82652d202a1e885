# SPDX-License-Identifier: Apache-2.0
"""Near-sounding words to train against."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kws.cli.main import app
from kws.data import vocabulary as words
from kws.data.near_words import near_words
from kws_codegen.base.errors import KwsError

KNOWN = ("lamp", "lamps", "lump", "ramp", "limp", "camp", "window", "two", "too", "very", "zebra")


@pytest.fixture(autouse=True)
def spoken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A language of few words."""
    monkeypatch.setenv("KWS_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(words, "_frequencies", lambda _: dict.fromkeys(KNOWN))
    words.vocabulary.cache_clear()
    yield
    words.vocabulary.cache_clear()


def test_nearest_first_without_what_holds_it() -> None:
    assert near_words(("lamp",), 3) == ("ramp", "lump", "limp")
    assert "lamps" not in near_words(("lamp",), 20)


def test_same_sound_is_left_out() -> None:
    assert "too" not in near_words(("two",), 5)


def test_no_wanted_word_is_near_another() -> None:
    assert "ramp" not in near_words(("lamp", "ramp"), 5)


def test_parts_of_a_phrase() -> None:
    assert near_words(("hey big lamp",), 3) == ("hey big", "big lamp", "hey")


def test_language_without_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "_frequencies", lambda _: {})
    words.vocabulary.cache_clear()
    with pytest.raises(KwsError, match="no words of de"):
        near_words(("lampe",), 3, "de")


def test_synth_says_them(tmp_path: Path) -> None:
    out = tmp_path / "made"
    command = ["data", "synth", str(out), "--words", "lamp", "--near", "2", "--clips-per-word", "3"]
    assert CliRunner().invoke(app, command).exit_code == 0
    assert len(list((out / "ramp").iterdir())) == len(list((out / "lump").iterdir())) == 3
    again = CliRunner().invoke(app, command)
    assert "is there already" in again.stdout


def test_command() -> None:
    result = CliRunner().invoke(app, ["word", "near", "lamp", "--count", "2"])
    assert result.stdout == "ramp\nlump\n"
