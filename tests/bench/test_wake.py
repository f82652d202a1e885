# SPDX-License-Identifier: Apache-2.0
"""The arithmetic of bench.wake: ranks that correlate, thresholds that keep to a rate."""

from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from bench.wake import at_rate, own_clips, spearman, streams_of

from kws.streams.det import DetPoint
from tests.support.recordings import RATE_HZ, tone


def test_ranks_correlate() -> None:
    assert spearman((1, 2, 3), (10, 200, 3000)) == pytest.approx(1)
    assert spearman((1, 2, 3), (3, 2, 1)) == pytest.approx(-1)
    # Two pairs of equal ranks: 1 - 6 sum d^2 / n (n^2 - 1) does not hold, the correlation does.
    assert spearman((0, 0, 1, 1), (1, 2, 3, 4)) == pytest.approx(0.8944, abs=1e-4)


def test_the_lowest_threshold_that_keeps_to_a_rate() -> None:
    points = [DetPoint(t, missed, 10, false, 2.0) for t, missed, false in
              ((0.9, 8, 0), (0.8, 5, 1), (0.7, 4, 4), (0.6, 1, 3))]  # fmt: skip
    assert at_rate(points, 0.5).missed == 5
    assert at_rate(points, 2.0).missed == 1
    assert at_rate(points, 0.4).missed == 8
    assert at_rate([DetPoint(0.9, 8, 10, 9, 2.0)], 0.5).missed == 8


def test_who_lends_recordings_is_not_in_the_test(tmp_path: Path) -> None:
    for word, speakers in (("lamp", "abcdefgh"), ("door", "abx")):
        for number, speaker in enumerate(speakers):
            path = tmp_path / "people" / word / f"{speaker}_nohash_0.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, tone(0.5, 300 + 50 * number), RATE_HZ)
    options = Namespace(
        people=tmp_path / "people",
        words=("lamp", "door"),
        out=tmp_path / "out",
        recordings=3,
        test=[],
    )
    lent = sorted(
        path.relative_to(own_clips(options)).as_posix() for path in own_clips(options).glob("*/*")
    )
    assert lent == ["door/a_nohash_0.wav", *(f"lamp/{s}_nohash_0.wav" for s in "abc")]
    (words,) = streams_of(options, RATE_HZ)
    assert sorted(w.word for w in words.words) == ["door", *["lamp"] * 5], "d to h; x alone of door"
    options.recordings = 0
    (words,) = streams_of(options, RATE_HZ)
    assert len(words.words) == 11 and np.any(words.samples)
