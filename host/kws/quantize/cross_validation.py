# SPDX-License-Identifier: Apache-2.0
"""Cross-validation: each recording judged by an int8 model that was trained without it.

A model a fold (kws.data.folds), trained and quantized as that of the run; what they answer is
pooled. Only recordings count: neither cuts of noise, which all folds share, nor spoken words.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from kws.config.schema import Config
from kws.data import Dataset, Folds, evaluation_clips, fold_dataset
from kws.features import cached_features
from kws.metrics.confusion import Metrics, metrics
from kws.metrics.verdict import accuracy_text
from kws.quantize.quantize import int8_answers, int8_model, load_keras, load_quantization
from kws.run.paths import RunPaths
from kws.train.epochs import network_input
from kws.train.loop import train
from kws.train.model import predict
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import config_hash, file_hash, hash_json
from kws_codegen.base.json_file import read_json, write_json
from kws_codegen.base.version import VERSION

_COMMAND = "kws train --folds K"


@dataclass(frozen=True)
class Doubt:
    """How much a network that has not heard a recording doubts its label. Scores are 0 to 1."""

    path: str
    label: str
    score: float  # of the label
    other: str  # the likeliest other label
    other_score: float

    @property
    def amount(self) -> float:
        """-1: none, 1: the recording is surely something else."""
        return self.other_score - self.score


@dataclass(frozen=True)
class FoldAnswers:
    """What the model of a fold says of its recordings."""

    paths: tuple[str, ...]
    truth: tuple[int, ...]  # positions in the labels
    predicted: tuple[int, ...]
    doubts: tuple[Doubt, ...] = ()  # of every recording of the fold, those of other words too


@dataclass(frozen=True)
class CrossValidation:
    """All folds together, as cross_validation.json holds it."""

    of: str  # hash of what the models depend on
    folds: int
    by_speaker: bool  # no speaker was in training and judged; else no recording
    fold_accuracies: tuple[float, ...]  # 0 to 1
    labels: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]  # rows are the truth, columns the prediction

    @cached_property
    def metrics(self) -> Metrics:
        return Metrics(self.labels, np.array(self.confusion, np.int64))

    @property
    def line(self) -> str:
        """The result in one line."""
        unit = "speaker" if self.by_speaker else "recording"
        heard = "its speaker" if self.by_speaker else "it, though maybe its speaker"
        accuracy = accuracy_text(self.metrics, f"{self.folds} folds by {unit}")
        return f"cross-validation: {accuracy}; each judged by a model that has not heard {heard}"


def fold_paths(run: RunPaths, count: int) -> list[Path]:
    """A file of FoldAnswers for each of so many folds."""
    return [run.folds / f"{index + 1}-of-{count}.json" for index in range(count)]


def judge_fold(config: Config, dataset: Dataset, folds: Folds, index: int, path: Path) -> None:
    """Train and quantize the model of fold `index`, and write its FoldAnswers to `path`.

    Works in a folder beside `path`, from whose checkpoint an interrupted training goes on.
    """
    part = fold_dataset(dataset, folds, index, config.data)
    work = RunPaths(path.with_suffix(""))
    train(config, part, work, f"fold {index + 1} of {folds.count}", quiet=True)
    network = load_keras(work)
    content = int8_model(network, config, part)
    clips, truth, names = evaluation_clips(part, config, "testing")
    judged = [row for row, name in enumerate(names) if name in folds.fold_of]
    answers = int8_answers(content, config, cached_features(clips[judged], config.features))
    result = FoldAnswers(
        tuple(names[row] for row in judged),
        tuple(truth[judged].tolist()),
        tuple(answers.tolist()),
        _doubts(network, config, replace(part, every_unknown=True), folds),
    )
    write_json(path, result)
    shutil.rmtree(work.root)


def _doubts(network: Any, config: Config, part: Dataset, folds: Folds) -> tuple[Doubt, ...]:
    """Of each recording in the testing split of `part`."""
    clips, truth, names = evaluation_clips(part, config, "testing")
    rows = [row for row, name in enumerate(names) if name in folds.fold_of]
    raw = cached_features(clips[rows], config.features)
    doubts, labels = [], config.data.labels
    for row, scores in zip(rows, predict(network, network_input(raw, config)), strict=True):
        own = float(scores[truth[row]])
        scores[truth[row]] = -1
        other = int(scores.argmax())
        doubts.append(
            Doubt(names[row], labels[truth[row]], own, labels[other], float(scores[other]))
        )
    return tuple(doubts)


def suspects(config: Config, run: RunPaths) -> list[Doubt]:
    """Every recording that the folds judged, the most doubtful label first.

    Doubts are compared with the median of their label, so that a label which the networks know
    badly does not fill the top (as the thresholds by class of Northcutt et al., arXiv:1911.00068).
    KwsError without a cross-validation of the run's recordings and recipe.
    """
    doubts: list[Doubt] = []
    if run.cross_validation.is_file():
        found = read_json(run.cross_validation, CrossValidation, _COMMAND)
        for path in fold_paths(run, found.folds) if found.of == _depends_on(config, run) else ():
            doubts += read_json(path, FoldAnswers, _COMMAND).doubts
    if not doubts:
        raise KwsError(
            f"{run.root} has no cross-validation, whose models judge what they have not heard",
            f"Train them: kws train --run {run.root} --folds 5, or kws data suspects {run.root} "
            "--folds 5.",
        )
    usual = {
        label: median(doubt.amount for doubt in doubts if doubt.label == label)
        for label in {doubt.label for doubt in doubts}
    }
    return sorted(doubts, key=lambda doubt: (usual[doubt.label] - doubt.amount, doubt.path))


def pool_folds(
    config: Config, folds: Folds, paths: Sequence[Path], run: RunPaths
) -> CrossValidation:
    """Put the FoldAnswers at `paths` together; writes cross_validation.json."""
    answers = [read_json(path, FoldAnswers, _COMMAND) for path in paths]
    labels = config.data.labels
    pooled = metrics(
        np.concatenate([a.truth for a in answers]),
        np.concatenate([a.predicted for a in answers]),
        labels,
    )
    result = CrossValidation(
        of=_depends_on(config, run),
        folds=folds.count,
        by_speaker=folds.by_speaker,
        fold_accuracies=tuple(metrics(a.truth, a.predicted, labels).accuracy for a in answers),
        labels=labels,
        confusion=tuple(map(tuple, pooled.confusion.tolist())),
    )
    write_json(
        run.cross_validation,
        result,
        clips=pooled.clips,
        accuracy=pooled.accuracy,
        accuracy_interval_95=pooled.interval_95,
    )
    return result


def current_cross_validation(config: Config, run: RunPaths) -> CrossValidation | None:
    """That of the run's recordings and recipe; None when there is none, or one of others."""
    if not run.cross_validation.is_file() or not run.dataset.is_file():
        return None
    try:
        result = read_json(run.cross_validation, CrossValidation, _COMMAND)
        ours = load_quantization(run).float_accuracy is not None
    except KwsError:
        return None
    return result if ours and result.of == _depends_on(config, run) else None


def _depends_on(config: Config, run: RunPaths) -> str:
    parts = (config.data, config.features, config.model, config.training, config.quantization)
    return hash_json([VERSION, file_hash(run.dataset), *map(config_hash, parts)])
