# SPDX-License-Identifier: Apache-2.0
"""DET curves: misses against false accepts an hour, as the threshold moves.

Martin et al., "The DET curve in assessment of detection task performance", Eurospeech 1997; with
false accepts an hour instead of a probability, for a listener makes no trials.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kws.detect import Detector
from kws.streams.decisions import Decisions, Listening
from kws.streams.scoring import Heard, judge
from kws.streams.stream import Stream

_TOP = 255 / 256  # the highest score there is
_POINTS = 48
_LOWEST = 0.2
NEVER = 1.0
"""A threshold that no score reaches."""


@dataclass(frozen=True)
class DetPoint:
    """What one threshold gives."""

    threshold: float
    missed: int
    said: int
    false_accepts: int  # in the background that has most an hour, where no wanted word is said
    hours: float  # of that background

    @property
    def missed_share(self) -> float:
        return self.missed / self.said if self.said else 0.0

    @property
    def per_hour(self) -> float:
        return self.false_accepts / self.hours if self.hours else 0.0


@dataclass(frozen=True)
class ScoredStream:
    """A stream, and what was decided in it."""

    stream: Stream
    decisions: Decisions


def thresholds() -> tuple[float, ...]:
    """Those that are tried, falling; close to each other where scores are high."""
    steps = 1 - np.geomspace(1 - _TOP + 1e-4, 1 - _LOWEST, _POINTS)
    return tuple(float(step) for step in steps)


def heard_in(scored: ScoredStream, detector: Detector, listening: Listening) -> tuple[Heard, ...]:
    """The detections that these scores give."""
    heard = scored.decisions.heard
    return tuple(
        Heard(int(heard[event.decision]), listening.labels[event.word], event.score)
        for event in detector.events(scored.decisions.scores)
    )


class Curves:
    """DET curves of some streams: words are said in some, and in others only false accepts are.

    False accepts are those of the background that has most of them an hour: speech, nearly always.
    A mean over backgrounds would be as low as one likes, with hours of silence.

    Attributes:
        streams: with and without wanted words.
        hours: of the longest background.
    """

    def __init__(
        self,
        streams: Sequence[ScoredStream],
        detector: Detector,
        listening: Listening,
    ) -> None:
        self.streams = streams
        self._detector = detector
        self._listening = listening
        self._words = tuple(dict.fromkeys(w.word for s in streams for w in s.stream.words))
        self._hours: dict[str, float] = {}  # without wanted words, by background
        for scored in streams:
            if not scored.stream.words:
                kind = scored.stream.background
                hours = scored.stream.samples.size / (3600 * listening.rate_hz)
                self._hours[kind] = self._hours.get(kind, 0.0) + hours
        self.hours = max(self._hours.values(), default=0.0)

    @property
    def words(self) -> tuple[str, ...]:
        """The words that are said."""
        return self._words

    def overall(self) -> tuple[DetPoint, ...]:
        """One threshold for all words."""
        return tuple(
            self.point(threshold, dict.fromkeys(self._words, threshold))
            for threshold in thresholds()
        )

    def of_word(self, word: str) -> tuple[DetPoint, ...]:
        """Thresholds of one word, the others never being detected."""
        others = dict.fromkeys(self._words, NEVER)
        return tuple(
            self.point(threshold, {**others, word: threshold}, word) for threshold in thresholds()
        )

    def point(
        self, threshold: float, by_word: dict[str, float], word: str | None = None
    ) -> DetPoint:
        """What thresholds by word give, of all words or one."""
        listening = self._listening
        detector = self._detector.with_thresholds(
            [by_word.get(label, NEVER) for label in listening.labels]
        )
        outcomes = [
            judge(s.stream, heard_in(s, detector, listening), listening.rate_hz)
            for s in self.streams
        ]
        said = [w for o in outcomes for w in o.stream.words if word in (None, w.word)]
        missed = [w for o in outcomes for w in o.missed if word in (None, w.word)]
        false = dict.fromkeys(self._hours, 0)
        for outcome in outcomes:
            if not outcome.stream.words:
                false[outcome.stream.background] += len(outcome.false)
        worst = max(false, key=lambda kind: false[kind] / self._hours[kind], default=None)
        count, hours = (0, 0.0) if worst is None else (false[worst], self._hours[worst])
        return DetPoint(threshold, len(missed), len(said), count, hours)


def det_csv(curves: dict[str, Sequence[DetPoint]]) -> str:
    """All curves as CSV; the curve of all words together is that named "all"."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ["word", "threshold", "missed", "said", "frr", "false_accepts", "hours", "per_hour"]
    )
    for word, points in curves.items():
        for p in points:
            writer.writerow(
                [word, f"{p.threshold:.5f}", p.missed, p.said, f"{p.missed_share:.5f}",
                 p.false_accepts, f"{p.hours:.4f}", f"{p.per_hour:.4f}"]
            )  # fmt: skip
    return text.getvalue()


def plot_det(
    path: Path, curves: dict[str, Sequence[DetPoint]], chosen: DetPoint | None, title: str
) -> None:
    """DET curves as PNG: false accepts an hour (logarithmic) against the share of words missed.

    A rate of 0 is drawn at the left edge, which is below one event in all the hours.
    """
    from matplotlib.figure import Figure

    hours = max((p.hours for points in curves.values() for p in points), default=0) or 1.0
    edge = 0.3 / hours
    figure = Figure(figsize=(7.5, 5.6), layout="constrained")
    axes = figure.add_subplot()
    for word, points in curves.items():
        rates = [max(p.per_hour, edge) for p in points]
        shares = [100 * p.missed_share for p in points]
        style = {"color": "black", "linewidth": 2.2} if word == "all" else {"linewidth": 0.9}
        label = "all words" if word == "all" else word
        axes.step(rates, shares, where="post", label=label.replace("$", r"\$"), **style)
    if chosen is not None:
        axes.plot(
            [max(chosen.per_hour, edge)], [100 * chosen.missed_share], "o", color="black",
            markersize=8, fillstyle="none", label="these thresholds",
        )  # fmt: skip
    axes.set_xscale("log")
    axes.set_ylim(0, 100)
    axes.set_xlabel(
        f"false accepts an hour of the worst background (left edge: none in {hours:.1f} h)"
    )
    axes.set_ylabel("words missed, %")
    axes.grid(which="both", color="0.9", linewidth=0.6)
    axes.set_title(title, fontsize=11, parse_math=False)
    axes.legend(fontsize=8, loc="upper right")
    figure.savefig(path, dpi=120, metadata={"Software": None})
