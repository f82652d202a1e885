"""What a training ended with: training/result.json and the validation confusion matrix."""

import json
from dataclasses import dataclass

import numpy as np

from kws.evaluate.metrics import Metrics, confusion_csv, confusion_text
from kws.run.paths import RunPaths

_RESULT = "result.json"
_CONFUSION = "validation_confusion"


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """The network that was kept, judged on the validation split."""

    epochs: int  # that were trained, resumed ones included
    kept_epoch: int  # whose weights are in model.keras, from 1
    validation: Metrics
    parameters: int

    def save(self, run: RunPaths) -> None:
        """Write result.json, and the confusion matrix as text, CSV and PNG, to run.training."""
        from kws.evaluate.plots import plot_confusion

        values = {
            "epochs": self.epochs,
            "kept_epoch": self.kept_epoch,
            "parameters": self.parameters,
            "validation_accuracy": self.validation.accuracy,
            "labels": self.validation.labels,
            "confusion": self.validation.confusion.tolist(),
        }
        folder = run.training
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _RESULT).write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
        texts = {"txt": confusion_text(self.validation), "csv": confusion_csv(self.validation)}
        for suffix, text in texts.items():
            (folder / f"{_CONFUSION}.{suffix}").write_text(text, encoding="utf-8")
        title = f"Validation split after training, accuracy {self.validation.accuracy:.1%}"
        plot_confusion(folder / f"{_CONFUSION}.png", self.validation, title)


def load_result(run: RunPaths) -> TrainingResult:
    """Read what the last finished training of `run` wrote."""
    values = json.loads((run.training / _RESULT).read_text(encoding="utf-8"))
    confusion = np.array(values["confusion"], np.int64)
    validation = Metrics(tuple(values["labels"]), confusion)
    return TrainingResult(values["epochs"], values["kept_epoch"], validation, values["parameters"])
