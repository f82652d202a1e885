# SPDX-License-Identifier: Apache-2.0
"""What `kws search` tries: networks of both architectures, and a few keys of the recipe."""

from dataclasses import replace
from typing import Any, Protocol

from kws.architectures.architecture import Architecture
from kws.architectures.ds_cnn import DsCnn
from kws.architectures.inverted_residuals import InvertedResiduals
from kws.config.schema import Config

_MOST_BLOCKS = 6


class Chooser(Protocol):
    """An Optuna trial, as far as it is used here."""

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1) -> int: ...

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float: ...

    def suggest_categorical(self, name: str, choices: Any) -> Any: ...


def chosen_config(trial: Chooser, config: Config) -> Config:
    """The configuration with the network and the recipe of a trial; the rest stays."""
    masks = trial.suggest_int("mask", 0, 12, step=4)
    training = replace(
        config.training,
        learning_rate=trial.suggest_float("learning_rate", 1e-3, 1e-2, log=True),
        label_smoothing=trial.suggest_float("label_smoothing", 0.0, 0.1),
        time_mask_frames=masks,
        channel_mask=masks,
        start="",
        freeze_start=False,
    )
    return replace(config, model=chosen_network(trial), training=training)


def chosen_network(trial: Chooser) -> Architecture:
    """A network: the first convolution, then blocks that grow and halve the picture twice."""
    architecture = trial.suggest_categorical("architecture", ["ds_cnn", "inverted_residuals"])
    blocks = trial.suggest_int("blocks", 2, _MOST_BLOCKS)
    second_halving = trial.suggest_int("second_halving", 1, _MOST_BLOCKS - 1)
    first = trial.suggest_int("first_filters", 8, 64, step=8)
    last = trial.suggest_int("last_filters", 16, 160, step=16)
    widths = [first + (last - first) * place // blocks for place in range(1, blocks + 1)]
    filters = tuple(max(8, (width + 4) // 8 * 8) for width in widths)
    halving = min(second_halving, blocks - 1)
    strides = tuple(2 if place in (0, halving) else 1 for place in range(blocks))
    dropout = trial.suggest_float("dropout", 0.0, 0.3)
    if architecture == "ds_cnn":
        return DsCnn(first_filters=first, filters=filters, strides=strides, dropout=dropout)
    narrow = tuple(max(8, width // 2 // 8 * 8) for width in filters)
    expansion = trial.suggest_int("expansion", 2, 4)
    return InvertedResiduals(
        first_filters=first,
        filters=narrow,
        expansions=(1, *(expansion,) * (blocks - 1)),
        strides=strides,
        last_filters=last,
        dropout=dropout,
    )
