# SPDX-License-Identifier: Apache-2.0
"""Evaluation clips and training epochs: mixing, shifting, silence, choice, determinism."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kws.config.schema import Config, DataConfig
from kws.data import (
    Dataset,
    build_dataset,
    build_evaluation_dataset,
    evaluation_clips,
    load_clip,
    load_dataset,
)
from kws.data.audio import to_int16
from kws.data.cache import AudioCache
from kws.data.noise import NoiseSource
from kws_codegen.base.errors import KwsError
from tests.support.epochs import whole_epoch
from tests.support.recordings import RATE_HZ, SPEAKERS, make_folder, tone, write

# 8 training, 2 validation and 2 testing speakers; 2 wanted words: 16, 4 and 4 wanted clips.
PLAIN = DataConfig(
    wanted_words=("yes", "no"),
    silence_percentage=25.0,
    unknown_percentage=50.0,
    background_frequency=0.0,
    time_shift_ms=0,
)
SILENCE, UNKNOWN, YES, NO = range(4)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folder(tmp_path_factory.mktemp("words"), words=("yes", "no", "cat", "dog"))


@pytest.fixture(autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KWS_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "cache"))


def prepared(root: Path, data: DataConfig = PLAIN) -> tuple[Dataset, Config]:
    return build_dataset(data, root), Config(data=data)


def is_among(clip: np.ndarray, recordings: list[np.ndarray]) -> bool:
    return any(np.array_equal(clip, recording) for recording in recordings)


@pytest.mark.parametrize("most", [1, 5, 99])
def test_some_clips_are_those_of_all(root: Path, most: int) -> None:
    """Also those of silence, and in the same order."""
    dataset, config = prepared(root)
    samples, labels, names = evaluation_clips(dataset, config, "all")
    some, some_labels, some_names = evaluation_clips(dataset, config, "all", most, seed=3)
    rows = np.sort(np.random.default_rng(3).permutation(len(names))[:most])
    np.testing.assert_array_equal(some, samples[rows])
    np.testing.assert_array_equal(some_labels, labels[rows])
    assert some_names == [names[row] for row in rows]


def test_evaluation_clips_are_the_recordings(root: Path) -> None:
    dataset, config = prepared(root)
    samples, labels, names = evaluation_clips(dataset, config, "testing")
    assert samples.shape == (4 + 2 + 1, RATE_HZ)
    assert samples.dtype == np.int16
    assert np.bincount(labels).tolist() == [1, 2, 2, 2]
    for clip, label, name in zip(samples, labels, names, strict=True):
        if label != SILENCE:
            assert np.array_equal(clip, load_clip(root / name, RATE_HZ))
            assert name.split("/")[1].startswith(("speaker10", "speaker11"))
    assert names[:-1] == sorted(names[:-1])
    assert names[-1].startswith("_background_noise_/hiss.wav from sample ")


@pytest.mark.parametrize("split", ["training", "validation", "testing", "all"])
def test_evaluation_is_the_same_every_time(root: Path, tmp_path: Path, split: str) -> None:
    dataset, config = prepared(root)
    first = evaluation_clips(dataset, config, split)  # type: ignore[arg-type]
    dataset.save(tmp_path / "dataset.json")
    again = evaluation_clips(load_dataset(tmp_path / "dataset.json"), config, split)  # type: ignore[arg-type]
    assert np.array_equal(first[0], again[0])
    assert np.array_equal(first[1], again[1])
    assert first[2] == again[2]


def test_all_is_the_three_splits_together(root: Path) -> None:
    dataset, config = prepared(root)
    parts = [evaluation_clips(dataset, config, s) for s in ("training", "validation", "testing")]
    samples, labels, names = evaluation_clips(dataset, config, "all")
    assert np.array_equal(samples, np.concatenate([part[0] for part in parts]))
    assert np.array_equal(labels, np.concatenate([part[1] for part in parts]))
    assert names == [name for part in parts for name in part[2]]


def test_percentages_are_of_the_wanted_clips_rounded_up(root: Path) -> None:
    data = replace(PLAIN, silence_percentage=26.0, unknown_percentage=0.0)
    dataset, config = prepared(root, data)
    labels = evaluation_clips(dataset, config, "training")[1]
    assert np.bincount(labels, minlength=4).tolist() == [5, 0, 8, 8]


def test_empty_split_is_an_error(root: Path) -> None:
    dataset, config = prepared(root)
    only_training = replace(dataset, clips=dataset.clips_of("training"))
    with pytest.raises(KwsError, match=r"the testing split of .* has no clips"):
        evaluation_clips(only_training, config, "testing")
    with pytest.raises(KwsError, match=r"the training split of .* has no clips"):
        whole_epoch(replace(dataset, clips=dataset.clips_of("testing")), config, 0, 0)


def test_foreign_folder_is_evaluated_whole(tmp_path: Path) -> None:
    """Every clip of every word, though it has none of the wanted words."""
    foreign = make_folder(tmp_path, words=("house", "tree"), noise_seconds=0)
    config = Config(data=PLAIN)
    dataset = build_evaluation_dataset(PLAIN, foreign)
    _, labels, _ = evaluation_clips(dataset, config, "all")
    assert labels.tolist() == [UNKNOWN] * 2 * len(SPEAKERS)


def test_recorded_silence_counts_towards_the_percentage(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, words=("yes", "no", "_silence_"))
    dataset, config = prepared(folder)
    _, labels, names = evaluation_clips(dataset, config, "testing")
    recorded = [name for name in names if name.startswith("_silence_/")]
    assert len(recorded) == 2
    assert (labels == SILENCE).sum() == 2, "1 is asked for, 2 are recorded, none is cut from noise"


def test_epoch_without_augmentation_is_the_recordings(root: Path) -> None:
    dataset, config = prepared(root)
    samples, labels = whole_epoch(dataset, config, 0, 1)
    assert np.bincount(labels).tolist() == [4, 8, 8, 8]
    for label, word in ((YES, "yes"), (NO, "no")):
        recordings = [
            load_clip(root / word / f"{speaker}_nohash_0.wav", RATE_HZ) for speaker in SPEAKERS[:8]
        ]
        clips = samples[labels == label]
        assert len({clip.tobytes() for clip in clips}) == 8, "each once"
        assert all(is_among(clip, recordings) for clip in clips)


def test_epoch_is_a_pure_function(root: Path) -> None:
    data = replace(PLAIN, background_frequency=0.8, time_shift_ms=100)
    dataset, config = prepared(root, data)
    wanted = whole_epoch(dataset, config, 3, 7)
    whole_epoch(dataset, config, 4, 7)
    np.random.seed(0)  # a global generator has no say
    again = whole_epoch(dataset, config, 3, 7)
    assert np.array_equal(wanted[0], again[0])
    assert np.array_equal(wanted[1], again[1])
    for epoch, seed in ((4, 7), (3, 8)):
        other = whole_epoch(dataset, config, epoch, seed)
        assert other[0].shape == wanted[0].shape
        assert not np.array_equal(wanted[0], other[0])


def test_unknown_words_are_drawn_afresh(root: Path) -> None:
    dataset, config = prepared(root)
    drawn = []
    for epoch in range(3):
        samples, labels = whole_epoch(dataset, config, epoch, 0)
        drawn.append({clip.tobytes() for clip in samples[labels == UNKNOWN]})
    assert all(len(clips) == 8 for clips in drawn), "no clip twice in an epoch"
    assert len(set.union(*drawn)) > 8


def test_time_shift(root: Path) -> None:
    data = replace(PLAIN, time_shift_ms=100, wanted_words=("yes",), unknown_percentage=0.0)
    dataset, config = prepared(root, data)
    recordings = [
        load_clip(root / "yes" / f"{speaker}_nohash_0.wav", RATE_HZ) for speaker in SPEAKERS[:8]
    ]
    shifts = []
    for epoch in range(10):
        samples, labels = whole_epoch(dataset, config, epoch, 0)
        for clip in samples[labels == YES]:
            shifts.append(shift_of(clip, recordings))
    assert min(shifts) < -800
    assert max(shifts) > 800
    assert all(abs(shift) <= 1600 for shift in shifts)


def shift_of(clip: np.ndarray, recordings: list[np.ndarray]) -> int:
    """How far `clip` is one of `recordings` moved later, with zeros in the gap; fails if none."""
    for recording in recordings:
        middle = clip[4000:4400]
        windows = np.lib.stride_tricks.sliding_window_view(recording[2000:6400], 400)
        for start in np.flatnonzero((windows == middle).all(axis=1)):
            shift = 2000 - int(start)
            moved = np.zeros_like(recording)
            if shift >= 0:
                moved[shift:] = recording[: recording.size - shift]
            else:
                moved[:shift] = recording[-shift:]
            if np.array_equal(moved, clip):
                return shift
    raise AssertionError("not a shifted recording")


def test_background_noise_frequency_and_volume(root: Path) -> None:
    data = replace(PLAIN, background_frequency=0.75, background_volume=0.1, silence_percentage=0)
    dataset, config = prepared(root, data)
    recordings = {
        load_clip(root / clip.path, RATE_HZ).tobytes() for clip in dataset.clips_of("training")
    }
    spectra, mixed, total = [], 0, 0
    for epoch in range(20):
        samples, _ = whole_epoch(dataset, config, epoch, 0)
        for clip in samples:
            total += 1
            if clip.tobytes() not in recordings:
                mixed += 1
                spectrum = np.abs(np.fft.rfft(clip.astype(float) * np.hanning(RATE_HZ)))
                spectra.append(np.sqrt(np.mean(spectrum[4000:7000] ** 2)))
    assert mixed / total == pytest.approx(0.75, abs=0.08)
    # The noise has a standard deviation of 0.05 of full scale, at up to a tenth of its volume.
    level = np.array(spectra) / np.sqrt(np.sum(np.hanning(RATE_HZ) ** 2)) / 32768
    assert level.max() == pytest.approx(0.1 * 0.05, rel=0.1)
    assert np.median(level) == pytest.approx(0.05 * 0.05, rel=0.25)


def test_loud_mixture_is_clipped_not_wrapped(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, words=("yes",), noise_seconds=0, lists=False)
    for speaker in SPEAKERS:
        write(folder / "yes" / f"{speaker}_nohash_0.wav", np.full(RATE_HZ, 0.99))
    write(folder / "_background_noise_" / "dc.wav", np.full(20 * RATE_HZ, 0.99))
    data = replace(
        PLAIN, wanted_words=("yes",), background_frequency=1.0, background_volume=1.0,
        silence_percentage=0.0,
    )  # fmt: skip
    dataset, config = prepared(folder, data)
    samples, _ = whole_epoch(dataset, config, 0, 0)
    assert samples.max() == 32767
    assert samples.min() > 0


def stepped_noise(seconds: int) -> AudioCache:
    """A noise recording whose samples say where they are: the 10 ms they lie in, plus 1."""
    noise = (np.arange(seconds * RATE_HZ) // 160 + 1).astype(np.int16)
    return AudioCache(np.zeros((0, RATE_HZ), np.int16), {}, {}, {}, noise, {"n": (0, noise.size)})


@pytest.mark.parametrize(
    ("split", "first_s", "last_s"),
    [("training", 0, 16), ("validation", 16, 18), ("testing", 18, 20)],
)
def test_each_split_has_its_own_stretch_of_noise(split: str, first_s: float, last_s: float) -> None:
    source = NoiseSource(stepped_noise(20), split, RATE_HZ)  # type: ignore[arg-type]
    cuts = source.cuts(300, np.random.default_rng(0))
    assert cuts.values.shape == (300, RATE_HZ)
    assert cuts.values.min() >= 100 * first_s + 1
    assert cuts.values.max() <= 100 * last_s
    assert cuts.values.max() - cuts.values.min() > 80 * (last_s - first_s), "from all over it"
    for start, values in zip(cuts.starts, cuts.values, strict=True):
        assert values[0] == start // 160 + 1


def test_short_noise_is_for_training_if_there_is_longer_noise() -> None:
    long, short = stepped_noise(20).noise, np.full(RATE_HZ, -5, np.int16)
    spans = {"long": (0, long.size), "short": (long.size, long.size + short.size)}
    audio = replace(stepped_noise(20), noise=np.concatenate([long, short]), noise_spans=spans)
    random = np.random.default_rng(0)
    assert set(NoiseSource(audio, "training", RATE_HZ).cuts(50, random).files) == {"long", "short"}
    assert set(NoiseSource(audio, "testing", RATE_HZ).cuts(50, random).files) == {"long"}


def test_noise_shorter_than_a_clip_is_repeated() -> None:
    noise = np.arange(1, 101, dtype=np.int16)
    audio = replace(stepped_noise(1), noise=noise, noise_spans={"n": (0, 100)})
    for split in ("training", "testing"):
        cuts = NoiseSource(audio, split, RATE_HZ).cuts(2, np.random.default_rng(0))  # type: ignore[arg-type]
        assert np.array_equal(cuts.values[0], np.tile(noise, 160))


def test_silence_is_noise_at_a_random_volume() -> None:
    source = NoiseSource(stepped_noise(20), "training", RATE_HZ)
    random = np.random.default_rng(0)
    samples, names = source.silence(200, random)
    again, _ = source.silence(200, np.random.default_rng(0))
    assert np.array_equal(samples, again)
    volumes = np.array([float(name.rsplit(" ", 1)[1]) for name in names])
    assert volumes.min() < 0.05
    assert volumes.max() > 0.95
    starts = [int(name.split(" ")[3]) for name in names]
    for clip, start, volume in zip(samples, starts, volumes, strict=True):
        noise = stepped_noise(20).noise[start : start + RATE_HZ]
        assert np.abs(clip - to_int16(noise * volume)).max() <= 2, "the name rounds the volume"


def test_silence_without_noise_recordings_is_faint(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, noise_seconds=0)
    dataset, config = prepared(folder, replace(PLAIN, background_frequency=1.0))
    samples, labels = whole_epoch(dataset, config, 0, 0)
    silence = samples[labels == SILENCE]
    assert len(silence) == 4
    assert 0 < np.abs(silence).max() < 200
    recordings = [load_clip(folder / clip.path, RATE_HZ) for clip in dataset.clips]
    assert all(is_among(clip, recordings) for clip in samples[labels != SILENCE]), "none mixed"
    names = evaluation_clips(dataset, config, "testing")[2]
    assert names[-1].startswith("faint white noise")


def test_long_and_short_recordings_become_clips(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, words=("yes", "no"))
    ten_seconds = np.zeros(10 * RATE_HZ)
    ten_seconds[7 * RATE_HZ : 7 * RATE_HZ + 4000] = 0.5
    write(folder / "yes" / "speaker11_nohash_0.wav", ten_seconds)
    write(folder / "no" / "speaker11_nohash_0.wav", tone(0.3))
    dataset, config = prepared(folder)
    samples, _, names = evaluation_clips(dataset, config, "testing")
    found = dict(zip(names, samples, strict=True))
    assert (found["yes/speaker11_nohash_0.wav"] == 16384).sum() == 4000
    assert not found["no/speaker11_nohash_0.wav"][4800:].any()


def test_epoch_is_fast(tmp_path: Path) -> None:
    """4,000 clips in well under the 10 s that an epoch of training takes; idle: below 1 s."""
    folder = make_folder(tmp_path, words=("yes", "no", "cat"), lists=False)
    config = Config(data=replace(PLAIN, background_frequency=0.8, time_shift_ms=100))
    dataset = build_dataset(config.data, folder)
    clips = [clip for clip in dataset.clips if clip.split == "training"]
    dataset = replace(dataset, clips=tuple(clips * (4000 // len(clips))))
    whole_epoch(dataset, config, 0, 0)
    start = time.process_time()
    samples, _ = whole_epoch(dataset, config, 1, 0)
    assert len(samples) > 3000
    assert time.process_time() - start < 3
