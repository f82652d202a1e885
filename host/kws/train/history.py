# SPDX-License-Identifier: Apache-2.0
"""What a training leaves to look at: history.csv, history.png, TensorBoard logs."""

import csv
from dataclasses import asdict, fields
from pathlib import Path
from statistics import fmean
from typing import Any

from kws.train.checkpoint import Epoch

_FALL = 0.05  # of the loss, from one tenth of the epochs to the next


def write_csv(path: Path, history: list[Epoch]) -> None:
    """history.csv: a line an epoch, a column a field of Epoch."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, [field.name for field in fields(Epoch)])
        writer.writeheader()
        writer.writerows(asdict(entry) for entry in history)


def write_plot(path: Path, history: list[Epoch], used: int) -> None:
    """history.png: loss and accuracy by epoch; `used` is the epoch whose weights are kept."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    epochs = [entry.epoch for entry in history]
    figure = Figure(figsize=(10, 4), layout="constrained")
    loss, accuracy = figure.subplots(1, 2)
    loss.plot(epochs, [entry.loss for entry in history], label="training (augmented)")
    loss.plot(epochs, [entry.validation_loss for entry in history], label="validation")
    loss.set(title="Loss", ylim=(0, None))
    accuracy.plot(epochs, [entry.accuracy for entry in history], label="training (augmented)")
    accuracy.plot(epochs, [entry.validation_accuracy for entry in history], label="validation")
    accuracy.set(title="Accuracy", ylim=(0, 1))
    accuracy.yaxis.set_major_formatter(PercentFormatter(1.0))
    kept = history[used - 1].validation_accuracy
    for axes, place in ((loss, "upper right"), (accuracy, "lower right")):
        axes.axvline(used, color="0.6", linestyle=":", label=f"kept: epoch {used}, {kept:.1%}")
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
        axes.legend(loc=place)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)


def still_improving(history: list[Epoch]) -> bool:
    """Whether the loss was still falling at the end, in training and in validation.

    In training its mean over the last tenth of the epochs is at least _FALL lower than over the
    tenth before, and in validation lower too. Never in fewer than ten epochs.
    """
    tenth = len(history) // 10
    if not tenth:
        return False
    last, before = history[-tenth:], history[-2 * tenth : -tenth]

    def means(key: str) -> tuple[float, float]:
        return fmean(getattr(e, key) for e in last), fmean(getattr(e, key) for e in before)

    loss, loss_before = means("loss")
    validation, validation_before = means("validation_loss")
    return loss < (1 - _FALL) * loss_before and validation < validation_before


class TensorBoardLog:
    """Scalars of each epoch for `tensorboard --logdir RUN/training/tensorboard`."""

    def __init__(self, folder: Path) -> None:
        import tensorflow as tf

        self._summary: Any = tf.summary
        self._writer = tf.summary.create_file_writer(str(folder))

    def add(self, entry: Epoch) -> None:
        """Log one epoch."""
        with self._writer.as_default(step=entry.epoch):
            for name, value in asdict(entry).items():
                if name != "epoch":
                    self._summary.scalar(name, value)
        self._writer.flush()

    def close(self) -> None:
        self._writer.close()
