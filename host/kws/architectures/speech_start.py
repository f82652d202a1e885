# SPDX-License-Identifier: Apache-2.0
"""The weights that ship: networks that have learnt many synthesised words, to start from.

`training.start = "speech"` begins with them. starts/ has a file a network, written by
bench.pretrain: an npz without pickles of float16 arrays `<layer>/<number>`, in Keras' order of a
layer's weights, all layers but the last; and `about`, JSON: what the network and its features are.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kws.architectures.architecture import Architecture
from kws_codegen.base.errors import KwsError
from kws_codegen.base.feature_config import FeatureConfig
from kws_codegen.base.hashes import file_hash, plain_values

SPEECH = "speech"
"""The value of training.start that names them."""

AT_RANDOM = 'Or start at random: training.start = "".'
"""What else can be done when a start does not suit."""

Weights = dict[str, list[npt.NDArray[np.float32]]]
"""By layer."""

FOLDER = Path(__file__).parent / "starts"
_ABOUT = "about"
_FREE = ("dropout",)  # keys of [model] on which no weight depends


def speech_misfit(model: Architecture, features: FeatureConfig) -> str:
    """Why no shipped start suits a network and its features; "" when one does."""
    try:
        _file_for(model, features)
    except KwsError as error:
        return error.message
    return ""


def speech_weights(model: Architecture, features: FeatureConfig) -> Weights:
    """Of all layers but the last. KwsError when there are none for this network and features."""
    weights: dict[str, dict[int, npt.NDArray[np.float32]]] = defaultdict(dict)
    with np.load(_file_for(model, features), allow_pickle=False) as content:
        for name in set(content.files) - {_ABOUT}:
            layer, _, number = name.rpartition("/")
            weights[layer][int(number)] = content[name].astype(np.float32)
    return {layer: [found[n] for n in sorted(found)] for layer, found in weights.items()}


def speech_hash(model: Architecture, features: FeatureConfig) -> str:
    """Says which weights those are. KwsError when there are none."""
    return file_hash(_file_for(model, features))


def save_speech_start(
    folder: Path, preset: str, model: Architecture, features: FeatureConfig, weights: Weights
) -> Path:
    """Write the file of one network; those who train it are responsible for what it has heard."""
    arrays = {
        f"{layer}/{number}": array.astype(np.float16)
        for layer, found in weights.items()
        for number, array in enumerate(found)
    }
    about = {"preset": preset, "model": _keys(model), "features": plain_values(features)}
    folder.mkdir(exist_ok=True)
    path = folder / f"{model.architecture}-{preset}.npz"
    with path.open("wb") as stream:
        np.savez_compressed(stream, **arrays, about=np.array(json.dumps(about)))  # type: ignore[arg-type]
    return path


def _file_for(model: Architecture, features: FeatureConfig) -> Path:
    starts = {path: _about(path) for path in sorted(FOLDER.glob("*.npz"))}
    fitting = [path for path, about in starts.items() if about["model"] == _keys(model)]
    if not fitting:
        known = ", ".join(f"{a['model']['architecture']} {a['preset']}" for a in starts.values())
        raise KwsError(
            f'training.start = "{SPEECH}" has weights for other networks than that of [model]: '
            f"{known}",
            f"Use one of these presets. {AT_RANDOM}",
        )
    there: dict[str, object] = starts[fitting[0]]["features"]
    here = plain_values(features)
    for key in sorted({*here, *there}):
        if here.get(key) != there.get(key):
            raise KwsError(
                f"features.{key} is {here.get(key)}, and {there.get(key)} in training.start = "
                f'"{SPEECH}"',
                f"Use the default [features]. {AT_RANDOM}",
            )
    return fitting[0]


def _about(path: Path) -> dict[str, Any]:
    with np.load(path, allow_pickle=False) as content:
        about: dict[str, Any] = json.loads(str(content[_ABOUT]))
    return about


def _keys(model: Architecture) -> Mapping[str, object]:
    return {key: value for key, value in plain_values(model).items() if key not in _FREE}
