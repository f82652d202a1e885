# SPDX-License-Identifier: Apache-2.0
"""Training that starts from the weights of another run: all layers but the last.

What a network has learnt of many words helps to learn others from few recordings: the last layer
alone depends on the words.
"""

from pathlib import Path
from typing import Any

from kws.architectures.layers import LAST_LAYER
from kws.config.run_config import load_run_config
from kws.config.schema import Config
from kws.run.paths import RunPaths
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import file_hash, plain_values

_WITHOUT = 'Or start at random: training.start = "".'


def load_start(model: Any, config: Config) -> None:
    """Give all layers of `model` but the last the weights of the run training.start.

    With training.freeze_start they do not learn. KwsError when there is no trained run, when it
    has other features, or a layer has other weights.
    """
    import keras

    run = _trained_run(config)
    _check_features(config, run)
    network = keras.models.load_model(run.keras_model, compile=False)
    there = {layer.name: layer for layer in backbone(network)}
    here = backbone(model)
    names, other_names = [layer.name for layer in here], list(there)
    if names != other_names:
        different = sorted(set(names) ^ set(other_names))
        raise KwsError(
            f"the network of training.start = {run.root} has other layers: {', '.join(different)}",
            f"Use its [model]: {run.config}. {_WITHOUT}",
        )
    for layer in here:
        weights = there[layer.name].get_weights()
        shapes = [tuple(array.shape) for array in weights]
        own = [tuple(variable.shape) for variable in layer.weights]
        if shapes != own:
            raise KwsError(
                f"layer {layer.name} has weights of {own[0]} here and of {shapes[0]} in "
                f"training.start = {run.root}",
                f"Use its [model]: {run.config}. {_WITHOUT}",
            )
        layer.set_weights(weights)
        layer.trainable = not config.training.freeze_start


def backbone(model: Any) -> list[Any]:
    """The layers that have weights, but for the last one."""
    return [layer for layer in model.layers if layer.weights and layer.name != LAST_LAYER]


def start_hash(config: Config) -> str:
    """Says which weights a training starts from; "" for random ones. KwsError for no run."""
    return file_hash(_trained_run(config).keras_model) if config.training.start else ""


def _trained_run(config: Config) -> RunPaths:
    run = RunPaths(Path(config.training.start))
    if not run.keras_model.is_file() or not run.config.is_file():
        raise KwsError(
            f"training.start = {run.root} is no trained run folder",
            f"Name one that has {run.config.name} and {run.keras_model.name}. {_WITHOUT}",
        )
    return run


def _check_features(config: Config, run: RunPaths) -> None:
    here = plain_values(config.features)
    there = plain_values(load_run_config(run.config).features)
    for key, value in there.items():
        if here[key] != value:
            raise KwsError(
                f"features.{key} is {here[key]}, and {value} in training.start = {run.root}",
                f"Use its [features]. {_WITHOUT}",
            )
