# SPDX-License-Identifier: Apache-2.0
"""What a training leaves to look at: history.csv, history.png, TensorBoard logs."""

import csv
import shlex
from dataclasses import asdict, fields
from pathlib import Path
from statistics import fmean
from typing import Any

from kws.config.schema import Config
from kws.train.checkpoint import Epoch
from kws_codegen.base.hashes import config_hash, plain_values

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
    """Scalars of each epoch, training and validation in one chart, and the hyperparameters."""

    def __init__(self, folder: Path, config: Config) -> None:
        import tensorflow as tf
        from tensorboard.plugins.hparams import api as hparams

        self._summary: Any = tf.summary
        self._writers = {
            part: tf.summary.create_file_writer(str(folder / part))
            for part in ("training", "validation")
        }
        with self._writers["validation"].as_default():
            # Its accuracy is what TensorBoard's table of hyperparameters shows.
            hparams.hparams(hyperparameters(config), trial_id=config_hash(config))

    def add(self, entry: Epoch) -> None:
        """Log one epoch."""
        values = {
            "training": {
                "loss": entry.loss,
                "accuracy": entry.accuracy,
                "learning_rate": entry.learning_rate,
                "seconds": entry.seconds,
            },
            "validation": {"loss": entry.validation_loss, "accuracy": entry.validation_accuracy},
        }
        for part, writer in self._writers.items():
            with writer.as_default(step=entry.epoch):
                for name, value in values[part].items():
                    self._summary.scalar(name, value)
            writer.flush()

    def close(self) -> None:
        for writer in self._writers.values():
            writer.close()


def hyperparameters(config: Config) -> dict[str, str | int | float | bool]:
    """What was chosen of network and training, by section.key; lists as text."""
    values = plain_values(config)
    return {
        f"{section}.{key}": value if isinstance(value, (str, int, float, bool)) else str(value)
        for section in ("data", "model", "training")
        for key, value in values[section].items()
    }


def tensorboard_command(folder: Path) -> str:
    """What shows the logs of this folder in a browser."""
    return f"tensorboard --logdir {shlex.quote(str(folder))}"
