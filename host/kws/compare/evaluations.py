# SPDX-License-Identifier: Apache-2.0
"""Two evaluations of the same clips: on which do they disagree, and is one of them better?"""

import csv
from collections import Counter
from dataclasses import dataclass
from math import comb
from pathlib import Path

from kws.evaluate.report_files import CLIPS
from kws_codegen.base.errors import KwsError


@dataclass(frozen=True)
class Disagreement:
    """A clip to which two evaluations gave different words."""

    clip: str
    truth: str
    a: str
    b: str


@dataclass(frozen=True)
class EvaluationComparison:
    """What `kws compare` reports of two evaluations. The counts are of the clips of both."""

    a: str
    b: str
    clips: int
    only_in_a: int
    only_in_b: int
    right_in_a: int
    right_in_b: int
    right_only_in_a: int
    right_only_in_b: int
    mcnemar_p: float  # exact, two-sided: chance of such a split when both are equally good
    same_word_other_scores: int
    disagreements: tuple[Disagreement, ...]

    @property
    def identical(self) -> bool:
        """Both gave the same clips the same words."""
        return not (self.disagreements or self.only_in_a or self.only_in_b)


@dataclass(frozen=True)
class _Answer:
    truth: str
    predicted: str
    scores: tuple[tuple[str, str], ...]  # column and value


def is_evaluation(name: str) -> bool:
    """Whether this names an evaluation: <target>.json, its evaluation.json, or its folder."""
    return _clips_file(name).is_file()


def compare_evaluations(a: str, b: str) -> EvaluationComparison:
    """Compare two evaluations, each named as is_evaluation() says.

    KwsError when a clips.csv is damaged, or they have no clip in common or other truths.
    """
    left, right = _read(_clips_file(a)), _read(_clips_file(b))
    common = [clip for clip in left if clip in right]
    if not common:
        raise KwsError(
            f"{a} and {b} have no clip in common", "Compare evaluations of the same recordings."
        )
    pairs = [(left[clip], right[clip]) for clip in common]
    for (clip, _), (x, y) in zip(common, pairs, strict=True):
        if x.truth != y.truth:
            raise KwsError(
                f"{clip} is {x.truth!r} in {a}, but {y.truth!r} in {b}",
                "Compare evaluations whose runs know the same words.",
            )
    only_a = sum(x.predicted == x.truth != y.predicted for x, y in pairs)
    only_b = sum(y.predicted == y.truth != x.predicted for x, y in pairs)
    return EvaluationComparison(
        a=a,
        b=b,
        clips=len(common),
        only_in_a=len(left) - len(common),
        only_in_b=len(right) - len(common),
        right_in_a=sum(x.predicted == x.truth for x, _ in pairs),
        right_in_b=sum(y.predicted == y.truth for _, y in pairs),
        right_only_in_a=only_a,
        right_only_in_b=only_b,
        mcnemar_p=mcnemar(only_a, only_b),
        same_word_other_scores=sum(
            x.predicted == y.predicted and x.scores != y.scores for x, y in pairs
        ),
        disagreements=tuple(
            Disagreement(clip, x.truth, x.predicted, y.predicted)
            for (clip, _), (x, y) in zip(common, pairs, strict=True)
            if x.predicted != y.predicted
        ),
    )


def mcnemar(only_a: int, only_b: int) -> float:
    """McNemar's exact test, two-sided.

    only_a, only_b: clips that one evaluation alone has right. When both are equally good, each
    such clip falls to either with probability 1/2; the result is the probability of a split at
    least as uneven.
    """
    n = only_a + only_b
    tail = sum(comb(n, i) for i in range(min(only_a, only_b) + 1))
    both_tails: float = 2 * tail / 2**n
    return min(1.0, both_tails)


def _clips_file(name: str) -> Path:
    path = Path(name).resolve()  # <target>.json is a link into the evaluation's folder
    return (path.parent if path.suffix == ".json" else path) / CLIPS


def _read(path: Path) -> dict[tuple[str, int], _Answer]:
    """Answers by clip, and how often that name came before."""
    answers = {}
    seen: Counter[str] = Counter()
    try:
        with path.open(newline="", encoding="utf-8", errors="surrogateescape") as stream:
            for row in csv.DictReader(stream):
                scores = tuple((k, v) for k, v in row.items() if k.startswith("score_"))
                clip = row["clip"]
                answers[clip, seen[clip]] = _Answer(row["true"], row["predicted"], scores)
                seen[clip] += 1
    except (OSError, ValueError, KeyError, AttributeError, csv.Error):
        raise KwsError(f"{path} is damaged", "Run kws evaluate again.") from None
    return answers
