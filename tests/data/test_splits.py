# SPDX-License-Identifier: Apache-2.0
"""Scanning a folder and splitting its clips."""

import hashlib
import os
from pathlib import Path

import pytest

from kws.config.schema import DataConfig
from kws.data.names import speaker_of
from kws.data.scan import scan_folder
from kws.data.split_rule import split_rule
from kws.data.splits import SplitRule, hash_split
from kws_codegen.base.errors import KwsError
from tests.support.recordings import make_folder, tone, write

# From validation_list.txt and testing_list.txt of Speech Commands v0.01, which its authors made
# with this rule at 10 % and 10 %.
OFFICIAL_VALIDATION = [
    "8b775397_nohash_0.wav",
    "2643992f_nohash_1.wav",
    "060cd039_nohash_2.wav",
    "f5e5e8b0_nohash_0.wav",
    "dbb40d24_nohash_0.wav",
    "d57febf0_nohash_0.wav",
    "16db1582_nohash_4.wav",
    "171b56dc_nohash_1.wav",
]
OFFICIAL_TESTING = [
    "2aa787cf_nohash_0.wav",
    "ffa76c4a_nohash_0.wav",
    "24ad3ebe_nohash_1.wav",
    "d7467392_nohash_0.wav",
    "5828dfa2_nohash_0.wav",
    "91223b83_nohash_0.wav",
    "f0ae7203_nohash_0.wav",
    "95ba4996_nohash_0.wav",
]


@pytest.mark.parametrize("name", OFFICIAL_VALIDATION)
def test_official_validation_clips(name: str) -> None:
    assert hash_split(f"go/{name}", 10, 10) == "validation"


@pytest.mark.parametrize("name", OFFICIAL_TESTING)
def test_official_testing_clips(name: str) -> None:
    assert hash_split(f"go/{name}", 10, 10) == "testing"


def test_hash_of_name_without_speaker_covers_the_suffix() -> None:
    """Speech Commands hashes the whole base name then; checked against sha1 by another path."""
    for name in ("one.wav", "clip 7.wav", "a-b-c.wav"):
        bucket = int.from_bytes(hashlib.sha1(name.encode()).digest(), "big") & (2**27 - 1)
        expected = "validation" if bucket * 100 / (2**27 - 1) < 50 else "training"
        assert hash_split(f"word/{name}", 50, 0) == expected


def test_shares_follow_the_percentages() -> None:
    names = [f"{number:08x}_nohash_0.wav" for number in range(4000)]
    splits = [hash_split(name, 10, 20) for name in names]
    assert splits.count("validation") == pytest.approx(400, abs=60)
    assert splits.count("testing") == pytest.approx(800, abs=80)
    assert {hash_split(name, 0, 0) for name in names} == {"training"}


def test_speaker_of() -> None:
    assert speaker_of("yes/0a7c2a8d_nohash_0.wav") == "0a7c2a8d"
    assert speaker_of("anna__yes_3.flac") == "anna"
    assert speaker_of("anna__b_nohash_1.wav") == "anna__b"
    assert speaker_of("audio_12.wav") == ""
    assert speaker_of("__12.wav") == ""


@pytest.mark.parametrize(
    ("path", "speaker"),
    [
        ("lamp/anna_01.wav", "anna"),
        ("lamp/anna 01.wav", "anna"),
        ("lamp/Anna Lena_2.flac", "Anna Lena"),
        ("lamp/p3_017.wav", "p3"),
        ("lamp/lamp_01.wav", ""),
        ("lamp/Lamp 3.wav", ""),
        ("lamp/rec_20240101.wav", ""),
        ("lamp/New Recording 12.wav", ""),
        ("lamp/2024 12.wav", ""),
        ("lamp/01.wav", ""),
        ("lamp/anna.wav", ""),
    ],
)
def test_speaker_of_numbered_files(path: str, speaker: str) -> None:
    assert speaker_of(path) == speaker


def test_one_speaker_is_in_one_split() -> None:
    assert len({hash_split(f"anna__{n}.wav", 30, 30) for n in range(20)}) == 1


def rule_of(root: Path) -> SplitRule:
    return split_rule(DataConfig(), root, (), ())


def test_lists_rule_over_the_hash(tmp_path: Path) -> None:
    root = make_folder(tmp_path)
    rule = rule_of(root)
    assert rule.split("yes/speaker08_nohash_0.wav") == "validation"
    assert rule.split("cat/speaker11_nohash_0.wav") == "testing"
    official = OFFICIAL_TESTING[0]
    assert rule.split(f"yes/{official}") == "training", "in no list"
    assert rule.description() == "validation_list.txt and testing_list.txt"


def test_one_list_leaves_the_other_split_to_the_hash(tmp_path: Path) -> None:
    (tmp_path / "testing_list.txt").write_text("yes/anna_nohash_0.wav\n")
    rule = rule_of(tmp_path)
    assert rule.split("yes/anna_nohash_0.wav") == "testing"
    assert rule.split(f"yes/{OFFICIAL_TESTING[0]}") == "training"
    assert rule.split(f"yes/{OFFICIAL_VALIDATION[0]}") == "validation"
    assert rule.description().startswith("testing_list.txt, the rest by hash")


def test_list_in_windows_style_and_listed_but_missing(tmp_path: Path) -> None:
    (tmp_path / "validation_list.txt").write_text("yes\\a_nohash_0.wav\r\n\r\n./no/b.wav\r\n")
    rule = rule_of(tmp_path)
    assert rule.split("yes/a_nohash_0.wav") == "validation"
    assert rule.split("no/b.wav") == "validation"
    assert rule.unmatched(frozenset({"yes/a_nohash_0.wav"})) == ["no/b.wav"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-8"])
def test_lists_as_editors_save_them(tmp_path: Path, encoding: str) -> None:
    text = "yes/ana_nohash_0.wav\r\nyes/bär_nohash_0.wav\r\n"
    (tmp_path / "testing_list.txt").write_bytes(text.encode(encoding))
    rule = rule_of(tmp_path)
    assert rule.testing_list == {"yes/ana_nohash_0.wav", "yes/bär_nohash_0.wav"}


def test_clip_in_both_lists_is_an_error(tmp_path: Path) -> None:
    for name in ("validation_list.txt", "testing_list.txt"):
        (tmp_path / name).write_text("yes/a.wav\n")
    with pytest.raises(KwsError, match=r"share 1 clips, for example yes/a\.wav"):
        rule_of(tmp_path)


def test_scan_finds_words_noise_and_what_it_ignores(tmp_path: Path) -> None:
    root = make_folder(tmp_path, words=("yes",), speakers=("a", "b"), lists=False)
    write(root / "no" / "x.FLAC", tone())
    (root / "empty").mkdir()
    (root / ".hidden").mkdir()
    (root / "yes" / ".a.wav").write_text("")
    (root / "yes" / "notes.pdf").write_text("")
    (root / "yes" / "more").mkdir()
    write(root / "stray.wav", tone())
    scan = scan_folder(root)
    assert [file.path for file in scan.clips] == [
        "no/x.FLAC", "yes/a_nohash_0.wav", "yes/b_nohash_0.wav",
    ]  # fmt: skip
    assert [file.path for file in scan.noise] == ["_background_noise_/hiss.wav"]
    assert scan.empty_words == ("empty",)
    assert dict(scan.ignored) == {
        "stray.wav": "lies outside the word folders",
        "yes/more": "is a folder inside a word folder",
        "yes/notes.pdf": "is not one of .wav, .flac, .ogg, .mp3",
    }


def test_fingerprint_follows_files_and_lists(tmp_path: Path) -> None:
    root = make_folder(tmp_path, words=("yes",), speakers=("a", "b", "c", "d"))
    first = scan_folder(root).fingerprint
    assert scan_folder(root).fingerprint == first
    (root / "testing_list.txt").write_text("yes/b_nohash_0.wav\n")
    second = scan_folder(root).fingerprint
    write(root / "yes" / "a_nohash_0.wav", tone(0.5))
    assert len({first, second, scan_folder(root).fingerprint}) == 3


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(KwsError, match="no data folder") as caught:
        scan_folder(tmp_path / "nowhere")
    assert "kws data synth" in caught.value.hint


@pytest.mark.parametrize("content", ["", "yes/", "yes/readme.pdf"])
def test_folder_without_recordings(tmp_path: Path, content: str) -> None:
    if content.endswith("/"):
        (tmp_path / content).mkdir()
    elif content:
        (tmp_path / content).parent.mkdir(exist_ok=True)
        (tmp_path / content).write_text("")
    with pytest.raises(KwsError, match="holds no word folder with a sound file") as caught:
        scan_folder(tmp_path)
    assert "<folder>/<word>/" in caught.value.hint


def hint_of(root: Path, match: str) -> str:
    with pytest.raises(KwsError, match=match) as caught:
        scan_folder(root)
    return caught.value.hint


def test_flat_folder_is_named(tmp_path: Path) -> None:
    for number in range(3):
        write(tmp_path / f"lamp_{number}.wav", tone(0.1))
    hint = hint_of(tmp_path, "holds 3 sound files and no folder of a word")
    assert f"{tmp_path.name}/lamp/lamp_0.wav" in hint


def test_tree_of_splits_is_named(tmp_path: Path) -> None:
    for split in ("training", "validation", "testing"):
        write(tmp_path / split / "lamp" / "a.wav", tone(0.1))
    hint = hint_of(tmp_path, "are splits, not words: testing, training, validation")
    assert "testing_list.txt" in hint


def test_sound_in_another_format_is_named(tmp_path: Path) -> None:
    (tmp_path / "lamp").mkdir()
    (tmp_path / "lamp" / "New Recording.m4a").write_bytes(b"....ftypM4A ")
    hint = hint_of(tmp_path, "sound that kws cannot read: 1 files like lamp/New Recording.m4a")
    assert "ffmpeg -i New Recording.m4a New Recording.wav" in hint
    write(tmp_path / "lamp" / "a.wav", tone(0.1))
    assert scan_folder(tmp_path).ignored == (
        ("lamp/New Recording.m4a", "is sound as .m4a: convert it to wav"),
    )


def test_pipe_among_the_recordings_is_left_out(tmp_path: Path) -> None:
    write(tmp_path / "lamp" / "a.wav", tone(0.1))
    os.mkfifo(tmp_path / "lamp" / "b.wav")
    assert scan_folder(tmp_path).ignored == (("lamp/b.wav", "is a pipe or device, not a file"),)
