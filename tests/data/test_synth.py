# SPDX-License-Identifier: Apache-2.0
"""`kws data synth`: the clips, the speakers, the noise, and what it refuses."""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from kws.cli.data import data_app
from kws.config.schema import DataConfig
from kws.data import build_dataset, espeak, synth
from kws.data.check import check_folder
from kws.data.espeak import Utterance, speak
from kws.data.synth import OTHER_WORDS, synthesize
from kws.data.voices import ACCENTS, FAMILIES, make_speakers
from kws_codegen.base.errors import KwsError

WORDS = ("lamp", "door")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("synth") / "spoken"
    assert synthesize(folder, WORDS, clips_per_word=8, seed=3)
    return folder


def content_hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def test_folder_is_a_clean_data_set(made: Path) -> None:
    report = check_folder(made, DataConfig(wanted_words=WORDS))
    assert set(report.words) == {*WORDS, *OTHER_WORDS}
    for word in report.words.values():
        assert word.clips == {"training": 6, "validation": 1, "testing": 1}
        assert (word.shortest_s, word.longest_s) == (1.0, 1.0)
    assert report.speakers == 8
    for fault in (
        report.silent, report.clipped, report.unreadable, report.ignored, report.empty_words,
        report.same_bytes, report.without_speaker, report.speakers_across_splits,
        report.listed_but_missing,
    ):  # fmt: skip
        assert not fault
    assert len(report.noise_s) == 6
    assert set(report.noise_s.values()) == {30.0}


def test_it_needs_no_warning_to_train_on(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KWS_CACHE_DIR", str(tmp_path))
    assert build_dataset(DataConfig(wanted_words=WORDS), made).warnings == ()


def test_clips_hold_speech_over_faint_noise(made: Path) -> None:
    for path in made.glob("[!_]*/*.wav"):
        samples, rate_hz = soundfile.read(path, dtype="int16")
        assert (rate_hz, samples.shape) == (16_000, (16_000,))
        loud = np.abs(samples.astype(int)).reshape(-1, 160).max(axis=1)
        assert 2_000 < loud.max() < 32_767, path
        busy = np.flatnonzero(loud > loud.max() / 10)
        assert 10 <= busy.size <= 90, path
        assert loud[:3].max() < loud.max() / 2, f"{path} begins within the word"
        assert samples[:100].any(), "there is always some noise"


def test_noise_recordings_differ_and_do_not_clip(made: Path) -> None:
    spectra = {}
    for path in (made / "_background_noise_").iterdir():
        samples, _ = soundfile.read(path)
        assert 0.02 < np.sqrt(np.mean(samples**2)) < 0.1
        assert np.abs(samples).max() < 0.99
        power = np.abs(np.fft.rfft(samples)) ** 2
        spectra[path.stem] = power[: power.size // 16].sum() / power.sum()  # below 500 Hz
    assert spectra["white_noise"] < 0.1
    assert spectra["white_noise"] < spectra["pink_noise"] < spectra["brown_noise"]
    assert spectra["mains_hum"] > 0.8


def test_same_seed_same_bytes_other_seed_other_bytes(made: Path, tmp_path: Path) -> None:
    synthesize(tmp_path / "same", WORDS, clips_per_word=8, seed=3)
    assert content_hash(tmp_path / "same") == content_hash(made)
    synthesize(tmp_path / "other", WORDS, clips_per_word=8, seed=4)
    assert content_hash(tmp_path / "other") != content_hash(made)


def test_again_into_the_same_folder(made: Path) -> None:
    before = content_hash(made)
    assert not synthesize(made, WORDS, clips_per_word=8, seed=3)
    assert content_hash(made) == before
    with pytest.raises(KwsError, match="already holds something else"):
        synthesize(made, WORDS, clips_per_word=8, seed=4)


def test_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(KwsError, match="already holds something else"):
        synthesize(tmp_path, WORDS)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_empty_folder_is_filled(tmp_path: Path) -> None:
    out = tmp_path / "new"
    out.mkdir()
    synthesize(out, ("lamp",), clips_per_word=3)
    assert (out / "lamp").is_dir()
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_speakers_and_voices_are_disjoint_between_splits() -> None:
    speakers = make_speakers(200, np.random.default_rng(0))
    assert len({speaker.name for speaker in speakers}) == 200
    family_of = {variant: family for family in FAMILIES for variant in family}
    used: dict[str, set[tuple[str, ...]]] = {}
    for speaker in speakers:
        variant = speaker.voice.split("+")[1]
        used.setdefault(speaker.split, set()).add(family_of[variant])
    assert not used["training"] & used["testing"]
    assert not used["training"] & used["validation"]
    assert not used["validation"] & used["testing"]
    assert {speaker.voice.split("+")[0] for speaker in speakers} == set(ACCENTS)
    counts = {split: sum(speaker.split == split for speaker in speakers) for split in used}
    assert counts == {"training": 150, "validation": 20, "testing": 30}


def test_every_accent_and_variant_speaks() -> None:
    variants = [variant for family in FAMILIES for variant in family]
    voices = [f"{ACCENTS[n % len(ACCENTS)]}+{variant}" for n, variant in enumerate(variants)]
    clips, rate_hz = speak([Utterance("seven", voice, 160, 50, 50, 900) for voice in voices])
    for voice, clip in zip(voices, clips, strict=True):
        assert 0.2 < clip.size / rate_hz <= 0.9, voice
        assert np.abs(clip.astype(int)).max() > 3000, voice
    assert len({clip.tobytes() for clip in clips}) == len(variants), "no two alike"


def test_long_words_are_said_faster() -> None:
    utterance = Utterance("extraordinarily", "en-us+m1", 100, 50, 50, 900)
    (clip,), rate_hz = speak([utterance])
    assert 0.5 < clip.size / rate_hz <= 0.9


def test_batches_are_spoken_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KWS_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(espeak, "_BATCH", 2)
    said = [Utterance(word, "en-us+m1", 150, 50, 50, 900) for word in ("one", "two", "three")]
    spoken, rate_hz = espeak.speak_cached(said)
    assert len(spoken) == 3 and rate_hz == speak(said)[1]
    np.testing.assert_array_equal(spoken[0], speak(said[:2])[0][0])
    monkeypatch.setattr(espeak, "speak", lambda _: pytest.fail("spoken again"))
    again, _ = espeak.speak_cached(said)
    for one, other in zip(spoken, again, strict=True):
        np.testing.assert_array_equal(one, other)
    assert espeak.speak_cached([]) == ([], 0)


def test_a_word_is_cut_out_of_its_sentence() -> None:
    text = "very soon the seven camels"
    said = [
        Utterance(text, "en-us+m1", 150, 50, 50, 20_000, (3, 4)),
        Utterance("seven", "en-us+m1", 150, 50, 50, 20_000, (0, 1)),
        Utterance(text, "en-us+m1", 150, 50, 50, 20_000, (0, 5)),
    ]
    (cut, alone, long), rate_hz = speak(said)
    assert cut.size == alone.size == rate_hz
    assert not long.size, "longer than a second"
    eighths = [np.abs(clip.astype(int)).reshape(-1)[: rate_hz // 8 * 8] for clip in (cut, alone)]
    within, by_itself = (clip.reshape(8, -1).max(axis=1) for clip in eighths)
    assert by_itself[0] == by_itself[-1] == 0 and by_itself[3] > 3000
    assert within[0] > 1000 and within[-1] > 1000, "other words before and after it"


def test_word_too_long_for_a_clip(tmp_path: Path) -> None:
    sentence = "open the door to the garden and the gate behind it and let me in"
    with pytest.raises(KwsError, match="is too long to be said in 1 s"):
        synthesize(tmp_path / "new", (sentence,), clips_per_word=3)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("word", ["", "_silence_", "../up", "a/b", "-", ".hidden"])
def test_word_that_is_none(tmp_path: Path, word: str) -> None:
    with pytest.raises(KwsError, match="is not a word to say"):
        synthesize(tmp_path / "new", ("yes", word))


def test_word_that_sounds_like_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    silence = np.zeros(0, np.int16)
    monkeypatch.setattr(synth, "speak", lambda said: ([silence] * len(said), 22_050))
    with pytest.raises(KwsError, match='says nothing for "lamp"'):
        synthesize(tmp_path / "new", ("lamp",), clips_per_word=3)


def test_too_few_clips(tmp_path: Path) -> None:
    with pytest.raises(KwsError, match="fewer than 3 clips a word"):
        synthesize(tmp_path / "new", WORDS, clips_per_word=2)


def test_synthesiser_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The module that brings the library is missing in the process that speaks."""
    (tmp_path / "espeakng_loader.py").write_text("raise ImportError('not installed here')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(KwsError, match=r"espeak-ng cannot be used: .*not installed here") as caught:
        synthesize(tmp_path / "new", WORDS, clips_per_word=3)
    assert "pip install" in caught.value.hint
    assert not (tmp_path / "new").exists()


def test_unknown_voice() -> None:
    with pytest.raises(KwsError, match="no voice xx"):
        speak([Utterance("yes", "xx", 160, 50, 50, 900)])


def test_command_says_what_it_is_for(tmp_path: Path) -> None:
    command = ["synth", str(tmp_path / "new"), "--words", "lamp, door", "--clips-per-word", "3"]
    result = CliRunner().invoke(data_app, command)
    assert result.exit_code == 0
    assert "for trying the tool, not for a product" in result.stderr.replace("\n", " ")
    assert (tmp_path / "new" / "door").is_dir()
    assert "not for a product" in (tmp_path / "new" / "README.txt").read_text()


def test_module_does_not_load_the_synthesiser() -> None:
    """The command line starts without it."""
    code = "import sys, kws.data.synth; sys.exit('espeakng_loader' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
