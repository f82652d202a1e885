# SPDX-License-Identifier: Apache-2.0
"""The trained float network against its int8 model: the error of each layer, and its price.

The price of a layer is found by a network that is int8 up to that layer and float behind it: the
accuracy that it loses against the one before is what quantizing this layer costs.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kws import features
from kws.compare.reference import NAME as REFERENCE
from kws.config.schema import Config
from kws.console import progress
from kws.data import evaluation_clips, load_dataset
from kws.evaluate.clips import EvaluatedSplit, TrainedModel, spread
from kws.inference.golden import Golden
from kws.quantize.quantize import load_keras
from kws.run.paths import RunPaths
from kws.train.epochs import network_input
from kws.train.tensorflow_setup import set_up_tensorflow
from kws_codegen.base.errors import KwsError
from kws_codegen.graph import Graph
from kws_codegen.lowering import read_graph
from kws_codegen.operators.op import Op
from kws_codegen.operators.tensors import Activation

NAME = "keras"

Int8 = npt.NDArray[np.int8]
Float32 = npt.NDArray[np.float32]


@dataclass(frozen=True)
class LayerError:
    """How far an int8 operator's output is from that of the float layer, over all clips.

    The errors are in the layer's own unit. `operator` is None for the model's input.
    """

    operator: int | None
    kind: str  # of the operator
    layer: str  # of the float network: the last of those that the operator does at once
    max: float
    rms: float
    cosine: float
    accuracy: float  # of a network that is int8 up to here, and float behind
    changed: int  # clips to which that network gives another word than the float one


@dataclass(frozen=True)
class LayerComparison:
    """What `kws compare --b keras` reports."""

    a: str
    b: str
    clips: int
    float_accuracy: float
    int8_accuracy: float
    layers: tuple[LayerError, ...]
    costliest: LayerError | None  # where accuracy goes; None when it is lost nowhere
    cost_points: float  # percentage points that it loses there


def compare_layers(
    run: RunPaths, model: TrainedModel, split: EvaluatedSplit, limit: int | None
) -> LayerComparison:
    """Compare over at most `limit` clips of a split, evenly spread.

    KwsError when there is no trained network, or model.tflite was not made from it.
    """
    config = model.config
    set_up_tensorflow(config.training.seed)
    network = FloatNetwork(load_keras(run))
    graph = read_graph(model.tflite)
    pairs = matching_layers(graph, network)
    audio, truth, _ = evaluation_clips(load_dataset(run.dataset), config, split)
    chosen = spread(len(truth), limit)
    truth = truth[chosen]
    raw = features.compute(audio[chosen], config.features)
    int8 = _int8_outputs(model.tflite, graph, raw, config)
    real = network.outputs(network_input(raw, config), {})
    words = real[network.last].argmax(axis=1)

    given: dict[str, Float32] = {}  # by layer: what its int8 operator gives
    layers = []
    with progress() as bar:
        tensors: list[tuple[Op | None, Activation, str]] = [(None, graph.input, network.first)]
        tensors += [(op, op.output, layer) for op, layer in pairs]
        for op, tensor, layer in bar.track(tensors, description="layers"):
            given[layer] = _real(int8[tensor.index], tensor, real[layer].shape)
            mixed = network.outputs(given[network.first], given)[network.last].argmax(axis=1)
            layers.append(
                LayerError(
                    operator=None if op is None else op.index,
                    kind="int8_input" if op is None else op.kind,
                    layer=layer,
                    **_errors(real[layer], given[layer]),
                    accuracy=float(np.mean(mixed == truth)),
                    changed=int(np.sum(mixed != words)),
                )
            )
    float_accuracy = float(np.mean(words == truth))
    costliest, cost = _costliest(float_accuracy, layers)
    scores = int8[graph.output.index].argmax(axis=1)
    return LayerComparison(
        REFERENCE, NAME, len(truth), float_accuracy, float(np.mean(scores == truth)),
        tuple(layers), costliest, 100 * cost,
    )  # fmt: skip


class FloatNetwork:
    """A Keras network, layer by layer.

    Attributes:
        first, last: names of its input and output layers.
        sizes: layer to the number of its values for one clip.
    """

    def __init__(self, model: Any) -> None:
        self.name: str = model.name
        self._model = model
        self.first: str = model.layers[0].name
        self.last: str = model.layers[-1].name
        self.sizes = {layer.name: int(np.prod(layer.output.shape[1:])) for layer in model.layers}

    def outputs(self, source: Float32, given: dict[str, Float32]) -> dict[str, Float32]:
        """Every layer's output for float32 [n, frames, channels, 1].

        `given` are outputs that are taken as they are: those layers are not computed.
        """
        results: dict[str, Float32] = {}
        by_tensor: dict[int, Float32] = {}
        for layer in self._model.layers:
            if layer.name in given:
                result = given[layer.name]
            elif layer.name == self.first:
                result = source
            elif isinstance(layer.input, list):
                result = np.asarray(layer([by_tensor[id(tensor)] for tensor in layer.input]))
            else:
                result = np.asarray(layer(by_tensor[id(layer.input)]))
            results[layer.name] = by_tensor[id(layer.output)] = result
        return results


def matching_layers(graph: Graph, network: FloatNetwork) -> list[tuple[Op, str]]:
    """The operators that compute a layer, each with the last of the layers that it does at once.

    compact() names their outputs after it. KwsError when none is named so.
    """
    pairs = [
        (op, op.output.name)
        for op in graph.ops
        if network.sizes.get(op.output.name) == op.output.size and not op.same_bytes
    ]
    if len(pairs) < 2:
        raise KwsError(
            "the operators of model.tflite do not bear the names of the layers of model.keras",
            "Compare a run whose model this version of kws has trained and quantized.",
        )
    return pairs


def _int8_outputs(
    model: bytes, graph: Graph, raw: npt.NDArray[np.uint16], config: Config
) -> dict[int, Int8]:
    """Of every operator and of the input, by index of the tensor: int8 [n, values]."""
    golden = Golden(model, keep_tensors=True)
    inputs = features.quantize(
        raw, golden.input_scale, golden.input_zero_point, config.features.output_scale
    )
    rows: dict[int, list[Int8]] = {graph.input.index: [row.reshape(-1) for row in inputs]}
    with progress() as bar:
        for clip in bar.track(inputs, description="TensorFlow Lite Micro"):
            golden.invoke(clip)
            for op in graph.ops:
                rows.setdefault(op.output.index, []).append(golden.tensor(op.output.index))
    return {index: np.stack(values) for index, values in rows.items()}


def _real(values: Int8, tensor: Activation, shape: tuple[int, ...]) -> Float32:
    real: Float32 = (values.astype(np.float32) - tensor.zero_point) * np.float32(tensor.scale)
    return real.reshape(shape)


def _errors(expected: Float32, actual: Float32) -> dict[str, float]:
    x, y = expected.astype(np.float64).ravel(), actual.astype(np.float64).ravel()
    norms = np.linalg.norm(x) * np.linalg.norm(y)
    return {
        "max": float(np.abs(x - y).max()),
        "rms": float(np.sqrt(np.mean((x - y) ** 2))),
        "cosine": float(x @ y / norms) if norms else float(np.array_equal(x, y)),
    }


def _costliest(float_accuracy: float, layers: list[LayerError]) -> tuple[LayerError | None, float]:
    """The layer that loses most against the one before, and what (0 to 1)."""
    before = [float_accuracy, *(layer.accuracy for layer in layers)]
    costs = [was - layer.accuracy for was, layer in zip(before, layers, strict=False)]
    most = int(np.argmax(costs))
    return (layers[most], costs[most]) if costs[most] > 0 else (None, 0.0)
