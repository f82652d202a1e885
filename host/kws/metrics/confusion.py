# SPDX-License-Identifier: Apache-2.0
"""Figures of merit from true and predicted classes: pure functions of arrays."""

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_SHOWN_CONFUSIONS = 10
_Z_95 = 1.959963984540054  # two-sided 95 % quantile of the normal distribution


@dataclass(frozen=True)
class WordScore:
    """One class: precision is None when it was never predicted, recall when it had no clip."""

    label: str
    clips: int
    precision: float | None
    recall: float | None


@dataclass(frozen=True, eq=False)
class Metrics:
    """A confusion matrix and what follows from it.

    Attributes:
        labels: class names, in the order of rows and columns.
        confusion: int64 [classes, classes]; rows are the truth, columns the prediction.
    """

    labels: tuple[str, ...]
    confusion: npt.NDArray[np.int64]

    @property
    def clips(self) -> int:
        return int(self.confusion.sum())

    @property
    def correct(self) -> int:
        return int(np.trace(self.confusion))

    @property
    def accuracy(self) -> float:
        """Share of clips that were classified right; 0 when there was no clip."""
        return self.correct / self.clips if self.clips else 0.0

    @property
    def interval_95(self) -> tuple[float, float]:
        """95 % confidence interval of the accuracy."""
        return wilson_interval(self.correct, self.clips)

    @property
    def words(self) -> tuple[WordScore, ...]:
        """Precision and recall of each class."""
        true = self.confusion.sum(axis=1)
        predicted = self.confusion.sum(axis=0)
        hits = np.diag(self.confusion)
        return tuple(
            WordScore(
                label,
                int(true[i]),
                float(hits[i] / predicted[i]) if predicted[i] else None,
                float(hits[i] / true[i]) if true[i] else None,
            )
            for i, label in enumerate(self.labels)
        )


def metrics(truth: npt.ArrayLike, predicted: npt.ArrayLike, labels: Sequence[str]) -> Metrics:
    """Metrics of class indices: truth and predicted, int [n] each, in [0, len(labels))."""
    confusion = np.zeros((len(labels), len(labels)), np.int64)
    np.add.at(confusion, (np.asarray(truth, int), np.asarray(predicted, int)), 1)
    return Metrics(tuple(labels), confusion)


def wilson_interval(successes: int, trials: int, z: float = _Z_95) -> tuple[float, float]:
    """Wilson's score interval of a proportion (Wilson, JASA 22:209, 1927); (0, 1) for no trial."""
    if trials == 0:
        return 0.0, 1.0
    share = successes / trials
    denominator = 1 + z * z / trials
    centre = (share + z * z / (2 * trials)) / denominator
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials**2)) / denominator
    return max(0.0, centre - half), min(1.0, centre + half)


def confusion_text(result: Metrics) -> str:
    """The matrix as aligned text: a row a true class, a column a predicted one."""
    width = max(4, *(len(label) for label in result.labels))
    cells = [max(len(label), len(str(np.max(result.confusion)))) for label in result.labels]
    header = " ".join(label.rjust(cell) for label, cell in zip(result.labels, cells, strict=True))
    lines = [f"{'':{width}}  predicted", f"{'true':{width}}  {header}"]
    for label, row in zip(result.labels, result.confusion, strict=True):
        numbers = (
            (str(count) if count else ".").rjust(cell)
            for count, cell in zip(row, cells, strict=True)
        )
        lines.append(f"{label:{width}}  {' '.join(numbers)}")
    return "\n".join(lines) + "\n"


def confusion_view(result: Metrics, columns: int) -> str:
    """The matrix as text where it fits into so many columns, else the worst confusions."""
    matrix = confusion_text(result)
    if max(map(len, matrix.splitlines())) <= columns:
        return matrix
    clips = result.confusion.sum(axis=1)
    wrong = [(int(count), *place) for place, count in np.ndenumerate(result.confusion) if count]
    wrong = sorted((entry for entry in wrong if entry[1] != entry[2]), key=lambda e: -e[0])
    lines = [
        f"  {result.labels[true]} taken for {result.labels[taken]}: {count} of {clips[true]} clips"
        for count, true, taken in wrong[:_SHOWN_CONFUSIONS]
    ]
    if more := len(wrong) - len(lines):
        lines.append(f"  and {more} more")
    lines = lines or ["  none"]
    title = f"worst confusions ({len(result.labels)} classes: the matrix is wider than {columns}):"
    return "\n".join([title, *lines]) + "\n"


def confusion_csv(result: Metrics) -> str:
    """The matrix as CSV: first row and first column are the labels, rows are the truth."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["true \\ predicted", *result.labels])
    for label, row in zip(result.labels, result.confusion, strict=True):
        writer.writerow([label, *(int(count) for count in row)])
    return text.getvalue()
