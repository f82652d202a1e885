# SPDX-License-Identifier: Apache-2.0
"""Label tracks as Audacity writes them."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from kws.streams.stream import Spoken, read_labels, recorded_stream, write_labels
from kws_codegen.base.errors import KwsError

RATE = 16_000


def _track(folder: Path, text: str) -> Path:
    path = folder / "labels.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_labels_are_read_by_time(tmp_path: Path) -> None:
    track = _track(tmp_path, "2.5\t3.0\tstop\n0.500000\t1.250000\tgo\n")
    assert read_labels(track, RATE) == (
        Spoken(8_000, 20_000, "go"),
        Spoken(40_000, 48_000, "stop"),
    )


def test_what_audacity_writes_besides(tmp_path: Path) -> None:
    """Spectral selections, decimal commas, points, empty labels and lines."""
    track = _track(tmp_path, "0,5\t1,5\tgo\n\\\t120.0\t3400.0\n\n2.0\t2.0\tstop\n3.0\t4.0\t\n")
    assert read_labels(track, RATE) == (
        Spoken(8_000, 24_000, "go"),
        Spoken(32_000, 32_000, "stop"),
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("0.5\tgo\n", "line 1: not a label"),
        ("0.5\t1.0\tgo\nnonsense\n", "line 2: not a label"),
        ("2.0\t1.0\tgo\n", "from 2 s to 1 s"),
        ("-1.0\t1.0\tgo\n", "from -1 s"),
        ("nan\t1.0\tgo\n", "not a label"),
    ],
)
def test_lines_that_are_no_labels_are_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(KwsError, match=says):
        read_labels(_track(tmp_path, text), RATE)


def test_written_labels_are_read_again(tmp_path: Path) -> None:
    words = (Spoken(1, 17_003, "go"), Spoken(40_000, 48_001, "stop"))
    write_labels(tmp_path / "labels.txt", words, RATE)
    assert read_labels(tmp_path / "labels.txt", RATE) == words


def test_a_recording_has_the_wanted_words_of_its_track(tmp_path: Path) -> None:
    sound = tmp_path / "kitchen.wav"
    soundfile.write(sound, np.zeros(5 * RATE, np.int16), RATE)
    track = _track(tmp_path, "0.5\t1.0\tgo\n2.0\t2.5\ttea\n")
    stream = recorded_stream(sound, track, ("go", "stop"), RATE)
    assert stream.words == (Spoken(8_000, 16_000, "go"),)
    assert (stream.samples.size, stream.background) == (5 * RATE, "recording")
    assert recorded_stream(sound, None, ("go",), RATE).words == ()


def test_a_track_of_another_recording_is_refused(tmp_path: Path) -> None:
    sound = tmp_path / "kitchen.wav"
    soundfile.write(sound, np.zeros(RATE, np.int16), RATE)
    with pytest.raises(KwsError, match=r"'go' at 60\.0 s, and the recording is 1\.0 s long"):
        recorded_stream(sound, _track(tmp_path, "60\t61\tgo\n"), ("go",), RATE)
    with pytest.raises(KwsError, match=r"none of its labels is a wanted word \(tea\)"):
        recorded_stream(sound, _track(tmp_path, "0.1\t0.2\ttea\n"), ("go",), RATE)
