# SPDX-License-Identifier: Apache-2.0
"""Splits of one speaker, two, five and unknown ones; splits that cannot be; the rule of many."""

from collections import Counter
from pathlib import Path

import pytest
from rich.console import Console

from kws.config.schema import DataConfig
from kws.data import Dataset, build_dataset
from kws.data.check import check_folder
from kws.data.check_view import check_view
from kws.data.names import speaker_of
from kws.data.split_rule import ENOUGH_SPEAKERS, split_rule
from kws.data.splits import SPLITS, hash_split
from kws_codegen.base.errors import KwsError
from tests.support.recordings import tone, write

WORDS = ("lamp", "door")
CONFIG = DataConfig(wanted_words=WORDS)
FIVE = ("anna", "ben", "cleo", "dan", "eva")


def paths_of(speakers: tuple[str, ...], takes: int = 10, name: str = "{}_nohash_{}") -> list[str]:
    return [f"{w}/{name.format(s, n)}.wav" for w in WORDS for s in speakers for n in range(takes)]


def split_of(paths: list[str], config: DataConfig = CONFIG) -> tuple[dict[str, str], str, str]:
    """Splits by path, description and meaning, without any file."""
    rule = split_rule(config, Path("nowhere"), paths, config.wanted_words)
    return {p: rule.split(p) for p in paths}, rule.description(), rule.plan_meaning


def speakers_in(splits: dict[str, str]) -> dict[str, set[str]]:
    return {s: {speaker_of(p) for p, found in splits.items() if found == s} for s in SPLITS}


def assert_complete(splits: dict[str, str]) -> None:
    found = Counter((path.split("/")[0], split) for path, split in splits.items())
    for word in WORDS:
        assert all(found[word, split] for split in SPLITS), found
    assert sum(split == "training" for split in splits.values()) >= len(splits) / 2


@pytest.mark.parametrize("name", ["{}_nohash_{}", "{}__{}", "{}_{:02}", "{} {:02}"])
@pytest.mark.parametrize("speakers", [FIVE, FIVE[:4]])
def test_a_few_speakers_are_whole(name: str, speakers: tuple[str, ...]) -> None:
    splits, description, meaning = split_of(paths_of(speakers, name=name))
    assert_complete(splits)
    in_split = speakers_in(splits)
    assert sum(map(len, in_split.values())) == len(speakers)
    assert description.startswith("whole speakers: training ")
    assert meaning == (
        "the accuracy is for voices that the model has not heard, but of one speaker only"
    )


def test_of_three_speakers_one_is_for_testing_alone() -> None:
    splits, description, meaning = split_of(paths_of(FIVE[:3]))
    assert_complete(splits)
    in_split = speakers_in(splits)
    assert in_split["training"] == in_split["validation"]
    assert len(in_split["testing"]) == 1 and not in_split["testing"] & in_split["training"]
    assert description.startswith("whole speakers for testing (")
    assert "validation is of voices known from training" in meaning


@pytest.mark.parametrize("speakers", [FIVE[:1], FIVE[:2]])
def test_one_or_two_speakers_are_split_by_recording(speakers: tuple[str, ...]) -> None:
    splits, description, meaning = split_of(paths_of(speakers))
    assert_complete(splits)
    assert description == "recording, each word in each split"
    assert "says nothing about others" in meaning and "<speaker>_<n>.wav" in meaning
    assert Counter(splits.values()) == {
        "training": len(splits) * 8 // 10, "validation": len(splits) // 10,
        "testing": len(splits) // 10,
    }  # fmt: skip


def test_unknown_speakers_are_split_by_recording() -> None:
    splits, _, meaning = split_of([f"{word}/{word}_{n}.wav" for word in WORDS for n in range(12)])
    assert_complete(splits)
    assert "says nothing about others" in meaning


def test_what_is_said_of_a_split_by_recording_is_so() -> None:
    _, description, meaning = split_of([f"lamp/{name}_nohash_0.wav" for name in FIVE[:3]])
    assert description == "recording, each word in each split"
    assert meaning.endswith("voices that the model has not heard, but of one speaker only")
    _, description, _ = split_of(paths_of(FIVE[:1], takes=2))
    assert description == "recording"
    _, _, meaning = split_of([f"{word}/{n}.wav" for word in WORDS for n in range(6)])
    assert meaning.startswith("the same voices may be in training and in testing")
    _, _, meaning = split_of(paths_of(FIVE[:1]))
    assert meaning.startswith("the same voices are in training and in testing")
    _, _, meaning = split_of(["lamp/anna_nohash_0.wav"])
    assert meaning == "there is no clip to test with"


def test_the_example_of_the_readme_where_each_word_has_its_speaker() -> None:
    paths = [f"lamp/anna_nohash_{n}.wav" for n in range(9)]
    paths += [f"door/ben_nohash_{n}.wav" for n in range(9)]
    splits, description, _ = split_of(paths)
    assert_complete(splits)
    assert description.startswith("recording")


def test_other_words_stay_with_their_speaker() -> None:
    other = [f"tree/{speaker}_nohash_{n}.wav" for speaker in (*FIVE, "zoe") for n in range(3)]
    splits, _, _ = split_of(paths_of(FIVE) + other)
    in_split = speakers_in(splits)
    for speaker in FIVE:
        assert sum(speaker in found for found in in_split.values()) == 1, speaker
    assert sum("zoe" in found for found in in_split.values()) == 1


def test_other_words_without_a_speaker_are_in_every_split() -> None:
    splits, _, _ = split_of(paths_of(FIVE[:1]) + [f"tree/{n}.wav" for n in range(10)])
    assert {splits[f"tree/{n}.wav"] for n in range(10)} == set(SPLITS)


def test_the_plan_does_not_depend_on_order() -> None:
    paths = paths_of(FIVE)
    assert split_of(paths)[0] == split_of(paths[::-1])[0]


def test_percentages_are_followed() -> None:
    eight = tuple("abcdefgh")
    config = DataConfig(wanted_words=WORDS, validation_percentage=12.5, testing_percentage=25)
    splits, description, _ = split_of(paths_of(eight), config)
    assert description.startswith("whole speakers")
    assert {s: len(found) for s, found in speakers_in(splits).items()} == {
        "training": 5, "validation": 1, "testing": 2,
    }  # fmt: skip


@pytest.mark.parametrize("unit", ["{:04x}_nohash_0", "{:04x}"])
def test_enough_speakers_keep_the_speech_commands_rule(unit: str) -> None:
    paths = [f"{word}/{unit.format(n)}.wav" for word in WORDS for n in range(ENOUGH_SPEAKERS)]
    paths.append("door/rare_nohash_0.wav")
    splits, description, meaning = split_of(paths)
    assert splits == {path: hash_split(path, 10, 10) for path in paths}
    assert description.startswith("hash of the speaker") and meaning == ""


def test_few_speakers_whom_the_hash_deals_well_keep_it_too() -> None:
    dealt = {split: [] for split in SPLITS}
    for number in range(200):
        name = f"speaker{number}"
        dealt[hash_split(f"lamp/{name}_nohash_0.wav", 10, 10)].append(name)
    five = (*dealt["training"][:3], dealt["validation"][0], dealt["testing"][0])
    paths = paths_of(five, takes=2)
    splits, description, _ = split_of(paths)
    assert splits == {path: hash_split(path, 10, 10) for path in paths}
    assert description.startswith("hash")


def make(root: Path, paths: list[str]) -> Path:
    for path in paths:
        write(root / path, tone(0.2))
    return root


@pytest.mark.parametrize("count", [1, 2, 5])
def test_data_step_says_what_was_done(tmp_path: Path, count: int) -> None:
    root = make(tmp_path, paths_of(FIVE[:count], takes=4))
    dataset = build_dataset(CONFIG, root)
    assert_complete({clip.path: clip.split for clip in dataset.clips})
    (warning,) = [w for w in dataset.warnings if w.startswith("few speakers: split by ")]
    assert dataset.split_rule in warning
    assert not any("more than one split" in w for w in dataset.warnings), "said already"
    report = check_folder(root, CONFIG, wanted_words=WORDS)
    assert report.split_rule == dataset.split_rule and report.split_meaning in warning
    for word in WORDS:
        assert report.words[word].clips == dataset.counts()[word]


def build(root: Path) -> Dataset:
    return build_dataset(CONFIG, root)


def test_two_recordings_a_word_cannot_be_split(tmp_path: Path) -> None:
    root = make(tmp_path, paths_of(("anna",), takes=2))
    with pytest.raises(KwsError, match="the validation split has no clip of a wanted") as caught:
        build(root)
    assert "at least three times" in caught.value.hint
    report = check_folder(root, CONFIG)
    assert report.split_problem.startswith("the validation split has no clip")
    console = Console(width=80, record=True)
    with console.capture() as capture:
        console.print(check_view(report))
    assert "no model can be trained: the validation split" in " ".join(capture.get().split())


def test_lists_that_leave_nothing_to_training(tmp_path: Path) -> None:
    paths = paths_of(("anna",), takes=4)
    root = make(tmp_path, paths)
    (root / "testing_list.txt").write_text("\n".join(paths[::2]))
    (root / "validation_list.txt").write_text("\n".join(paths[1::2]))
    with pytest.raises(KwsError, match="the training split has no clip of a wanted") as caught:
        build(root)
    assert "remove both lists" in caught.value.hint
    assert "the training split" in check_folder(root, CONFIG).split_problem
    (root / "validation_list.txt").write_text("\n".join(p for p in paths if "lamp" in p))
    (root / "testing_list.txt").write_text("door/anna_nohash_0.wav")
    with pytest.raises(KwsError, match='the training split has no clip of "lamp"'):
        build(root)


@pytest.mark.parametrize("split", ["validation", "testing"])
def test_a_share_of_nothing(tmp_path: Path, split: str) -> None:
    root = make(tmp_path, paths_of(FIVE[:1], takes=4))
    config = DataConfig(wanted_words=WORDS, **{f"{split}_percentage": 0})
    with pytest.raises(KwsError, match=f"the {split} split has no clip") as caught:
        build_dataset(config, root)
    assert f"data.{split}_percentage above 0" in caught.value.hint
