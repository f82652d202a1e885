# SPDX-License-Identifier: Apache-2.0
"""What `kws wake` refuses before it begins, and what it decides by itself."""

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kws import quantize
from kws.cli.main import app
from kws.cli.wake import bytes_of
from kws.config.schema import Config, load_config
from kws.data.engines.flite import Flite
from kws.data.word_check import WordCheck
from kws.wake import request as module
from kws.wake import wake
from kws.wake.request import WakeRequest, voices_of, wake_config
from kws.wake.rounds import link_words, without_people
from kws_codegen.base.errors import KwsError
from tests.support.tiny_run import tiny_data

REQUEST = WakeRequest(("window",), Config())


def checked(verdict: str) -> WordCheck:
    return WordCheck(
        "go", "en", ("g", "o"), 1, 200, verdict, ("2 sounds are too few",), (), None,  # type: ignore[arg-type]
        ("hey go",), 100,
    )  # fmt: skip


def test_a_refused_word_stops_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wake, "check_word", lambda *_: checked("refused"))
    result = CliRunner().invoke(app, ["wake", "go", "--out", str(tmp_path / "run")])
    assert isinstance(result.exception, KwsError)
    assert "too few" in result.exception.message
    assert "--anyway" in result.exception.hint and "hey go" in result.exception.hint
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--voices", "espeak,festival"], "no voices"),
        (["--language", "de", "--voices", "flite"], "flite has no voice here that speaks de"),
        (["--budget", "60 apples"], "no number of bytes"),
        (["--negatives", "nowhere"], "nothing is there"),
        (["--noise", "nowhere.wav"], "no sound file"),
        (["--board", "toaster"], "toaster"),
        (["--config", "nowhere.toml"], "no configuration file"),
    ],
)
def test_bad_input_is_named_first(
    options: list[str], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wake, "check_word", lambda *_: checked("fine"))
    monkeypatch.setattr(wake, "make_wake_speech", lambda *_: pytest.fail("it began"))
    monkeypatch.setattr(Flite, "missing", lambda _: None)
    command = ["wake", "window", "--out", str(tmp_path / "run"), *options]
    result = CliRunner().invoke(app, command)
    assert isinstance(result.exception, KwsError), result.output
    assert expected in result.exception.message


def test_voices_are_those_that_are_here(monkeypatch: pytest.MonkeyPatch) -> None:
    here = {"en": ("espeak", "flite"), "en-gb": ("espeak", "flite"), "de": ("espeak",)}
    monkeypatch.setattr(module, "engines_here", here.get)
    assert voices_of(REQUEST) == ("espeak", "flite")
    assert voices_of(replace(REQUEST, language="de")) == ("espeak",)
    assert voices_of(replace(REQUEST, language="en-gb")) == ("espeak", "flite")
    assert voices_of(replace(REQUEST, voices=("espeak",))) == ("espeak",)


def test_the_largest_network_within_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {32: 46_800, 16: 23_600}
    monkeypatch.setattr(
        quantize, "untrained_int8", lambda config: bytes(sizes[config.model.first_filters])
    )
    request = WakeRequest(("window",), load_config(Path("wake")))
    for budget, filters in ((None, 32), (46_800, 32), (46_799, 16)):
        config = wake_config(replace(request, budget_bytes=budget))
        assert config.model.first_filters == filters  # type: ignore[attr-defined]
        assert config.data.wanted_words == ("window",) and config.training.speed == 0.2
    with pytest.raises(KwsError, match="no network is as small as 20,000 bytes") as caught:
        wake_config(replace(request, budget_bytes=20_000))
    assert "--budget 24k" in caught.value.hint


def test_sizes() -> None:
    sizes = (None, "60k", "60kB", "1.5K", "60KiB", "60 kib", "61440")
    read = [None, 60_000, 60_000, 1500, 61_440, 61_440, 61_440]
    assert [bytes_of(size) for size in sizes] == read
    for text in ("", "k", "-60k", "60g", "0"):
        with pytest.raises(KwsError, match="is no number of bytes"):
            bytes_of(text)


def test_links_without_clips_that_were_left_out(tmp_path: Path) -> None:
    words = tmp_path / "words"
    tiny_data(words)
    left_out = tuple(f"yes/{path.name}" for path in sorted((words / "yes").iterdir())[:2])
    out = link_words(words, tmp_path / "links", left_out)
    assert len(list((out / "yes").iterdir())) == 4 and (out / "_background_noise_").is_dir()
    listed = (out / "testing_list.txt").read_text() + (out / "validation_list.txt").read_text()
    assert not any(name in listed for name in left_out) and "no/" in listed
    before = out.stat().st_ino
    assert link_words(words, out, left_out).stat().st_ino == before, "made once"
    link_words(words, out, left_out[:1])
    assert len(list((out / "yes").iterdir())) == 5
    assert len(list((words / "yes").iterdir())) == 6, "the clips themselves stay"


def test_without_recordings_the_speech_is_taken_as_it_is(tmp_path: Path) -> None:
    tiny_data(tmp_path / "speech" / "words")
    assert without_people(tmp_path / "speech", tmp_path / "round") == tmp_path / "speech"


def test_a_folder_that_was_moved_is_linked_anew(tmp_path: Path) -> None:
    before = tmp_path / "before"
    tiny_data(before / "speech" / "words")
    (before / "speech" / "negatives").mkdir()
    (before / "speech" / "words" / "yes" / "own-anna_1.wav").touch()
    without_people(before / "speech", before / "round")
    after = before.rename(tmp_path / "after")
    assert (after / "round" / "negatives").is_dir(), "the link is relative"
    (after / "speech").rename(after / "spoken")
    assert without_people(after / "spoken", after / "round") == after / "round"
    assert (after / "round" / "negatives").is_dir()
    assert not (after / "round" / "words" / "yes" / "own-anna_1.wav").exists()
