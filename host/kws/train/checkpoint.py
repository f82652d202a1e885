# SPDX-License-Identifier: Apache-2.0
"""Checkpoints: everything that a training needs to go on as if it had never stopped.

`last.npz` holds every variable of the model (dropout's random state included) and of the
optimiser (moments and step count), and the history as JSON. What a training
draws at random besides is a function of the seed and the epoch, so nothing else is needed.
`best.npz` holds the weights of the epoch with the lowest validation loss. Both are replaced
in one rename; a kill at any moment leaves the file of the epoch before.
"""

import json
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kws.console import warn

_LAST = "last.npz"
_BEST = "best.npz"


@dataclass(frozen=True)
class Epoch:
    """One line of the history."""

    epoch: int  # from 1
    learning_rate: float  # at the end of the epoch
    loss: float  # of training, augmented, label smoothing included
    accuracy: float  # of training, augmented: 0 to 1
    validation_loss: float
    validation_accuracy: float
    seconds: float


@dataclass
class State:
    """What a checkpoint knows besides variables."""

    key: str  # hash of configuration and data set; another one starts over
    history: list[Epoch] = field(default_factory=list)

    @property
    def best(self) -> Epoch | None:
        """The epoch with the lowest validation loss (the first of equals)."""
        return min(self.history, key=lambda entry: entry.validation_loss, default=None)

    @property
    def epochs_without_gain(self) -> int:
        """Epochs since the best one."""
        return 0 if self.best is None else len(self.history) - self.best.epoch


def save_last(folder: Path, state: State, model: Any) -> None:
    """Write last.npz: model and optimiser variables, and `state`."""
    arrays = {f"model_{i}": v.numpy() for i, v in enumerate(model.variables)}
    arrays |= {f"optimizer_{i}": v.numpy() for i, v in enumerate(model.optimizer.variables)}
    _write(folder / _LAST, arrays | {"state": np.array(json.dumps(asdict(state)))})


def load_last(folder: Path, key: str, model: Any) -> State | None:
    """Restore model and optimiser from last.npz; the State, or None to start from scratch.

    A checkpoint of another configuration or data set (`key`), or a damaged one, is not used,
    with a warning.
    """
    path = folder / _LAST
    if not path.is_file():
        return None
    try:
        with np.load(path) as file:
            arrays = dict(file)
        values = json.loads(str(arrays["state"]))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        warn(f"{path.name} is damaged; training starts from the beginning")
        return None
    if values["key"] != key:
        warn("the checkpoint is of another configuration or data set; training starts over")
        return None
    model.optimizer.build(model.trainable_variables)
    for kind, variables in (("model", model.variables), ("optimizer", model.optimizer.variables)):
        for index, variable in enumerate(variables):
            variable.assign(arrays[f"{kind}_{index}"])
    history = [Epoch(**entry) for entry in values["history"]]
    return State(values["key"], history)


def save_best(folder: Path, model: Any) -> None:
    """Write best.npz: the weights of the model."""
    _write(folder / _BEST, {f"model_{i}": w for i, w in enumerate(model.get_weights())})


def load_best(folder: Path, model: Any) -> None:
    """Give the model the weights of best.npz."""
    with np.load(folder / _BEST) as arrays:
        model.set_weights([arrays[f"model_{i}"] for i in range(len(arrays.files))])


def _write(path: Path, arrays: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part.npz")
    np.savez(unfinished, **arrays)
    unfinished.replace(path)
