# SPDX-License-Identifier: Apache-2.0
"""Training that starts from the weights of another run, or shipped ones: all layers but the last.

What a network has learnt of many words helps to learn others from few recordings: the last layer
alone depends on the words.
"""

from pathlib import Path
from typing import Any

from kws.architectures.layers import LAST_LAYER
from kws.architectures.speech_start import (
    AT_RANDOM,
    SPEECH,
    Weights,
    speech_hash,
    speech_weights,
)
from kws.config.run_config import load_run_config
from kws.config.schema import Config
from kws.run.paths import RunPaths
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import file_hash, plain_values


def load_start(model: Any, config: Config) -> None:
    """Give all layers of `model` but the last the weights that training.start names.

    With training.freeze_start they do not learn. KwsError when there is no trained run, when it
    has other features, or a layer has other weights.
    """
    there, cure = _start_weights(config)
    here = backbone(model)
    names, start = [layer.name for layer in here], config.training.start
    if set(names) != set(there):
        different = sorted(set(names) ^ set(there))
        raise KwsError(
            f"the network of training.start = {start} has other layers: {', '.join(different)}",
            cure,
        )
    for layer in here:
        weights = there[layer.name]
        shapes = [tuple(array.shape) for array in weights]
        own = [tuple(variable.shape) for variable in layer.weights]
        if shapes != own:
            raise KwsError(
                f"layer {layer.name} has weights of {own[0]} here and of {shapes[0]} in "
                f"training.start = {start}",
                cure,
            )
        layer.set_weights(weights)
        layer.trainable = not config.training.freeze_start


def _start_weights(config: Config) -> tuple[Weights, str]:
    """By layer, and what to do when they do not fit."""
    if config.training.start == SPEECH:
        return speech_weights(config.model, config.features), AT_RANDOM
    import keras

    run = _trained_run(config)
    _check_features(config, run)
    network = keras.models.load_model(run.keras_model, compile=False)
    cure = f"Use its [model]: {run.config}. {AT_RANDOM}"
    return backbone_weights(network), cure


def backbone(model: Any) -> list[Any]:
    """The layers that have weights, but for the last one."""
    return [layer for layer in model.layers if layer.weights and layer.name != LAST_LAYER]


def backbone_weights(model: Any) -> Weights:
    """Those of these layers, by name."""
    return {layer.name: layer.get_weights() for layer in backbone(model)}


def start_hash(config: Config) -> str:
    """Says which weights a training starts from; "" for random ones. KwsError for none there."""
    if config.training.start == SPEECH:
        return speech_hash(config.model, config.features)
    return file_hash(_trained_run(config).keras_model) if config.training.start else ""


def _trained_run(config: Config) -> RunPaths:
    run = RunPaths(Path(config.training.start))
    if not run.keras_model.is_file() or not run.config.is_file():
        raise KwsError(
            f"training.start = {run.root} is no trained run folder",
            f"Name one that has {run.config.name} and {run.keras_model.name}. {AT_RANDOM}",
        )
    return run


def _check_features(config: Config, run: RunPaths) -> None:
    here = plain_values(config.features)
    there = plain_values(load_run_config(run.config).features)
    for key, value in there.items():
        if here[key] != value:
            raise KwsError(
                f"features.{key} is {here[key]}, and {value} in training.start = {run.root}",
                f"Use its [features]. {AT_RANDOM}",
            )
