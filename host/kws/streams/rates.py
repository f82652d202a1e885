# SPDX-License-Identifier: Apache-2.0
"""Rates with their intervals: misses, false accepts an hour, delays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from kws.metrics.confusion import wilson_interval
from kws.metrics.intervals import poisson_interval
from kws.streams.scoring import Outcome


@dataclass(frozen=True)
class Misses:
    """How often words were not found; `interval` is Wilson's, 95 %."""

    missed: int
    said: int

    @property
    def share(self) -> float:
        """FRR: 0 to 1; 0 when nothing was said."""
        return self.missed / self.said if self.said else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        return wilson_interval(self.missed, self.said)


@dataclass(frozen=True)
class FalseAccepts:
    """False accepts in some hours; `interval` is the exact Poisson interval of the rate, 95 %.

    `distinct_hours` of the sound were heard only once: where it is less than `hours`, sounds come
    back in other surroundings, and the interval is narrower than it ought to be.
    """

    count: int
    hours: float
    distinct_hours: float

    @property
    def per_hour(self) -> float:
        return self.count / self.hours if self.hours else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        low, high = poisson_interval(self.count)
        return (low / self.hours, high / self.hours) if self.hours else (0.0, float("inf"))


@dataclass(frozen=True)
class Delay:
    """From the end of a word to its detection, in ms; None when no word was found."""

    median_ms: float
    percentile_95_ms: float


def misses(outcomes: Iterable[Outcome], word: str | None = None) -> Misses:
    """Over all these streams, of all words or one."""
    missed = said = 0
    for outcome in outcomes:
        missed += sum(word in (None, spoken.word) for spoken in outcome.missed)
        said += sum(word in (None, spoken.word) for spoken in outcome.stream.words)
    return Misses(missed, said)


def false_accepts(
    outcomes: Iterable[Outcome], rate_hz: int, word: str | None = None
) -> FalseAccepts:
    """Over all these streams, of all words or one."""
    count, samples, distinct = 0, 0, 0
    for outcome in outcomes:
        count += sum(word in (None, event.word) for event in outcome.false)
        samples += outcome.stream.samples.size
        distinct += outcome.stream.distinct_samples
    hour = 3600 * rate_hz
    return FalseAccepts(count, samples / hour, distinct / hour)


def delay(outcomes: Sequence[Outcome], rate_hz: int) -> Delay | None:
    """Of the words that were found."""
    found = np.array([late for outcome in outcomes for late in outcome.delays])
    if not found.size:
        return None
    median, late = np.percentile(found, [50, 95]) * 1000 / rate_hz
    return Delay(float(median), float(late))


def rate_text(accepts: FalseAccepts) -> str:
    """The rate with its interval, and what no event in so little time proves."""
    low, high = accepts.interval
    if not accepts.count:
        return f"0 in {hours_text(accepts.hours)}: fewer than {high:.1f} an hour (95 %)"
    return f"{accepts.per_hour:.2f} an hour ({low:.2f} to {high:.2f}; {accepts.count} in all)"


def hours_text(hours: float) -> str:
    """Hours, or minutes where they are few."""
    return f"{hours:.2f} h" if hours >= 0.1 else f"{60 * hours:.1f} minutes"
