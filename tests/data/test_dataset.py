# SPDX-License-Identifier: Apache-2.0
"""The data set of a run: labels, skipped files, warnings, errors, the cache."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kws.config.schema import Config, DataConfig
from kws.data import build_dataset, build_evaluation_dataset, load_dataset
from kws.data.check import check_folder
from kws_codegen.base.cache import cache_dir
from kws_codegen.base.errors import KwsError
from kws_codegen.base.feature_config import FeatureConfig
from tests.support.recordings import SPEAKERS, make_folder, tone, write

YES_NO = DataConfig(wanted_words=("yes", "no"))


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KWS_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))


def warnings_of(root: Path, config: DataConfig = YES_NO) -> str:
    return "\n".join(build_dataset(config, root).warnings)


def test_clips_have_label_split_and_speaker(tmp_path: Path) -> None:
    dataset = build_dataset(YES_NO, make_folder(tmp_path))
    assert dataset.labels == ("_silence_", "_unknown_", "yes", "no")
    assert len(dataset.clips) == 3 * len(SPEAKERS)
    found = {clip.path: clip for clip in dataset.clips}
    cat = found["cat/speaker11_nohash_0.wav"]
    assert (cat.word, cat.label, cat.split) == ("cat", "_unknown_", "testing")
    yes = found["yes/speaker08_nohash_0.wav"]
    assert (yes.label, yes.split, yes.speaker) == ("yes", "validation", "speaker08")
    assert dataset.counts()["no"] == {"training": 8, "validation": 2, "testing": 2}
    assert dataset.warnings == ()
    assert dataset.skipped == ()


def test_saved_and_loaded_equal(tmp_path: Path) -> None:
    dataset = build_dataset(YES_NO, make_folder(tmp_path / "data"))
    dataset.save(tmp_path / "run" / "dataset.json")
    assert load_dataset(tmp_path / "run" / "dataset.json") == dataset


def test_folder_named_silence_is_recorded_silence(tmp_path: Path) -> None:
    """As in the official test archive, which has _silence_ and _unknown_ folders."""
    root = make_folder(tmp_path, words=("yes", "no", "_silence_", "_unknown_"))
    labels = {clip.word: clip.label for clip in build_dataset(YES_NO, root).clips}
    assert labels == {word: word for word in ("yes", "no", "_silence_", "_unknown_")}


def test_dataset_file_missing_or_damaged(tmp_path: Path) -> None:
    path = tmp_path / "dataset.json"
    with pytest.raises(KwsError, match="no data set") as caught:
        load_dataset(path)
    assert "kws data prepare" in caught.value.hint
    for text in ("{", "[]", '{"format": 0}', '{"format": 1, "clips": 3}'):
        path.write_text(text)
        with pytest.raises(KwsError, match="not a data set of this version"):
            load_dataset(path)


def test_wanted_word_that_is_lacking(tmp_path: Path) -> None:
    root = make_folder(tmp_path)
    with pytest.raises(KwsError, match="no readable clips of hello and bye in") as caught:
        build_dataset(DataConfig(wanted_words=("yes", "hello", "bye")), root)
    assert "cat 12, no 12, yes 12" in caught.value.hint
    assert "--wanted-words" in caught.value.hint


def test_wanted_word_with_an_empty_folder(tmp_path: Path) -> None:
    root = make_folder(tmp_path, words=("no", "cat"))
    (root / "yes").mkdir()
    with pytest.raises(KwsError, match="no readable clips of yes"):
        build_dataset(YES_NO, root)


def test_wanted_word_with_only_unreadable_clips(tmp_path: Path) -> None:
    root = make_folder(tmp_path, words=("no", "cat"))
    (root / "yes").mkdir()
    (root / "yes" / "a_nohash_0.wav").write_bytes(b"junk")
    with pytest.raises(KwsError, match="no readable clips of yes"):
        build_dataset(YES_NO, root)


def test_files_that_cannot_be_used_are_counted_and_listed(tmp_path: Path) -> None:
    root = make_folder(tmp_path)
    (root / "yes" / "bad_nohash_0.wav").write_bytes(b"junk")
    write(root / "no" / "none_nohash_0.wav", np.zeros(0))
    (root / "no" / "notes.pdf").write_text("")
    dataset = build_dataset(YES_NO, root)
    reasons = dict(dataset.skipped)
    assert "not readable as sound" in reasons["yes/bad_nohash_0.wav"]
    assert reasons["no/none_nohash_0.wav"] == "no samples (0 s long)"
    assert "is not one of" in reasons["no/notes.pdf"]
    assert len(dataset.clips) == 3 * len(SPEAKERS)
    (warning,) = dataset.warnings
    assert warning.startswith("3 files not used: ")
    assert "yes/bad_nohash_0.wav (not readable" in warning


def test_other_words_without_clips_are_told(tmp_path: Path) -> None:
    root = make_folder(tmp_path)
    (root / "dog").mkdir()
    assert "no sound file in 1 folder: dog" in warnings_of(root)


def test_names_without_speaker_are_told(tmp_path: Path) -> None:
    root = make_folder(tmp_path, speakers=SPEAKERS)
    for number in range(3):
        write(root / "yes" / f"{number}.wav", tone())
    text = warnings_of(root)
    assert "3 of 39 file names tell no speaker" in text
    assert "not speaker-disjoint" in text
    assert "yes/0.wav" in text


def test_speaker_in_two_splits_is_told(tmp_path: Path) -> None:
    root = make_folder(tmp_path)
    (root / "testing_list.txt").write_text("yes/speaker00_nohash_0.wav\n")
    assert "1 speaker in more than one split: speaker00" in warnings_of(root)


def test_listed_clips_that_are_not_there_are_told(tmp_path: Path) -> None:
    root = make_folder(tmp_path)
    with (root / "testing_list.txt").open("a") as stream:
        stream.write("yes/gone_nohash_0.wav\n")
    assert "1 clip in the split lists only: yes/gone_nohash_0.wav" in warnings_of(root)


def test_ten_second_clip_is_told(tmp_path: Path) -> None:
    root = make_folder(tmp_path)
    write(root / "yes" / "long_nohash_0.wav", tone(10))
    text = warnings_of(root)
    assert "1 clip longer than twice clip_duration_ms, of which only the loudest 1000 ms" in text
    assert "yes/long_nohash_0.wav" in text


def test_data_step_tells_what_data_check_tells(tmp_path: Path) -> None:
    root = make_folder(tmp_path)
    yes = root / "yes"
    write(yes / "quiet_nohash_0.wav", tone(level=0.001))
    loud = tone()
    loud[1000:1003] = 1.0
    write(yes / "loud_nohash_0.wav", loud)
    content = write(yes / "cut_nohash_0.wav", tone(hz=700)).read_bytes()
    (yes / "cut_nohash_0.wav").write_bytes(content[:20_000])
    shutil.copy(yes / "speaker00_nohash_0.wav", yes / "speaker00_nohash_1.wav")
    shutil.copy(yes / "speaker01_nohash_0.wav", yes / "speaker11_nohash_1.wav")
    with (root / "testing_list.txt").open("a") as stream:
        stream.write("yes/speaker11_nohash_1.wav\n")
    text = warnings_of(root)
    report = check_folder(root, YES_NO)
    for found in (report.silent, report.clipped, report.cut_short):
        assert len(found) == 1 and found[0] in text
    assert "1 clip silent: " in text and "1 clip clipped: " in text and "1 clip cut short: " in text
    assert "2 groups of clips with the same sound; 1 in several splits" in text
    assert len(report.same_bytes) == 2 and len(report.same_bytes_across_splits) == 1


@pytest.mark.parametrize("folder", ["Down", "down ", "DOWN"])
def test_folder_that_is_nearly_a_wanted_word_is_not_used_and_told(
    tmp_path: Path, folder: str
) -> None:
    """Else it would teach against the word."""
    root = make_folder(tmp_path, words=("yes", "down", folder))
    config = DataConfig(wanted_words=("yes", "down"))
    dataset = build_dataset(config, root)
    assert {clip.word for clip in dataset.clips} == {"yes", "down"}
    assert f'the clips of the folder "{folder}" are not used: it is not "down"' in warnings_of(
        root, config
    )
    assert (folder, 'is nearly "down"') in dataset.skipped
    assert check_folder(root, config, wanted_words=("yes", "down")).nearly_the_same == [
        f'"{folder}" and "down"'
    ]
    shutil.rmtree(root / "down")
    with pytest.raises(KwsError, match="no readable clips of down") as caught:
        build_dataset(config, root)
    assert f'The clips of the folder "{folder}" are not used' in caught.value.hint


def test_unicode_form_of_a_folder_makes_no_difference(tmp_path: Path) -> None:
    composed, apart = "l\u00e4mp", "la\u0308mp"
    root = make_folder(tmp_path, words=("yes", apart))
    dataset = build_dataset(DataConfig(wanted_words=("yes", composed)), root)
    assert {clip.label for clip in dataset.clips} == {"yes", composed}
    assert all(dataset.counts()[composed].values())


@pytest.mark.parametrize("folder", [False, True])
def test_no_background_noise_is_told(tmp_path: Path, folder: bool) -> None:
    root = make_folder(tmp_path, noise_seconds=0)
    if folder:
        (root / "_background_noise_").mkdir()
    assert "no readable recording in _background_noise_/" in warnings_of(root)


def test_noise_too_short_to_divide_is_told(tmp_path: Path) -> None:
    assert "use the same noise as training" in warnings_of(make_folder(tmp_path, noise_seconds=3))


def test_split_without_a_wanted_word_is_told(tmp_path: Path) -> None:
    root = make_folder(tmp_path)
    (root / "testing_list.txt").write_text("no/speaker11_nohash_0.wav\n")
    assert '"yes" has no clip in the testing split' in warnings_of(root)


def test_evaluation_folder_may_lack_wanted_words(tmp_path: Path) -> None:
    dataset = build_evaluation_dataset(YES_NO, make_folder(tmp_path, words=("yes", "dog")))
    assert dataset.labels == ("_silence_", "_unknown_", "yes", "no")
    assert {clip.word: clip.label for clip in dataset.clips} == {"yes": "yes", "dog": "_unknown_"}
    assert dataset.warnings == ()


def test_evaluation_folder_warns_of_its_files_only(tmp_path: Path) -> None:
    """How it would be split is of no concern there."""
    root = make_folder(tmp_path, words=("yes",), lists=False)
    write(root / "yes" / "nameless.wav", tone())
    (root / "yes" / "bad.wav").write_bytes(b"")
    (warning,) = build_evaluation_dataset(YES_NO, root).warnings
    assert warning.startswith("1 file not used: yes/bad.wav (not readable as sound")


def test_decoded_once_and_again_when_a_file_changes(tmp_path: Path) -> None:
    root = make_folder(tmp_path)
    config = Config(data=YES_NO)
    first = build_dataset(YES_NO, root)
    cached = sorted((cache_dir() / "audio").rglob("*.*"))
    stamps = [path.stat().st_mtime_ns for path in cached]
    path = "yes/speaker00_nohash_0.wav"
    before = first.audio(config).clips[first.audio(config).rows[path]].copy()
    assert build_dataset(YES_NO, root) == first
    assert [path.stat().st_mtime_ns for path in cached] == stamps

    write(root / path, tone(hz=50))
    os.utime(root / path, ns=(1, 1))
    with pytest.raises(KwsError, match="changed since they were listed") as caught:
        first.audio(config)
    assert "data step again" in caught.value.hint
    second = build_dataset(YES_NO, root)
    after = second.audio(config).clips[second.audio(config).rows[path]]
    assert not np.array_equal(before, after)
    kept = list((cache_dir() / "audio").rglob("*.*"))
    assert len(kept) == len(cached), "the old entry is gone"


def test_another_rate_is_decoded_separately(tmp_path: Path) -> None:
    root = make_folder(tmp_path)
    config = Config(data=YES_NO, features=FeatureConfig(sample_rate_hz=8000, upper_band_hz=3800.0))
    dataset = build_dataset(YES_NO, root, sample_rate_hz=8000)
    assert dataset.audio(config).clips.shape == (36, 8000)
    assert dataset.audio(Config(data=YES_NO)).clips.shape == (36, 16_000)


def test_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_folder(tmp_path / "data")
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "audio").write_text("a file where the folder should be")
    monkeypatch.setenv("KWS_CACHE_DIR", str(tmp_path / "cache"))
    with pytest.raises(KwsError, match="cannot write to the cache") as caught:
        build_dataset(YES_NO, root)
    assert "It takes 1 MB" in caught.value.hint and "KWS_CACHE_DIR" in caught.value.hint


def test_percentages_need_not_be_whole(tmp_path: Path) -> None:
    dataset = build_dataset(replace(YES_NO, silence_percentage=12.5), make_folder(tmp_path))
    assert dataset.wanted_count("training") == 16
