# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: RUF001 - IPA letters
"""Synthesisers beside espeak-ng: who speaks in which split, the cache, and what is missing."""

import json
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from typer.testing import CliRunner

from kws.cli.main import app
from kws.data import casting, synth
from kws.data.audio import Samples
from kws.data.casting import cast_speakers
from kws.data.engines import Engine, Said, engine_of, engines_here, onnx, speak_cached
from kws.data.engines.flite import Flite
from kws.data.engines.kokoro import Kokoro, style_of, token_ids
from kws.data.engines.piper import Piper, phoneme_ids
from kws.data.synth import synthesize
from kws.data.voices import make_speakers
from kws_codegen.base.errors import KwsError
from tests.support.board_tools import require_tool


class Beeper(Engine):
    """Says a tone, longer for longer texts; counts how often it is asked."""

    name = "beeper"
    mixes = True
    asked: ClassVar[list[tuple[str, str, float]]] = []
    count = 10

    def missing(self) -> str | None:
        return None

    def identity(self) -> str:
        return "1"

    def voices(self, language: str = "en") -> list[str]:
        assert language in ("en", "de")
        return [f"v{number}" for number in range(self.count)]

    def say(self, text: str, voice: str, speed: float) -> tuple[Samples, int]:
        self.asked.append((text, voice, speed))
        seconds = np.arange(int(8000 * 0.1 * len(text) / speed)) / 8000
        tone = 9000 * np.sin(2 * np.pi * 440 * seconds)
        silence = np.zeros(800)
        return np.concatenate([silence, tone, silence]).astype(np.int16), 8000


@pytest.fixture
def beeper(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Beeper:
    monkeypatch.setenv("KWS_CACHE_DIR", str(tmp_path / "cache"))
    Beeper.asked.clear()
    made = Beeper()
    monkeypatch.setattr(casting, "engine_of", lambda *_: made)
    monkeypatch.setattr(synth, "engine_of", lambda _: made)
    return made


def test_espeak_alone_is_as_before() -> None:
    made = cast_speakers(20, np.random.default_rng(3))
    assert made == make_speakers(20, np.random.default_rng(3))


def test_engines_take_turns_with_voices_of_their_own_in_each_split(beeper: Beeper) -> None:
    speakers = cast_speakers(60, np.random.default_rng(0), ("espeak", beeper.name))
    assert len({speaker.name for speaker in speakers}) == 60
    voices: dict[str, set[str]] = {}
    for split, count in (("training", 45), ("validation", 6), ("testing", 9)):
        own = [speaker for speaker in speakers if speaker.split == split]
        assert len(own) == count
        beeped = [speaker.voice for speaker in own if speaker.engine == beeper.name]
        assert len(beeped) == count // 2
        parts = [voice.partition("*")[0].split("+") for voice in beeped]
        voices[split] = {part for pair in parts for part in pair}
    assert voices["training"] | voices["validation"] | voices["testing"] == set(beeper.voices())
    assert sum(map(len, voices.values())) == 10, "no voice in two splits"
    assert any("+" in speaker.voice for speaker in speakers if speaker.engine == beeper.name)


def test_voices_of_another_language(beeper: Beeper) -> None:
    names = ("espeak", beeper.name)
    speakers = cast_speakers(20, np.random.default_rng(0), names, language="de")
    spoken = {each.voice.partition("+")[0] for each in speakers if each.engine == "espeak"}
    assert spoken == {"de"}
    assert {each.engine for each in speakers} == set(names)
    assert len({each.name for each in speakers}) == 20


def test_one_voice_speaks_in_training_only(beeper: Beeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Beeper, "count", 1)
    speakers = cast_speakers(20, np.random.default_rng(0), ("espeak", beeper.name))
    assert {each.split for each in speakers if each.engine == beeper.name} == {"training"}
    with pytest.raises(KwsError, match="too few voices") as caught:
        cast_speakers(20, np.random.default_rng(0), (beeper.name,))
    assert "espeak,beeper" in caught.value.hint


def test_data_set_of_another_engine(beeper: Beeper, tmp_path: Path) -> None:
    out = tmp_path / "made"
    assert synthesize(out, ("lamp",), 4, voices=(beeper.name,))
    assert len(list((out / "lamp").glob("beeper-*_nohash_0.wav"))) == 4
    assert not synthesize(out, ("lamp",), 4, voices=(beeper.name,))
    with pytest.raises(KwsError, match="already holds something else"):
        synthesize(out, ("lamp",), 4)


def test_speech_is_trimmed_hurried_and_cached(beeper: Beeper) -> None:
    said = [Said("lamp", "v1", 1.0, 900), Said("lamplamplamp", "v1", 1.0, 900)]
    (short, rate_hz), (long, _) = speak_cached(beeper, said)
    assert short.size / rate_hz == pytest.approx(0.4, abs=0.02)
    assert long.size / rate_hz <= 0.9
    asked = len(beeper.asked)
    assert asked == 3
    again = speak_cached(beeper, said)
    np.testing.assert_array_equal(again[1][0], long)
    assert len(beeper.asked) == asked


def test_voices_of_other_rates_keep_theirs(beeper: Beeper, monkeypatch: pytest.MonkeyPatch) -> None:
    """A low voice file of Piper has 16 kHz, a medium one 22,050."""

    def say(_: Beeper, text: str, voice: str, speed: float) -> tuple[Samples, int]:
        del text, speed
        return np.full(800, 9000, np.int16), 22_050 if voice == "v2" else 16_000

    monkeypatch.setattr(Beeper, "say", say)
    said = [Said("lamp", voice, 1.0, 900) for voice in ("v1", "v2", "v1")]
    for _ in range(2):  # spoken, and from the cache
        assert [rate_hz for _, rate_hz in speak_cached(beeper, said)] == [16_000, 22_050, 16_000]


def test_interrupted_speech_goes_on(beeper: Beeper, monkeypatch: pytest.MonkeyPatch) -> None:
    said = [Said(f"w{number}", "v1", 1.0, 900) for number in range(60)]
    say = Beeper.say

    def stop_late(self: Beeper, text: str, voice: str, speed: float) -> tuple[Samples, int]:
        if text == "w55":
            raise KeyboardInterrupt
        return say(self, text, voice, speed)

    monkeypatch.setattr(Beeper, "say", stop_late)
    with pytest.raises(KeyboardInterrupt):
        speak_cached(beeper, said)
    monkeypatch.setattr(Beeper, "say", say)
    beeper.asked.clear()
    speak_cached(beeper, said)
    assert [text for text, *_ in beeper.asked] == [f"w{number}" for number in range(50, 60)]


@pytest.mark.parametrize("name", ["piper", "kokoro"])
def test_what_to_fetch(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KWS_VOICES_DIR", str(tmp_path))
    monkeypatch.setattr("kws.data.engines.piper.find_spec", lambda _: None)
    for runtime, expected in ((True, str(tmp_path)), (False, "mcu-kws[voices]")):
        monkeypatch.setattr(f"kws.data.engines.{name}.has_runtime", lambda there=runtime: there)
        with pytest.raises(KwsError, match=f"voices of {name} are not here") as caught:
            engine_of(name)
        assert expected in caught.value.hint


def test_voice_files_speak_the_language_that_they_are_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KWS_VOICES_DIR", str(tmp_path))
    monkeypatch.setattr("kws.data.engines.piper.find_spec", lambda _: None)
    monkeypatch.setattr("kws.data.engines.piper.has_runtime", lambda: True)
    monkeypatch.setattr("kws.data.engines.kokoro.has_runtime", lambda: True)
    for folder in ("piper", "kokoro/voices"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "kokoro" / "model.onnx").touch()
    for name in ("af_a", "bm_b", "ff_c", "pm_d", "jf_e"):
        (tmp_path / "kokoro" / "voices" / f"{name}.bin").touch()
    for name, voice, speakers in (("joe", "en-us", 1), ("thor", "de", 2), ("lone", "es-419", 1)):
        (tmp_path / "piper" / f"{name}.onnx").touch()
        settings = {"espeak": {"voice": voice}, "num_speakers": speakers}
        (tmp_path / "piper" / f"{name}.onnx.json").write_text(json.dumps(settings))
    spoken = {language: (Piper().voices(language), Kokoro().voices(language))
              for language in ("en", "en-gb", "de", "es", "fr", "pt-br", "ja")}  # fmt: skip
    english = (["joe/0"], ["af_a", "bm_b"])
    assert spoken == {
        "en": english, "en-gb": english, "de": (["thor/0", "thor/1"], []), "es": (["lone/0"], []),
        "fr": ([], ["ff_c"]), "pt-br": ([], ["pm_d"]), "ja": ([], []),
    }  # fmt: skip
    assert engines_here("de") == ("espeak", "piper")
    with pytest.raises(KwsError, match="kokoro has no voice here that speaks de") as caught:
        engine_of("kokoro", "de")
    assert caught.value.hint == "Leave it out: --voices espeak,piper."


def test_unknown_engine(tmp_path: Path) -> None:
    command = ["data", "synth", str(tmp_path / "new"), "--voices", "espeak,festival"]
    result = CliRunner().invoke(app, command)
    assert isinstance(result.exception, KwsError)
    assert "espeak, flite, piper, kokoro" in result.exception.hint
    assert not (tmp_path / "new").exists()


def test_flite_speaks() -> None:
    require_tool("the voices of flite", "flite", "flite")
    engine = Flite()
    assert {"awb", "rms", "slt"} <= set(engine.voices())
    usual, rate_hz = engine.say("window", "slt", 1.0)
    hurried, _ = engine.say("window", "slt", 1.5)
    assert rate_hz == 16_000
    assert np.abs(usual.astype(int)).max() > 3000
    assert hurried.size < 0.8 * usual.size


def test_flite_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(KwsError, match="voices of flite") as caught:
        engine_of("flite")
    assert "apt-get install flite" in caught.value.hint


def test_phonemes_are_asked_for_once_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[list[str], str]] = []

    def ipa_of(texts: list[str], language: str) -> list[str]:
        asked.append((texts, language))
        return [f"{text}_{language}" for text in texts]

    monkeypatch.setattr(onnx, "ipa_of", ipa_of)
    monkeypatch.setattr(onnx, "_IPA", {})
    voices = ("af_a", "bm_b", "am_c+af_a*0.40")
    Kokoro().prepare([Said(text, voice, 1.0, 900) for text in ("one", "two") for voice in voices])
    assert asked == [(["one", "two"], "en-gb"), (["one", "two"], "en-us")]
    assert onnx.ipa("two", "en-gb") == "twoen-gb" and len(asked) == 2
    assert onnx.ipa("six", "en-gb") == "sixen-gb" and asked[2:] == [(["six"], "en-gb")]


def test_phonemes_of_piper_are_asked_for_once_a_voice_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, list[str]]] = []
    monkeypatch.setenv("KWS_VOICES_DIR", str(tmp_path))
    monkeypatch.setattr(
        "kws.data.engines.piper.learn_ipa", lambda voice, texts: asked.append((voice, [*texts]))
    )
    (tmp_path / "piper").mkdir()
    for name, voice in (("joe", "en-us"), ("many", "en-gb-x-rp")):
        (tmp_path / "piper" / f"{name}.onnx").touch()
        settings = {"espeak": {"voice": voice}, "num_speakers": 2}
        (tmp_path / "piper" / f"{name}.onnx.json").write_text(json.dumps(settings))
    Piper().prepare([Said("one", voice, 1.0, 900) for voice in ("many/0", "many/1", "joe/0")])
    assert asked == [("en-us", ["one"]), ("en-gb-x-rp", ["one", "one"])]


def test_inputs_of_piper() -> None:
    ids = {"_": [0], "^": [1], "$": [2], "l": [5], "a": [6]}
    assert phoneme_ids("lɬa", ids) == [1, 0, 5, 0, 6, 0, 2]


def test_inputs_of_kokoro(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert token_ids("dʒˈɑː1g") == [82, 156, 69, 158, 92]
    assert token_ids("bɔ̃ʒˈuʁ") == [44, 76, 17, 147, 156, 63, 128]
    monkeypatch.setenv("KWS_VOICES_DIR", str(tmp_path))
    folder = tmp_path / "kokoro" / "voices"
    folder.mkdir(parents=True)
    for name, level in (("af_a", 0), ("am_b", 1)):
        np.full((510, 256), level, np.float32).tofile(folder / f"{name}.bin")
    assert style_of("am_b").shape == (510, 256)
    np.testing.assert_allclose(style_of("af_a+am_b*0.25"), 0.25)
