# SPDX-License-Identifier: Apache-2.0
"""Recordings dealt into folds: each in one, whole speakers where it can be, all words learnt."""

from collections import Counter
from dataclasses import replace

import pytest

from kws.config.schema import DataConfig
from kws.data import Clip, Dataset, deal_folds, fold_dataset
from kws_codegen.base.errors import KwsError

CONFIG = DataConfig(wanted_words=("lamp", "door"))


def dataset(speakers: tuple[str, ...], takes: int = 3, others: int = 2) -> Dataset:
    """Each speaker says each word `takes` times, and "tree" `others` times; all in training."""
    clips = []
    for word, count in (("lamp", takes), ("door", takes), ("tree", others)):
        label = word if word in CONFIG.wanted_words else "_unknown_"
        for speaker in speakers:
            clips += [
                Clip(f"{word}/{speaker}_{take}.wav", word, label, "training", speaker)
                for take in range(count)
            ]
    return Dataset(
        root="", fingerprint="", labels=CONFIG.labels, clips=tuple(clips), noise=(), skipped=(),
        split_rule="", every_unknown=False, warnings=(),
    )  # fmt: skip


FIVE = ("anna", "ben", "cleo", "dan", "eva")


@pytest.mark.parametrize("count", [2, 3, 5])
def test_whole_speakers_where_there_are_as_many(count: int) -> None:
    data = dataset(FIVE)
    folds = deal_folds(data, count)
    assert folds.by_speaker
    assert set(folds.fold_of) == {clip.path for clip in data.clips}
    for speaker in FIVE:
        assert len({folds.fold_of[c.path] for c in data.clips if c.speaker == speaker}) == 1
    sizes = Counter(folds.fold_of.values())
    assert len(sizes) == count and max(sizes.values()) - min(sizes.values()) <= 8


@pytest.mark.parametrize("speakers", [("anna",), ("anna", "ben"), ("",)])
def test_by_recording_where_speakers_are_fewer(speakers: tuple[str, ...]) -> None:
    data = dataset(speakers, takes=10)
    folds = deal_folds(data, 5)
    assert not folds.by_speaker
    for label in ("lamp", "door"):
        numbers = Counter(folds.fold_of[c.path] for c in data.clips if c.label == label)
        assert set(numbers.values()) == {2 * len(speakers)}


def test_a_word_that_one_speaker_says_is_dealt_by_recording() -> None:
    data = dataset(FIVE)
    only_anna = tuple(c for c in data.clips if c.label != "door" or c.speaker == "anna")
    assert not deal_folds(replace(data, clips=only_anna), 3).by_speaker


def test_it_depends_on_names_alone() -> None:
    data = dataset(FIVE)
    turned = replace(data, clips=tuple(reversed(data.clips)))
    assert deal_folds(data, 3).fold_of == deal_folds(turned, 3).fold_of


@pytest.mark.parametrize("count", [2, 5])
@pytest.mark.parametrize("speakers", [("anna",), FIVE])
def test_every_recording_is_tested_once_by_a_model_without_it(
    speakers: tuple[str, ...], count: int
) -> None:
    data = dataset(speakers, takes=6)
    folds = deal_folds(data, count)
    tested: list[str] = []
    for index in range(count):
        part = fold_dataset(data, folds, index, CONFIG)
        assert {c.path for c in part.clips} == set(folds.fold_of)
        here = part.clips_of("testing")
        assert {folds.fold_of[c.path] for c in here} == {index}
        for split in ("training", "validation"):
            left = part.clips_of(split)
            assert left and not {c.path for c in left} & {c.path for c in here}
            if folds.by_speaker:
                assert not {c.speaker for c in left} & {c.speaker for c in here}
        for word in CONFIG.wanted_words:
            assert part.clips_of("training", word)
        tested += [c.path for c in here]
    assert sorted(tested) == sorted(folds.fold_of)


def test_what_the_synthesiser_says_is_learnt_from_and_never_judged() -> None:
    spoken = tuple(
        Clip(f"_spoken_/after/{split}", "after", "_unknown_", split, split)
        for split in ("training", "validation", "testing")
    )
    data = dataset(FIVE)
    data = replace(data, clips=(*data.clips, *spoken), voices=("espeak",))
    folds = deal_folds(data, 5)
    assert not any(path.startswith("_spoken_") for path in folds.fold_of)
    part = fold_dataset(data, folds, 0, CONFIG)
    kept = [c.split for c in part.clips if c.path.startswith("_spoken_")]
    assert kept == ["training", "validation"]


def test_more_folds_than_recordings() -> None:
    with pytest.raises(KwsError, match="6 recordings of wanted words cannot be dealt into 7 folds"):
        deal_folds(dataset(("anna",)), 7)


def test_speakers_of_other_words_alone_are_spread() -> None:
    data = dataset(FIVE)
    more = tuple(
        Clip(f"tree/guest{n}_0.wav", "tree", "_unknown_", "training", f"guest{n}") for n in range(9)
    )
    folds = deal_folds(replace(data, clips=(*data.clips, *more)), 3)
    assert folds.by_speaker
    assert Counter(folds.fold_of[c.path] for c in more) == {0: 3, 1: 3, 2: 3}
