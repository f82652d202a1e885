# SPDX-License-Identifier: Apache-2.0
"""What a training ended with: training/result.json and the validation confusion matrix."""

from dataclasses import dataclass

import numpy as np

from kws.metrics.confusion import Metrics, confusion_csv, confusion_text
from kws.run.paths import RunPaths
from kws_codegen.base.interface import Interface
from kws_codegen.base.json_file import read_json, write_json

_RESULT = "result.json"
_CONFUSION = "validation_confusion"


@dataclass(frozen=True)
class _Record:
    """What result.json holds."""

    epochs: int
    kept_epoch: int
    parameters: int
    still_improving: bool
    interface: Interface
    validation_accuracy: float
    labels: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    temperature: float = 1.0  # of older runs: the logits were left as they were


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """The network that was kept, judged on the validation split."""

    epochs: int  # that were trained, resumed ones included
    kept_epoch: int  # whose weights are in model.keras, from 1
    validation: Metrics
    parameters: int
    still_improving: bool  # at the end: more epochs would do better
    temperature: float  # that the logits were divided by
    interface: Interface  # what it was trained for

    def save(self, run: RunPaths) -> None:
        """Write result.json, and the confusion matrix as text, CSV and PNG, to run.training."""
        from kws.metrics.plots import plot_confusion

        folder = run.training
        record = _Record(
            epochs=self.epochs,
            kept_epoch=self.kept_epoch,
            parameters=self.parameters,
            still_improving=self.still_improving,
            temperature=self.temperature,
            interface=self.interface,
            validation_accuracy=self.validation.accuracy,
            labels=self.validation.labels,
            confusion=tuple(map(tuple, self.validation.confusion.tolist())),
        )
        write_json(folder / _RESULT, record)
        texts = {"txt": confusion_text(self.validation), "csv": confusion_csv(self.validation)}
        for suffix, text in texts.items():
            (folder / f"{_CONFUSION}.{suffix}").write_text(text, encoding="utf-8")
        title = f"Validation split after training, accuracy {self.validation.accuracy:.1%}"
        plot_confusion(folder / f"{_CONFUSION}.png", self.validation, title)


def load_result(run: RunPaths) -> TrainingResult:
    """Read what the last finished training of `run` wrote. KwsError when missing or damaged."""
    record = read_json(run.training / _RESULT, _Record, f"kws train --run {run.root} --force")
    validation = Metrics(record.labels, np.array(record.confusion, np.int64))
    return TrainingResult(
        epochs=record.epochs,
        kept_epoch=record.kept_epoch,
        validation=validation,
        parameters=record.parameters,
        still_improving=record.still_improving,
        temperature=record.temperature,
        interface=record.interface,
    )


def forget_result(run: RunPaths) -> None:
    """Remove result.json: what model.keras holds is about to change."""
    (run.training / _RESULT).unlink(missing_ok=True)
