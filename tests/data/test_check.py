# SPDX-License-Identifier: Apache-2.0
"""`kws data check`: what it finds, what it shows, what it writes."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from kws.cli.data import data_app
from kws.config.schema import DataConfig
from kws.data import build_dataset
from kws.data.audio import is_clipped, is_silent
from kws.data.check import CheckReport, check_folder
from kws.data.check_view import check_view
from kws_codegen.base.errors import KwsError
from tests.support.recordings import RATE_HZ, make_folder, tone, write


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    """A folder with one of each fault."""
    root = make_folder(tmp_path / "words")
    yes = root / "yes"
    write(yes / "quiet_nohash_0.wav", tone(level=0.001))
    clipped = tone()
    clipped[1000:1003] = 1.0
    write(yes / "loud_nohash_0.wav", clipped)
    write(yes / "short_nohash_0.wav", tone(0.3, hz=777))
    write(yes / "long_nohash_0.flac", tone(10.0, rate_hz=44_100), 44_100)
    write(yes / "empty_nohash_0.wav", np.zeros(0))
    (yes / "junk_nohash_0.mp3").write_bytes(b"junk")
    (yes / "notes.pdf").write_text("")
    (root / "dog").mkdir()
    shutil.copy(yes / "speaker00_nohash_0.wav", yes / "speaker00_nohash_9.wav")
    shutil.copy(yes / "speaker01_nohash_0.wav", root / "cat" / "speaker11_nohash_9.wav")
    write(yes / "nobody.wav", tone(hz=50))
    with (root / "testing_list.txt").open("a") as stream:
        stream.write("cat/speaker11_nohash_9.wav\nyes/gone_nohash_0.wav\n")
        stream.write("no/speaker02_nohash_0.wav\n")
    return root


def test_clean_folder(tmp_path: Path) -> None:
    report = check_folder(make_folder(tmp_path), DataConfig())
    assert (report.clips, report.speakers) == (36, 12)
    assert list(report.words) == ["cat", "no", "yes"]
    yes = report.words["yes"]
    assert yes.clips == {"training": 8, "validation": 2, "testing": 2}
    assert (yes.speakers, yes.shortest_s, yes.median_s, yes.longest_s) == (12, 1, 1, 1)
    assert report.noise_s == {"_background_noise_/hiss.wav": 12.0}
    assert "nothing wrong found" in shown(report)


def test_every_fault_is_found(faulty: Path) -> None:
    report = check_folder(faulty, DataConfig())
    assert report.silent == ["yes/quiet_nohash_0.wav"]
    assert report.clipped == ["yes/loud_nohash_0.wav"]
    assert report.short == ["yes/short_nohash_0.wav"]
    assert report.long == ["yes/long_nohash_0.flac"]
    assert set(report.unreadable) == {"yes/empty_nohash_0.wav", "yes/junk_nohash_0.mp3"}
    assert report.unreadable["yes/empty_nohash_0.wav"] == "no samples (0 s long)"
    assert list(report.ignored) == ["yes/notes.pdf"]
    assert report.empty_words == ["dog"]
    across = ["cat/speaker11_nohash_9.wav", "yes/speaker01_nohash_0.wav"]
    assert report.same_bytes == [
        across,
        ["yes/speaker00_nohash_0.wav", "yes/speaker00_nohash_9.wav"],
    ]
    assert report.same_bytes_across_splits == [across]
    assert report.without_speaker == ["yes/nobody.wav"]
    assert report.speakers_across_splits == ["speaker02"]
    assert report.listed_but_missing == ["yes/gone_nohash_0.wav"]
    yes = report.words["yes"]
    assert (yes.silent, yes.clipped, yes.longest_s) == (1, 1, 10.0)


def shown(report: CheckReport) -> str:
    console = Console(width=80, record=True)
    with console.capture() as capture:
        console.print(check_view(report))
    return capture.get()


def test_view_names_every_fault_in_80_columns(faulty: Path) -> None:
    text = shown(check_folder(faulty, DataConfig()))
    assert max(len(line) for line in text.splitlines()) <= 80
    for word in ("cat", "no", "yes", "all", "speakers", "silent", "clipped"):
        assert word in text
    for fault in (
        "unreadable", "not used", "folders without a sound file", "shorter than half a clip",
        "longer than a clip", "groups of identical files", "identical files in several splits",
        "file names without a speaker", "speakers in several splits",
        "listed in a split but not there",
    ):  # fmt: skip
        assert fault in text
    assert "yes/quiet_nohash_0.wav" in text


def test_long_lists_are_cut_short_in_the_view(tmp_path: Path) -> None:
    root = make_folder(tmp_path)
    for number in range(10):
        write(root / "yes" / f"q{number}_nohash_0.wav", np.zeros(RATE_HZ))
    text = shown(check_folder(root, DataConfig()))
    assert "... and 6 more" in text


def test_one_recording_as_two_words(tmp_path: Path) -> None:
    """One of the two teaches what is wrong. Of a large group a few names say enough."""
    root = make_folder(tmp_path)
    for number in range(9):
        for word in ("yes", "no"):
            write(root / word / f"s{number}_nohash_0.wav", tone(hz=777))
    text = " ".join(shown(check_folder(root, DataConfig())).split())
    assert "identical files of different words 1" in text
    assert "s8_nohash_0.wav" not in text and "and 15 more" in text
    dataset = build_dataset(DataConfig(wanted_words=("yes", "no")), root)
    told = "1 under several words, of which one at most is right"
    assert any(told in warning for warning in dataset.warnings)


def test_a_split_that_cannot_be_is_not_nothing_wrong(tmp_path: Path) -> None:
    write(tmp_path / "yes" / "anna_nohash_0.wav", tone())
    text = shown(check_folder(tmp_path, DataConfig()))
    assert "no model can be trained" in text
    assert text.rstrip().endswith("nothing wrong found with the files themselves")


def test_unknown_speakers_are_told(tmp_path: Path) -> None:
    for number in range(40):
        write(tmp_path / "yes" / f"{number:02d}.wav", tone(hz=200 + number))
    report = check_folder(tmp_path, DataConfig())
    assert report.split_rule.startswith("hash of the file name, ")
    text = " ".join(shown(report).split())
    assert "unknown speakers: 40 of 40 file names tell none." in text
    write(tmp_path / "yes" / "anna_1.wav", tone(hz=99))
    report = check_folder(tmp_path, DataConfig())
    assert report.split_rule.startswith("hash of the speaker or file name, ")


def test_words_one_folder_deeper(tmp_path: Path) -> None:
    write(tmp_path / "recordings" / "sub" / "yes" / "anna_nohash_0.wav", tone())
    (tmp_path / "recordings" / "other").mkdir()
    with pytest.raises(KwsError, match="the words lie one folder deeper") as caught:
        check_folder(tmp_path / "recordings", DataConfig())
    assert caught.value.hint == f"Name that one: {tmp_path / 'recordings' / 'sub'}."
    check_folder(tmp_path / "recordings" / "sub", DataConfig())


def test_command_writes_json(faulty: Path, tmp_path: Path) -> None:
    path = tmp_path / "new" / "report.json"
    result = CliRunner().invoke(data_app, ["check", str(faulty), "--json", str(path)])
    assert result.exit_code == 0
    report = json.loads(path.read_text())
    assert report["clips"] == check_folder(faulty, DataConfig()).clips
    assert report["words"]["yes"]["clips"]["testing"] == 2
    assert report["silent"] == ["yes/quiet_nohash_0.wav"]


def test_check_of_no_folder(tmp_path: Path) -> None:
    with pytest.raises(KwsError, match="no data folder"):
        check_folder(tmp_path / "none", DataConfig())


def test_silent_and_clipped_rules() -> None:
    assert is_silent(np.array([99, -99], np.int16))
    assert not is_silent(np.array([0, -100], np.int16))
    assert not is_silent(np.array([-32768], np.int16))
    for level in (32767, -32768):
        assert is_clipped(np.array([0, level, level, level], np.int16))
        assert not is_clipped(np.array([level, level, 0, level], np.int16))
    assert not is_clipped(np.array([32767], np.int16))


def test_file_that_may_not_be_read_does_not_stop_the_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That of another user: named, and the rest is checked. (Root may read everything.)"""
    root = make_folder(tmp_path)
    for name in ("yes/locked_nohash_0.mp3", "yes/locked_nohash_1.mp3"):
        (root / name).write_bytes(b"junk")
    read = Path.read_bytes

    def refused(path: Path) -> bytes:
        if "locked" in path.name:
            raise PermissionError(13, "Permission denied", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refused)
    report = check_folder(root, DataConfig())
    assert len(report.unreadable) == 2 and report.clips == 36
