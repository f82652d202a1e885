# SPDX-License-Identifier: Apache-2.0
"""The arithmetic of bench.wake: ranks that correlate, thresholds that keep to a rate."""

import pytest
from bench.wake import at_rate, spearman

from kws.streams.det import DetPoint


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
