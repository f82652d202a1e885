# SPDX-License-Identifier: Apache-2.0
"""Negatives: which files, which split, cuts; and that training hears them as unknown words."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kws.config.schema import Config, DataConfig
from kws.data import build_dataset
from kws.data.negatives import Negatives, load_negatives, negative_files
from kws.data.splits import SPLITS
from kws.data.stretch import Stretch
from kws_codegen.base.errors import KwsError
from tests.support.epochs import whole_epoch
from tests.support.recordings import RATE_HZ, make_folder, write

UNKNOWN = 1


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KWS_CACHE_DIR", str(tmp_path / "cache"))


def ramp(seconds: float, first: int = 0) -> np.ndarray:
    """Samples that say where they are, in steps of 10 ms; int16 values as full scale 1."""
    return (np.arange(round(seconds * RATE_HZ)) // 160 + 1 + first) / 32768


def stream(config: DataConfig) -> dict[str, np.ndarray]:
    return {split: np.asarray(load_negatives(config, split, RATE_HZ).stream) for split in SPLITS}


def test_a_long_recording_is_divided_in_time(tmp_path: Path) -> None:
    path = write(tmp_path / "speech.flac", ramp(100))
    found = stream(DataConfig(negatives=(str(path),)))
    assert [found[split].size / RATE_HZ for split in SPLITS] == [80, 10, 10]
    assert found["training"].max() <= 8000 < found["validation"].min()
    assert found["validation"].max() <= 9000 < found["testing"].min()


def test_short_recordings_are_dealt_whole_by_the_hash_of_their_name(tmp_path: Path) -> None:
    for number in range(40):
        write(tmp_path / "neg" / "deep" / f"{number}wake.wav", np.full(1600, (number + 1) / 100))
    write(tmp_path / "neg" / ".hidden" / "no.wav", ramp(1))
    config = DataConfig(negatives=(str(tmp_path / "neg"),))
    found = stream(config)
    values = {split: set(np.unique(samples).tolist()) for split, samples in found.items()}
    assert sum(map(len, values.values())) == 40, "each in one split"
    assert all(values.values())
    assert len(values["training"]) > 24
    for number in range(40):
        (tmp_path / "neg" / "deep" / f"{number}wake.wav").rename(
            tmp_path / "neg" / f"anna_{number}.wav"
        )
    assert sorted(s.size > 0 for s in stream(config).values()) == [False, False, True], "a speaker"


def test_lists_in_a_folder_divide_its_recordings(tmp_path: Path) -> None:
    folder = tmp_path / "neg"
    lengths = {"deep/long.wav": 70, "b.wav": 1, "c.wav": 2, "d.wav": 3}
    for number, (name, seconds) in enumerate(lengths.items()):
        write(folder / name, ramp(seconds, first=10_000 * number))
    (folder / "testing_list.txt").write_text("deep/long.wav\nb.wav\n")
    (folder / "validation_list.txt").write_text("c.wav\n")
    config = DataConfig(negatives=(str(folder),))
    found = {split: samples.size / RATE_HZ for split, samples in stream(config).items()}
    assert found == {"training": 3, "validation": 2, "testing": 71}
    assert len(load_negatives(config, "testing", RATE_HZ).short) == 1, "a long one is cut anywhere"
    (folder / "validation_list.txt").write_text("")
    assert stream(config)["training"].size == 5 * RATE_HZ, "other lists, other splits"
    (folder / "validation_list.txt").write_text("b.wav\n")
    with pytest.raises(KwsError, match=r"share 1 clips, for example b\.wav"):
        negative_files(config.negatives)


def test_changed_file_is_read_again(tmp_path: Path) -> None:
    path = write(tmp_path / "speech.wav", ramp(100))
    config = DataConfig(negatives=(str(path),))
    before = stream(config)["training"]
    write(path, ramp(120))
    assert stream(config)["training"].size == 96 * RATE_HZ > before.size


@pytest.mark.parametrize("name", ["nothing.wav", "empty"])
def test_names_of_nothing_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(KwsError, match=r"data\.negatives names"):
        negative_files([str(tmp_path / name)])


def test_a_file_that_is_no_sound_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.wav").write_bytes(b"RIFF nonsense")
    with pytest.raises(KwsError, match=r"broken\.wav: not readable"):
        load_negatives(DataConfig(negatives=(str(tmp_path),)), "training", RATE_HZ)


def test_cuts_come_from_all_over_and_a_short_stream_is_repeated() -> None:
    stretch = Stretch(
        samples=100,
        clip_samples=60,
        first_sample=20,
        shift_samples=0,
        lead_frames=1,
        slack_frames=1,
    )
    samples, random = np.arange(10_000, dtype=np.int16), np.random.default_rng(0)
    nothing_short = np.empty((0, 2), np.int64)
    negatives = Negatives(samples, nothing_short)
    cuts = negatives.cuts(negatives.places(500, stretch, random), stretch)
    assert (np.diff(cuts, axis=1) == 1).all()
    assert cuts[:, 0].min() < 100 and cuts[:, -1].max() > 9900
    small = Negatives(samples[:30], nothing_short)
    repeated = small.cuts(small.places(3, stretch, random), stretch)
    assert repeated.shape == (3, 100) and repeated.max() == 29


def test_each_short_recording_is_heard_in_every_epoch() -> None:
    stretch = Stretch(
        samples=100,
        clip_samples=60,
        first_sample=20,
        shift_samples=0,
        lead_frames=1,
        slack_frames=1,
    )
    samples = np.arange(10_000, dtype=np.int16)
    negatives = Negatives(samples, np.array([[500, 560], [700, 730], [8000, 8500]]))
    for seed in range(20):
        places = negatives.places(50, stretch, np.random.default_rng(seed))
        windows = sorted(places[:3] + stretch.first_sample)
        assert windows[:2] == [500, 700]
        assert 8000 <= windows[2] <= 8440, "the window lies in it"
        few = negatives.places(2, stretch, np.random.default_rng(seed))
        assert few.shape == (2,), "half of the cuts at most"


def test_an_epoch_has_so_many_cuts_of_them(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "words", words=("yes", "no", "cat"))
    speech = write(tmp_path / "speech.flac", ramp(100, first=10_000))
    data = DataConfig(
        wanted_words=("yes", "no"),
        negatives=(str(speech),),
        negative_percentage=250.0,
        unknown_percentage=0.0,
        background_frequency=0.0,
        time_shift_ms=0,
    )
    dataset = build_dataset(data, folder)
    drawn = []
    for epoch in range(2):
        samples, classes = whole_epoch(dataset, Config(data=data), epoch, 3)
        cuts = samples[classes == UNKNOWN]
        assert len(cuts) == 40, "2.5 times 16 clips of wanted words"
        assert (cuts > 10_000).all() and (cuts <= 18_000).all(), "of training's part"
        drawn.append({cut.tobytes() for cut in cuts})
    assert not drawn[0] & drawn[1], "cut afresh"
    again, _ = whole_epoch(dataset, Config(data=data), 1, 3)
    assert np.array_equal(again, samples)
    none, classes = whole_epoch(dataset, Config(data=replace(data, negatives=())), 0, 3)
    assert (classes != UNKNOWN).all() and len(none)
