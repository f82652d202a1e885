# SPDX-License-Identifier: Apache-2.0
"""Confusion matrices of a run: float, TensorFlow Lite Micro, devices; equal ones only once."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kws.metrics.confusion import Metrics
from kws.quantize.quantize import ConfusionRows
from kws.report.gather import Answer, Evaluated, RunFacts

REFERENCE = "TensorFlow Lite Micro"
_WORST = 10


@dataclass(frozen=True)
class Confusion:
    """So many clips of one class that were taken for another."""

    true: str
    taken: str
    count: int
    clips: int  # of the true class
    key: str  # of its cell


@dataclass(frozen=True, eq=False)
class Matrix:
    """One matrix, and who gave these answers.

    Attributes:
        wrong: by cell_key(), the clips in it; none where only the counts are known.
    """

    key: str
    names: tuple[str, ...]
    about: str
    metrics: Metrics
    wrong: dict[str, list[Answer]]
    evaluated: Evaluated | None = None

    @property
    def title(self) -> str:
        return ", ".join(self.names)

    @cached_property
    def worst(self) -> tuple[Confusion, ...]:
        """The most frequent confusions first."""
        labels, counts = self.metrics.labels, self.metrics.confusion
        totals = counts.sum(axis=1)
        found = [
            Confusion(labels[t], labels[p], int(counts[t, p]), int(totals[t]), cell_key(t, p))
            for t, p in np.argwhere(counts)
            if t != p
        ]
        return tuple(sorted(found, key=lambda c: -c.count)[:_WORST])

    def share(self, row: int, column: int) -> int:
        """Of the clips of the row's class, in percent."""
        total = int(self.metrics.confusion[row].sum())
        return round(100 * int(self.metrics.confusion[row, column]) / total) if total else 0


def cell_key(row: int, column: int) -> str:
    """Names a cell in the page."""
    return f"{row}-{column}"


def matrices(facts: RunFacts) -> tuple[Matrix, ...]:
    """Devices first (those that do not contradict each other together), the float network last."""
    found = [_of_group(group) for group in _groups(facts.evaluations)]
    quantization = facts.quantization
    if quantization is not None:
        labels, clips = quantization.interface.labels, f"{quantization.clips} clips (testing)"
        known = [m.metrics.confusion.tolist() for m in found if REFERENCE in m.names]
        rows = quantization.int8_confusion
        if rows and [list(row) for row in rows] not in known:
            found.append(_of_counts(labels, rows, REFERENCE, clips))
        if rows := quantization.float_confusion:
            found.append(_of_counts(labels, rows, "float network", f"{clips}, before int8"))
    return tuple(
        Matrix(f"m{i}", m.names, m.about, m.metrics, m.wrong, m.evaluated)
        for i, m in enumerate(found)
    )


def _groups(evaluations: Iterable[Evaluated]) -> list[list[Evaluated]]:
    """Evaluations that gave their clips the words that the first of their group gave."""
    groups: list[tuple[set[object], list[Evaluated]]] = []
    for evaluated in evaluations:
        report = evaluated.report
        answers: set[object] = {
            (report.data, report.split, a.clip, a.predicted) for a in evaluated.answers
        }
        same = next((group for known, group in groups if answers and answers <= known), None)
        if same is None:
            groups.append((answers, [evaluated]))
        else:
            same.append(evaluated)
    return [group for _, group in groups]


def _of_group(group: list[Evaluated]) -> Matrix:
    report = group[0].report
    counts = [(e.report.target, e.report.clips) for e in group]
    names = [n if c == report.clips else f"{n} ({c} of these)" for n, c in counts]
    if all(e.report.parity.identical == e.report.clips for e in group):
        names.insert(0, REFERENCE)
    place = {label: i for i, label in enumerate(report.labels)}
    wrong: dict[str, list[Answer]] = {}
    for answer in group[0].answers:
        if answer.truth != answer.predicted:
            key = cell_key(place[answer.truth], place[answer.predicted])
            wrong.setdefault(key, []).append(answer)
    where = report.split if report.own_data else f"{report.split} of {report.data}"
    about = f"{report.clips} clips ({where})"
    return Matrix("", tuple(names), about, report.metrics, wrong, group[0])


def _of_counts(labels: tuple[str, ...], rows: ConfusionRows, name: str, about: str) -> Matrix:
    return Matrix("", (name,), about, Metrics(labels, np.array(rows, np.int64)), {})
