# SPDX-License-Identifier: Apache-2.0
"""Thresholds for a wanted rate of false accepts, chosen on streams that are not reported.

Each word gets the threshold at which the next false accept would cost more words than it saves:
the words' curves are walked down together, always along the one that finds the most words for a
false accept, while the sum stays within the rate (Lagrange's rule on their convex hulls).

Few false accepts in few hours say little: the rate that is aimed at is below the wanted one by
what chance makes of it (one standard deviation), where a threshold goes so far. One threshold for
all words is taken where the curves of the single words have too few events to tell them apart.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kws.streams.det import NEVER, Curves, DetPoint
from kws_codegen.base.errors import KwsError

EVENTS_A_WORD = 5.0
"""False accepts a word that must be allowed before words get thresholds of their own."""


@dataclass(frozen=True)
class Choice:
    """Thresholds by word, what they give where they were chosen, and why they are so."""

    thresholds: dict[str, float]
    point: DetPoint
    by_word: bool
    reason: str


def choose(curves: Curves, per_hour: float) -> Choice:
    """Thresholds for at most `per_hour` false accepts an hour.

    KwsError when there is no background stream to choose on, or even the highest threshold gives
    more.
    """
    hours = curves.hours
    if hours <= 0:
        raise KwsError(
            "there is no stream without wanted words to choose thresholds on",
            "Add other words, noise, or [data] negatives to the recordings.",
        )
    allowed = per_hour * hours
    aimed = max(allowed - math.sqrt(allowed), 0.0) if allowed >= 4 else max(allowed - 1, 0.0)
    overall = curves.overall()
    common = _lowest(overall, aimed) or _lowest(overall, allowed)
    if common is None:
        raise KwsError(
            f"no threshold keeps to {per_hour:g} false accepts an hour: the highest gives "
            f"{overall[0].false_accepts} in {hours:.1f} h",
            "Train with more speech of other words ([data] negatives), or ask for a higher rate.",
        )
    words = curves.words
    if allowed < EVENTS_A_WORD * len(words) or len(words) == 1:
        reason = (
            f"one threshold for all words: {allowed:.1f} false accepts in {hours:.1f} h are too "
            f"few to set {len(words)} of them apart"
        )
        if len(words) == 1:
            reason = "one word"
        return Choice(dict.fromkeys(words, common.threshold), common, False, reason)
    found = _along_hulls({word: curves.of_word(word) for word in words}, aimed)
    point = curves.point(common.threshold, found)
    if point.false_accepts > allowed or point.missed >= common.missed:
        reason = "one threshold for all words: words of their own miss no fewer"
        return Choice(dict.fromkeys(words, common.threshold), common, False, reason)
    return Choice(found, point, True, "a threshold for each word")


def _lowest(points: Sequence[DetPoint], aimed: float) -> DetPoint | None:
    """The lowest threshold before the first that gives too many; points fall in threshold."""
    best = None
    for point in points:
        if point.false_accepts > aimed:
            break
        best = point
    return best


def _along_hulls(curves: Mapping[str, Sequence[DetPoint]], aimed: float) -> dict[str, float]:
    """Thresholds by word whose false accepts sum to `aimed` at most, with the fewest misses."""
    hulls = {word: _hull(points) for word, points in curves.items()}
    at = dict.fromkeys(hulls, 0)
    left = aimed - sum(hull[0].false_accepts for hull in hulls.values())
    while True:
        steps = []
        for word, hull in hulls.items():
            if at[word] + 1 < len(hull):
                here, there = hull[at[word]], hull[at[word] + 1]
                cost = there.false_accepts - here.false_accepts
                if cost <= left:
                    steps.append(((here.missed - there.missed) / max(cost, 0.1), cost, word))
        if not steps:
            break
        _, cost, word = max(steps)
        at[word] += 1
        left -= cost
    return {word: min(hull[at[word]].threshold, NEVER) for word, hull in hulls.items()}


def _hull(points: Sequence[DetPoint]) -> list[DetPoint]:
    """The points that no mixture of others beats: false accepts rise, and misses fall ever less."""
    hull: list[DetPoint] = []
    for point in sorted(points, key=lambda p: (p.false_accepts, p.missed, -p.threshold)):
        if hull and point.missed >= hull[-1].missed:
            continue
        while len(hull) >= 2 and _slope(hull[-2], hull[-1]) <= _slope(hull[-1], point):
            hull.pop()
        if hull and point.false_accepts == hull[-1].false_accepts:
            hull.pop()
        hull.append(point)
    return hull


def _slope(one: DetPoint, other: DetPoint) -> float:
    return (one.missed - other.missed) / max(other.false_accepts - one.false_accepts, 0.1)
