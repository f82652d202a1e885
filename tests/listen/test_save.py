# SPDX-License-Identifier: Apache-2.0
"""What --save keeps: the sound before each detection, and a list of them."""

import csv
from pathlib import Path

import numpy as np
import pytest
import soundfile

from kws.listen import SavedDetections
from kws_codegen.base.errors import KwsError

RATE_HZ, CLIP = 8000, 8000


def hear(saved: SavedDetections, samples: int) -> None:
    """Sound in which each sample tells its place."""
    for start in range(0, samples, 640):
        saved.hear((np.arange(start, min(start + 640, samples)) % 30_000).astype(np.int16))


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "detections.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_second_before_a_detection(tmp_path: Path) -> None:
    saved = SavedDetections(tmp_path / "new", RATE_HZ, CLIP)
    hear(saved, 20_000)
    path = saved.save("yes", 0.81234, 19_700)
    sound, rate = soundfile.read(path, dtype="int16")
    assert rate == RATE_HZ
    assert np.array_equal(sound, np.arange(19_700 - CLIP, 19_700))
    (row,) = rows(tmp_path / "new")
    assert row["file"] == path.name and path.name.endswith("-0001-yes.wav")
    assert (row["word"], row["score"], row["time_s"]) == ("yes", "0.8123", "2.46")


def test_the_folder_is_made_before_anything_is_heard(tmp_path: Path) -> None:
    SavedDetections(tmp_path / "new" / "folder", RATE_HZ, CLIP)
    assert (tmp_path / "new" / "folder").is_dir()
    with pytest.raises(OSError):
        SavedDetections(Path("/proc/kws"), RATE_HZ, CLIP)


def test_less_than_a_second(tmp_path: Path) -> None:
    saved = SavedDetections(tmp_path, RATE_HZ, CLIP)
    hear(saved, 3000)
    sound, _ = soundfile.read(saved.save("no", 0.9, 2900), dtype="int16")
    assert np.array_equal(sound, np.arange(2900))


def test_any_word_and_what_is_there_already(tmp_path: Path) -> None:
    for session in range(2):
        saved = SavedDetections(tmp_path, RATE_HZ, CLIP)
        saved._session += str(session)  # another second
        hear(saved, 9000)
        saved.save('../../etc,\n"x"', 0.5, 9000)
        saved.save("\N{GREEK SMALL LETTER ALPHA}" * 60, 0.5, 9000)
    assert len(list(tmp_path.glob("*.wav"))) == len(rows(tmp_path)) == 4
    assert rows(tmp_path)[2]["word"] == '../../etc,\n"x"'
    assert {row["file"] for row in rows(tmp_path)} == {p.name for p in tmp_path.glob("*.wav")}


def test_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KwsError, match="is a file, not a folder"):
        SavedDetections(tmp_path / "file", RATE_HZ, CLIP)
