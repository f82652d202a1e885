# SPDX-License-Identifier: Apache-2.0
"""Takes are trimmed and judged; long recordings are cut."""

from pathlib import Path

import numpy as np
import pytest

from kws.record import cut_recording, judge_take
from kws_codegen.base.errors import KwsError

RATE = 16_000
CLIP = RATE


def speech(
    seconds: float, start: float, length: float, volume: float = 0.3, noise: float = 0.001
) -> np.ndarray:
    """A tone amid noise as int16."""
    random = np.random.default_rng(1)
    sound = noise * random.standard_normal(round(seconds * RATE))
    at = np.arange(round(length * RATE))
    first = round(start * RATE)
    sound[first : first + at.size] += volume * np.sin(2 * np.pi * 440 * at / RATE)
    return (np.clip(sound, -1, 1) * 32767).astype(np.int16)


def test_a_good_take_has_the_word_in_its_middle() -> None:
    sound = speech(2, 0.9, 0.5)
    take = judge_take(sound, RATE, CLIP)
    assert take.faults == ()
    assert take.clip.shape == (CLIP,)
    start = round((0.9 + 0.25 - 0.5) * RATE)
    assert np.array_equal(take.clip, sound[start : start + CLIP])
    assert take.peak_dbfs == pytest.approx(-13.5, abs=0.5)
    assert take.background_dbfs == pytest.approx(-60, abs=2)


@pytest.mark.parametrize(
    ("sound", "fault"),
    [
        (speech(2, 0.9, 0.5, volume=1.5), "clipping"),
        (speech(2, 0.9, 0.5, volume=0.015, noise=0.0001), "too quiet"),
        (speech(2, 1.6, 0.4), "cut off: the word touches"),
        (speech(2, 0, 0.4), "cut off: the word touches"),
        (speech(3, 0.5, 1.5), "cut off: the word takes 1.5 s"),
        (speech(2, 0.9, 0.5, volume=0.3, noise=0.04), "background"),
        (speech(2, 0.9, 0.5, volume=0), "no word"),
        (np.maximum(speech(2, 0.3, 0.3), speech(2, 1.3, 0.3)), "2 sounds"),
    ],
)
def test_faults_are_named(sound: np.ndarray, fault: str) -> None:
    faults = judge_take(sound, RATE, CLIP).faults
    assert any(text.startswith(fault) for text in faults), faults


def test_a_word_at_the_edge_is_padded() -> None:
    take = judge_take(speech(0.5, 0.1, 0.3), RATE, CLIP)
    assert take.clip.shape == (CLIP,)
    assert not take.clip[:1000].any() and not take.clip[-1000:].any()


def test_a_recording_is_cut_at_its_pauses() -> None:
    sound = np.concatenate([speech(2, 0.8, 0.4) for _ in range(3)])
    cuts = cut_recording(sound, None, ["lumos"], RATE, CLIP)
    assert [cut.word for cut in cuts] == ["lumos"] * 3
    assert [cut.seconds for cut in cuts] == pytest.approx([0.8, 2.8, 4.8], abs=0.03)
    assert all(not cut.take.faults for cut in cuts)
    with pytest.raises(KwsError, match="2 words are named"):
        cut_recording(sound, None, ["lumos", "stop"], RATE, CLIP)


def test_a_recording_is_cut_by_its_labels(tmp_path: Path) -> None:
    track = tmp_path / "labels.txt"
    track.write_text("0.8\t1.2\tlumos\n2.8\t2.8\tstop\n4.8\t5.2\tother\n")
    sound = np.concatenate([speech(2, 0.8, 0.4) for _ in range(3)])
    cuts = cut_recording(sound, track, ["lumos", "stop"], RATE, CLIP)
    assert [cut.word for cut in cuts] == ["lumos", "stop"]
    assert all(not cut.take.faults for cut in cuts), [cut.take.faults for cut in cuts]
    everything = cut_recording(sound, track, [], RATE, CLIP)
    assert [cut.word for cut in everything] == ["lumos", "stop", "other"]
