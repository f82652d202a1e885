# SPDX-License-Identifier: Apache-2.0
"""Exact Poisson intervals, against the values of the published tables."""

import pytest

from kws.metrics.intervals import poisson_interval


@pytest.mark.parametrize(
    ("events", "low", "high"),
    # Garwood's limits, as every table of them has them.
    [(1, 0.0253, 5.5716), (2, 0.2422, 7.2247), (5, 1.6235, 11.6683), (10, 4.7954, 18.3904),
     (100, 81.3639, 121.6268)],
)  # fmt: skip
def test_limits_are_those_of_the_tables(events: int, low: float, high: float) -> None:
    assert poisson_interval(events) == pytest.approx((low, high), abs=2e-4)


def test_no_event_only_proves_fewer_than_three() -> None:
    low, high = poisson_interval(0)
    assert low == 0
    assert high == pytest.approx(2.9957, abs=1e-4)
