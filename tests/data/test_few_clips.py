# SPDX-License-Identifier: Apache-2.0
"""What the data step does for few recordings: other words, shares, passes; and that it says so."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kws.architectures.speech_start import SPEECH
from kws.config.schema import Config, DataConfig, FewClipsConfig, TrainingConfig, load_config
from kws.data import (
    Dataset,
    build_dataset,
    evaluation_clips,
    for_few_clips,
    load_dataset,
)
from kws.data.casting import speakers_of
from kws.data.engines import Engine
from kws.data.engines.kokoro import Kokoro
from kws.data.epoch import drawn_clips
from kws.data.few_clips import few_clips_words, with_other_words
from kws.data.splits import SPLITS
from kws.data.spoken import (
    OTHER_VOICES,
    OTHER_WORDS_EACH,
    SPEAKERS,
    WORDS,
    WORDS_EACH,
    spoken_audio,
    spoken_words,
)
from kws.run.pipeline import Pipeline
from kws_codegen.base.errors import KwsError
from tests.support.epochs import whole_epoch
from tests.support.recordings import make_folder

CONFIG = Config(data=DataConfig(wanted_words=("yes", "no")))
FOUR = ("yes", "no", "cat", "dog")


@pytest.fixture(scope="module", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KWS_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Wanted words and nothing else: 16 clips to train on."""
    return make_folder(tmp_path_factory.mktemp("alone"), words=("yes", "no"))


def built(root: Path, config: Config = CONFIG) -> Dataset:
    return with_other_words(build_dataset(config.data, root), config)


def test_other_words_are_spoken_where_there_are_none(alone: Path, tmp_path: Path) -> None:
    dataset = built(alone)
    assert dataset.voices == ("espeak",)
    unknown = dataset.counts()["_unknown_"]
    assert sum(unknown.values()) == SPEAKERS * WORDS_EACH
    assert all(unknown[split] > 50 for split in SPLITS)
    assert any(warning.startswith("no other words: 2880 spoken") for warning in dataset.warnings)
    dataset.save(tmp_path / "dataset.json")
    assert load_dataset(tmp_path / "dataset.json") == dataset

    config = for_few_clips(CONFIG, dataset)
    samples, labels = whole_epoch(dataset, config, 0, 1)
    assert np.bincount(labels).tolist() == [16, 96, 16, 16], "each wanted word spoken 8 times"
    assert np.abs(samples[labels == 1]).max(axis=1).min() > 1000, "each is heard"
    _, labels, names = evaluation_clips(dataset, config, "testing")
    spoken = [name for name in names if name.startswith("_spoken_/")]
    assert len(spoken) == np.bincount(labels)[1] == 4


def test_recordings_stay_on_disk_beside_spoken_words(alone: Path) -> None:
    dataset = built(alone)
    audio = dataset.audio(CONFIG)
    assert isinstance(audio.clips, np.memmap)
    clips, paths = spoken_audio(
        CONFIG.data.wanted_words, dataset.voices, 16_000, CONFIG.clip_samples
    )
    recorded = next(clip.path for clip in dataset.clips if clip.path not in paths)
    both = audio.read([audio.rows[paths[7]], audio.rows[recorded]])
    assert np.array_equal(both, [clips[7], audio.clips[audio.rows[recorded]]]) and both.any(1).all()
    assert np.array_equal(audio.clip(paths[7]), clips[7])


def test_list_of_words_that_are_said_no_more_is_refused(alone: Path) -> None:
    dataset = built(alone)
    gone = replace(dataset.clips[0], path="_spoken_/after/nobody-en-000")
    with pytest.raises(KwsError, match="says other words now than when the recordings were"):
        replace(dataset, clips=(*dataset.clips, gone)).audio(CONFIG)


def test_wanted_words_are_spoken_for_training_only() -> None:
    wanted = ("yes", "Tree", "...", "x" * 30)
    said = spoken_words(wanted)
    words = {word for word, _ in said}
    assert words <= set(WORDS) - {"tree"} | {"Tree"} and len(words) > 0.9 * len(WORDS)
    assert len({speaker.name for _, speaker in said}) == SPEAKERS
    others = [(word, speaker) for word, speaker in said if word not in wanted]
    assert Counter(speaker.split for _, speaker in others)["training"] == 90 * WORDS_EACH
    by_wanted = Counter((w, speaker.split) for w, speaker in said if w in wanted)
    assert by_wanted == {("yes", "training"): 90, ("Tree", "training"): 90}


def test_spoken_wanted_words_do_not_make_a_folder_look_rich(alone: Path) -> None:
    dataset = built(alone)
    assert dataset.wanted_count("training") == 32
    used = for_few_clips(CONFIG, dataset)
    assert few_clips_words(CONFIG, used, dataset).startswith("16 clips of wanted words")
    assert for_few_clips(replace(CONFIG, few_clips=FewClipsConfig(below_clips=16)), dataset) == (
        replace(CONFIG, few_clips=FewClipsConfig(below_clips=16))
    )


def test_spoken_words_are_the_same_each_time_and_follow_the_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kws.data.spoken.SPEAKERS", 3)
    first, paths = spoken_audio.__wrapped__(("yes",), ("espeak",), 8000, 6000)
    assert first.shape == (len(paths), 6000) and first.dtype == np.int16
    monkeypatch.setenv("KWS_CACHE_DIR", str(tmp_path))
    again, _ = spoken_audio.__wrapped__(("yes",), ("espeak",), 8000, 6000)
    assert np.array_equal(first, again)


def test_no_synthesiser_is_said_before_anything_is_trained(
    alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KWS_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr("sys.executable", "/bin/false")
    spoken_audio.cache_clear()
    pipeline = Pipeline.create(tmp_path / "run", CONFIG)
    with pytest.raises(KwsError, match="espeak-ng cannot be used: exit status 1, and it") as fault:
        pipeline.data(alone)
    assert "--set data.speak_other_words=false" in fault.value.hint
    assert "pip install --force-reinstall espeakng-loader" in fault.value.hint
    assert not pipeline.run.config.exists()


def test_other_words_of_the_folder_are_enough(tmp_path: Path) -> None:
    """As many clips to train on as of wanted words, or many of both."""
    assert not built(make_folder(tmp_path / "as many", words=FOUR)).voices
    root = make_folder(tmp_path / "fewer")
    assert not built(root, replace(CONFIG, few_clips=FewClipsConfig(below_clips=16))).voices


class Hum(Engine):
    """A synthesiser whose every word is a hum."""

    name = "flite"

    def missing(self) -> str | None:
        return None

    def identity(self) -> str:
        return "hum 1"

    def voices(self, language: str = "en") -> list[str]:
        return ["low", "high"] if language == "en" else []

    def say(self, text: str, voice: str, speed: float) -> tuple[np.ndarray, int]:
        place = np.arange(int(16_000 * (0.2 + 0.01 * len(text)) / speed))
        hertz = 150 if voice == "low" else 300
        return (9000 * np.sin(2 * np.pi * hertz * place / 16_000)).astype(np.int16), 16_000


SEVERAL = replace(CONFIG, few_clips=FewClipsConfig(voices=("flite", "kokoro")))


@pytest.fixture
def hum(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """flite is here and hums; Kokoro is not."""
    monkeypatch.setattr("kws.data.engines._ENGINES", (Hum, Kokoro))
    monkeypatch.setenv("KWS_VOICES_DIR", str(tmp_path / "none"))


@pytest.mark.usefixtures("hum")
def test_voices_that_are_here_speak_too_and_in_training_alone(alone: Path) -> None:
    dataset = built(alone, SEVERAL)
    assert dataset.voices == ("espeak", "flite")
    (warning,) = [w for w in dataset.warnings if "synthesiser" in w]
    assert "synthesisers (espeak, flite)" in warning
    assert "are not here: kokoro (docs/how-to/few-recordings.md)" in warning
    hummed = [clip for clip in dataset.clips if "/flite-" in clip.path]
    assert {clip.split for clip in hummed} == {"training"}
    found = Counter(clip.label for clip in hummed)
    others = OTHER_VOICES * OTHER_WORDS_EACH
    assert found == {"yes": OTHER_VOICES, "no": OTHER_VOICES, "_unknown_": others}
    samples, labels = whole_epoch(dataset, for_few_clips(SEVERAL, dataset), 0, 1)
    assert np.bincount(labels).tolist() == [16, 96, 16, 16], "a share of what is recorded"
    assert np.abs(samples[labels == 1]).max(axis=1).min() > 1000, "each is heard"


def test_voices_that_can_be_mixed_are_once_each_has_spoken() -> None:
    class Choir(Hum):
        mixes = True

    speakers = speakers_of(Choir(), 5, np.random.default_rng(1))
    assert [each.voice for each in speakers[:2]] == ["low", "high"]
    assert all("+" in each.voice for each in speakers[2:])
    assert {(each.engine, each.split) for each in speakers} == {("flite", "training")}
    assert len({each.name for each in speakers}) == 5


@pytest.mark.usefixtures("hum")
def test_voices_speak_beside_recorded_other_words(tmp_path: Path) -> None:
    root = make_folder(tmp_path / "as many", words=FOUR)
    dataset = built(root, SEVERAL)
    assert dataset.voices == ("espeak", "flite")
    config = replace(SEVERAL, data=replace(SEVERAL.data, unknown_percentage=40.0))
    drawn = drawn_clips(dataset, config, np.random.default_rng(1))
    spoken = Counter(
        (clip.label == "_unknown_", clip.path.startswith("_spoken_")) for clip in drawn
    )
    assert spoken == {(False, False): 16, (False, True): 16, (True, False): 13, (True, True): 13}


@pytest.mark.usefixtures("hum")
def test_voices_take_turns_and_are_drawn_afresh(alone: Path) -> None:
    config = replace(SEVERAL, data=replace(SEVERAL.data, spoken_percentage=150.0))
    dataset = built(alone, config)
    assert dataset.spoken_counts() == {"yes": 12, "no": 12}
    assert dataset.wanted_count("training") == 16 + 24
    epochs = [drawn_clips(dataset, config, np.random.default_rng(seed)) for seed in (1, 2)]
    paths = [{c.path for c in clips if c.label == "yes"} for clips in epochs]
    assert len(paths[0]) == len(paths[1]) == 8 + 12
    assert len(paths[0] & paths[1]) < 8 + 12, "other ones in each epoch"
    for label, count in (("yes", 12), ("_unknown_", 4)):
        spoken = [c.path for c in epochs[0] if c.label == label and c.path.startswith("_spoken_")]
        assert len(spoken) == count
        assert sum("/flite-" in path for path in spoken) == count // 2


def test_wanted_words_that_no_voice_can_say_are_left_to_people(alone: Path) -> None:
    config = replace(CONFIG, data=replace(CONFIG.data, spoken_percentage=0.0))
    dataset = built(alone, config)
    assert dataset.voices and dataset.spoken_counts().total() == 0
    assert {clip.label for clip in dataset.clips if clip.path.startswith("_spoken_")} == {
        "_unknown_"
    }


def test_a_spoken_word_is_not_said_more_often_than_there_are_voices(alone: Path) -> None:
    config = replace(CONFIG, data=replace(CONFIG.data, spoken_percentage=10_000.0))
    assert built(alone, config).spoken_counts() == {"yes": 90, "no": 90}


def test_few_other_words_are_helped_in_training_alone(tmp_path: Path) -> None:
    """Recorded ones stay what is tested."""
    dataset = built(make_folder(tmp_path))
    assert dataset.voices
    assert dataset.counts()["_unknown_"] == {
        "training": 8 + 90 * WORDS_EACH, "validation": 2, "testing": 2,
    }  # fmt: skip
    (warning,) = [w for w in dataset.warnings if "synthesiser" in w]
    assert warning.startswith("only 8 clips of other words to train on: 2160 spoken by ")
    _, _, names = evaluation_clips(dataset, for_few_clips(CONFIG, dataset), "testing")
    assert not any(name.startswith("_spoken_/") for name in names)
    drawn = drawn_clips(dataset, for_few_clips(CONFIG, dataset), np.random.default_rng(1))
    others = [clip.path.startswith("_spoken_/") for clip in drawn if clip.label == "_unknown_"]
    assert others == [False] * 8 + [True] * 96, "all recorded ones in every epoch"


def test_no_unknown_class_is_wanted(alone: Path) -> None:
    config = replace(CONFIG, data=replace(CONFIG.data, unknown_percentage=0.0))
    dataset = built(alone, config)
    assert not dataset.voices and not any("other words" in w for w in dataset.warnings)
    assert for_few_clips(config, dataset).data.unknown_percentage == 0


def test_without_other_words_the_data_step_warns(alone: Path) -> None:
    config = replace(CONFIG, data=replace(CONFIG.data, speak_other_words=False))
    dataset = built(alone, config)
    assert not dataset.voices
    assert any("little teaches the model" in warning for warning in dataset.warnings)


def test_few_clips_get_larger_shares_and_as_many_passes_as_make_the_steps(tmp_path: Path) -> None:
    dataset = built(make_folder(tmp_path, words=FOUR))
    used = for_few_clips(CONFIG, dataset)
    assert (used.data.unknown_percentage, used.data.silence_percentage) == (300, 50)
    # 16 wanted, 16 of other words, 8 silence: two steps of 32 an epoch.
    assert (used.training.batch_size, used.training.epochs) == (32, 600)
    assert for_few_clips(used, dataset) == used
    assert few_clips_words(CONFIG, used, dataset) == (
        "16 clips of wanted words to train on are few: data.unknown_percentage 300 instead of 10, "
        "data.silence_percentage 50 instead of 10, training.batch_size 32 instead of 64, "
        "training.epochs 600 instead of 60 ([few_clips] in the configuration). --config few starts "
        "from a network that knows many words (training.start = speech)"
    )


def test_preset_few_starts_from_shipped_weights_for_larger_folders_too(tmp_path: Path) -> None:
    few = load_config(Path("few"))
    assert few.few_clips.below_clips > CONFIG.few_clips.below_clips
    dataset = built(make_folder(tmp_path, words=FOUR))
    used = for_few_clips(replace(few, data=CONFIG.data), dataset)
    assert used.training.epochs == 1200, "16 wanted, 7 of other words, 8 silence: a step an epoch"
    assert used.training.start == SPEECH


def test_stronger_values_stay(tmp_path: Path) -> None:
    dataset = built(make_folder(tmp_path, words=FOUR))
    strong = replace(
        CONFIG,
        data=replace(CONFIG.data, unknown_percentage=300.0, silence_percentage=60.0),
        training=TrainingConfig(batch_size=8, epochs=900),
    )
    assert for_few_clips(strong, dataset) == strong
    assert few_clips_words(strong, strong, dataset) == ""


@pytest.mark.parametrize("below", [0, 16])
def test_enough_clips_change_nothing(tmp_path: Path, below: int) -> None:
    config = replace(CONFIG, few_clips=FewClipsConfig(below_clips=below))
    assert for_few_clips(config, built(make_folder(tmp_path, words=FOUR))) is config


def test_data_step_says_what_it_changes_and_keeps_it_in_the_run(
    alone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline = Pipeline.create(tmp_path / "run", CONFIG)
    pipeline.data(alone)
    shown = capsys.readouterr()
    words = " ".join(shown.err.split())
    assert "warning: no other words: 2880 spoken" in words
    assert "data.unknown_percentage 300 instead of 10" in words
    assert ["_unknown_", "96", "4", "4"] in [line.split() for line in shown.out.splitlines()]
    used = load_config(pipeline.run.config)
    assert used == pipeline.config == for_few_clips(CONFIG, pipeline.dataset())

    again = Pipeline.create(tmp_path / "run", CONFIG)
    again.data(alone)
    assert "data: unchanged, skipped" in capsys.readouterr().err
    assert again.config == used


def test_preset_few_counts_other_words_as_so_many_however_many_train(tmp_path: Path) -> None:
    few = load_config(Path("few"))
    dataset = built(make_folder(tmp_path, words=FOUR))
    used = for_few_clips(replace(few, data=CONFIG.data), dataset)
    assert used.training.unknown_prior == few.few_clips.unknown_prior > 0
    assert for_few_clips(used, dataset) == used
    own = replace(few.training, unknown_prior=70.0)
    assert for_few_clips(replace(few, training=own), dataset).training.unknown_prior == 70.0
