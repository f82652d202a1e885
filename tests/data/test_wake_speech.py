# SPDX-License-Identifier: Apache-2.0
"""Speech to train a wake word on: what is said, by whom, in which split; own recordings in it."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from kws.cli.data import data_app
from kws.config.schema import DataConfig
from kws.data import build_dataset
from kws.data import vocabulary as known
from kws.data.casting import cast_speakers
from kws.data.engines.flite import Flite
from kws.data.negatives import negative_files
from kws.data.own_recordings import own_recordings
from kws.data.phonemes import sounds_of
from kws.data.sentences import sentences, words_without
from kws.data.splits import SPLITS
from kws.data.synth_noise import make_music
from kws.data.wake_speech import NEGATIVES, WORDS, WakeSpeech, make_wake_speech
from kws_codegen.base.errors import KwsError
from tests.support.recordings import RATE_HZ, tone

WORDS_KNOWN = ("lamp", "lamps", "lump", "ramp", "window", "two", "too", "very", "zebra", "camera")
WANTED = WakeSpeech(("lamp",), clips=6, near=2, others=3)


@pytest.fixture(autouse=True)
def vocabulary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A language of few words."""
    monkeypatch.setenv("KWS_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(known, "_frequencies", lambda _: dict.fromkeys(WORDS_KNOWN))
    known.vocabulary.cache_clear()
    yield
    known.vocabulary.cache_clear()


def record(folder: Path, *names: str) -> Path:
    """Clips that differ, `<word>/<file>`."""
    for number, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / name, tone(0.5, 300 + 50 * number), RATE_HZ)
    return folder


def test_a_folder_of_words_and_sentences_beside_it(tmp_path: Path) -> None:
    out = tmp_path / "speech"
    assert make_wake_speech(out, WANTED)
    assert not make_wake_speech(out, WANTED)
    config = DataConfig(wanted_words=("lamp",), unknown_percentage=100.0)
    dataset = build_dataset(config, out / WORDS)
    assert dataset.warnings == ()
    counts = dataset.counts()
    assert sum(counts["lamp"].values()) == 6 + 2 and all(counts["lamp"].values())
    carried = list((out / WORDS / "lamp").glob("*_nohash_1.wav"))
    assert len(carried) == 2, "half of those of training say it in a sentence"
    others = {clip.word for clip in dataset.clips} - {"lamp"}
    assert len(others) == 5 and "ramp" in others and "lamps" not in others
    said = list((out / NEGATIVES).glob("*_nohash_0.wav"))
    assert len(said) == 6, "a recording a speaker"
    assert all(soundfile.info(path).duration > 1 for path in said)
    speakers = {path.name.split("_nohash_")[0] for path in said}
    assert speakers == {clip.speaker for clip in dataset.clips_of("training", "lamp")} | {
        clip.speaker
        for split in ("validation", "testing")
        for clip in dataset.clips_of(split, "lamp")  # type: ignore[arg-type]
    }


def test_a_voice_is_in_one_split_of_words_and_of_sentences(tmp_path: Path) -> None:
    out = tmp_path / "speech"
    make_wake_speech(out, WakeSpeech(("lamp",), clips=12, near=0, others=1))
    dataset = build_dataset(DataConfig(wanted_words=("lamp",)), out / WORDS)
    split_of = {clip.speaker: clip.split for clip in dataset.clips}
    files = negative_files([str(out / NEGATIVES)])
    assert len(files.listed) == len(files.paths) == 12
    for path, split in files.listed.items():
        assert split_of[path.name.split("_nohash_")[0]] == split
    assert set(files.listed.values()) == set(SPLITS)


def test_music_has_tones_that_change(tmp_path: Path) -> None:
    music = make_music(RATE_HZ, np.random.default_rng(5))
    np.testing.assert_array_equal(music, make_music(RATE_HZ, np.random.default_rng(5)))
    assert music.size == 30 * RATE_HZ and 500 < np.std(music) < 6000
    seconds = np.abs(np.fft.rfft(music.reshape(30, -1) * np.hanning(RATE_HZ)))
    loudest = np.sort(seconds, axis=1)[:, ::-1]
    energy = np.square(loudest)
    assert (energy[:, :200].sum(axis=1) > 0.8 * energy.sum(axis=1)).all(), "few tones at a time"
    assert len(set(seconds.argmax(axis=1))) > 10
    out = tmp_path / "speech"
    make_wake_speech(out, WakeSpeech(("lamp",), clips=3, near=0, others=1))
    assert soundfile.info(out / WORDS / "_background_noise_" / "music.wav").duration == 30


def test_another_request_replaces_it_and_other_folders_are_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "speech"
    make_wake_speech(out, WANTED)
    assert make_wake_speech(out, WakeSpeech(("lamp",), clips=4, near=1, others=1))
    assert len(list((out / WORDS / "lamp").glob("*_nohash_0.wav"))) == 4
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "a.txt").write_text("mine")
    with pytest.raises(KwsError, match="holds something else"):
        make_wake_speech(mine, WANTED)
    assert (mine / "a.txt").read_text() == "mine"


def test_recorded_clips_train_and_alone_test(tmp_path: Path) -> None:
    people = record(
        tmp_path / "people",
        "lamp/anna_1.wav",
        "lamp/ben_1.wav",
        "lamp/cleo_1.wav",
        "cat/anna_1.wav",
    )
    noise = record(tmp_path, "street.wav") / "street.wav"
    out = tmp_path / "speech"
    make_wake_speech(out, WANTED, people, (noise,))
    assert (out / WORDS / "_background_noise_" / "street.wav").is_file()
    config = DataConfig(wanted_words=("lamp",), unknown_percentage=100.0)
    dataset = build_dataset(config, out / WORDS)
    tested = [Path(clip.path).name for clip in dataset.clips_of("testing", "lamp")]
    trained = [Path(clip.path).name for clip in dataset.clips_of("training", "lamp")]
    assert len(tested) == 1 and tested[0].startswith("own-")
    own = [clip for clip in dataset.clips_of("training", "lamp") if "/own-" in clip.path]
    assert len(own) == 6 < len(trained), "each as it is and at two other rates: as many as spoken"
    sounds = {soundfile.read(out / WORDS / clip.path)[0].tobytes() for clip in own}
    assert len(sounds) == 6 and len({clip.speaker for clip in own}) == 2
    assert not {clip.speaker for clip in own} & {
        clip.speaker for clip in dataset.clips_of("testing", "lamp")
    }
    assert not (out / WORDS / "cat").exists()


def test_what_was_spoken_without_recordings_is_not_spoken_again_with_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_wake_speech(tmp_path / "without", WANTED)
    before = {path.name: path.read_bytes() for path in (tmp_path / "without").rglob("*.wav")}

    def spoken_again(utterances: object) -> None:
        raise AssertionError(f"not from the cache: {utterances}")

    monkeypatch.setattr("kws.data.espeak.speak", spoken_again)
    people = record(tmp_path / "people", "lamp/anna_1.wav", "lamp/ben_1.wav")
    make_wake_speech(tmp_path / "with", WANTED, people)
    with_people = {path.name: path.read_bytes() for path in (tmp_path / "with").rglob("*.wav")}
    assert all(name.startswith("own-") or name in before for name in with_people)
    same = [name for name in with_people if with_people[name] == before.get(name)]
    assert len(same) >= len(before) - 3, "all but the tested ones, and noise made of speech"


def test_speakers_are_dealt_whole(tmp_path: Path) -> None:
    names = [
        f"lamp/{who}_{n}.wav" for who in ("anna", "ben", "cleo", "dora", "eve") for n in (1, 2)
    ]
    found = own_recordings(record(tmp_path, *names), ("lamp",))
    by_split = {
        split: {each.name.split("_")[0] for each in found if each.split == split}
        for split in ("training", "testing")
    }
    assert len(by_split["testing"]) == 2 and len(by_split["training"]) == 3
    assert not by_split["testing"] & by_split["training"]


def test_one_speaker_is_divided_by_clip(tmp_path: Path) -> None:
    folder = record(tmp_path, *(f"lamp/anna_{n}.wav" for n in range(5)))
    found = own_recordings(folder, ("lamp",))
    assert sorted(each.split for each in found) == ["testing"] * 2 + ["training"] * 3
    with pytest.raises(KwsError, match="no recording of door") as caught:
        own_recordings(folder, ("lamp", "door"))
    assert "door/anna_1.wav" in caught.value.hint


def test_sentences_have_no_wanted_word_in_them() -> None:
    spoken = sounds_of(["lamp", "too"])
    words = words_without(("lamp", "too"), spoken, known.vocabulary())
    assert {each.text for each in words} == {"lump", "ramp", "window", "very", "zebra", "camera"}
    made = sentences(words, np.random.default_rng(1))
    texts = [next(made) for _ in range(50)]
    assert all(4 <= len(text.split()) <= 9 for text in texts)
    assert {word for text in texts for word in text.split()} == {each.text for each in words}


def test_a_language_without_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "_frequencies", lambda _: {})
    known.vocabulary.cache_clear()
    with pytest.raises(KwsError, match="no words of cy") as caught:
        make_wake_speech(tmp_path / "new", WakeSpeech(("llew",), 3, language="cy", near=0))
    assert "mcu-kws[wake]" in caught.value.hint
    assert not (tmp_path / "new").exists()


def test_other_languages_are_spoken_by_those_that_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Flite, "missing", lambda _: None)
    out = tmp_path / "speech"
    make_wake_speech(out, WakeSpeech(("lampe",), 3, language="de", near=0, others=2))
    assert len(list((out / WORDS / "lampe").glob("de-*_0.wav"))) == 3
    with pytest.raises(KwsError, match="flite has no voice here that speaks de"):
        make_wake_speech(
            tmp_path / "new", WakeSpeech(("lampe",), 3, ("espeak", "flite"), language="de")
        )


def test_few_voices_do_not_speak_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    from kws.data import casting
    from tests.data.test_engines import Beeper

    monkeypatch.setattr(casting, "engine_of", lambda *_: Beeper())
    monkeypatch.setattr(Beeper, "mixes", False)
    names = ("espeak", "beeper")
    for most, beeped in ((None, 100), (4, 40)):
        speakers = cast_speakers(200, np.random.default_rng(0), names, most)
        assert sum(each.engine == "beeper" for each in speakers) == pytest.approx(beeped, abs=3)
        assert len({each.name for each in speakers}) == 200


def test_the_command(tmp_path: Path) -> None:
    command = ["wake-speech", str(tmp_path / "new"), "--words", "lamp", "--clips-per-word", "3"]
    result = CliRunner().invoke(data_app, command)
    assert result.exit_code == 0, result.output
    assert "new made" in result.stdout
    assert (tmp_path / "new" / WORDS / "lamp").is_dir()
