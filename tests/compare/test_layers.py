# SPDX-License-Identifier: Apache-2.0
"""The float network against its int8 model: errors of the layers, and where accuracy goes."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from kws.architectures.inverted_residuals import InvertedResiduals
from kws.cli.main import app
from kws.compare.layers import FloatNetwork, compare_layers, matching_layers
from kws.config.schema import Config, dump_config
from kws.data import build_dataset
from kws.evaluate.clips import TrainedModel
from kws.quantize import convert_int8, quantize
from kws.run.paths import RunPaths
from kws.train import train
from kws.train.model import build_model, predict
from kws_codegen.base.errors import KwsError
from kws_codegen.lowering import read_graph
from kws_codegen.tflite.reader import read_tflite
from tests.support.tiny_run import tiny_model
from tests.support.tone_words import tone_config, write_tone_words

DS_CNN_LAYERS = [
    "first_relu", "depthwise_1_relu", "pointwise_1_relu", "depthwise_2_relu", "pointwise_2_relu",
    "mean", "logits", "scores",
]  # fmt: skip


@pytest.fixture(scope="module")
def config() -> Config:
    return tone_config(epochs=20)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, config: Config) -> RunPaths:
    """Trained and quantized."""
    folder = tmp_path_factory.mktemp("layers")
    write_tone_words(folder / "words")
    dataset = build_dataset(config.data, folder / "words")
    run = RunPaths(folder / "run")
    train(config, dataset, run)
    dataset.save(run.dataset)
    run.config.write_text(dump_config(config), encoding="utf-8")
    quantize(config, dataset, run)
    return run


def trained(run: RunPaths, config: Config) -> TrainedModel:
    return TrainedModel(config, run.tflite_model.read_bytes())


def test_errors_of_a_sound_model_are_small(run: RunPaths, config: Config) -> None:
    result = compare_layers(run, trained(run, config), "all", None)
    assert [layer.layer for layer in result.layers] == ["features", *DS_CNN_LAYERS]
    assert (result.layers[0].operator, result.layers[1].operator) == (None, 0)
    for layer in result.layers:
        assert 0 < layer.rms < layer.max
        assert 0.97 < layer.cosine <= 1
    assert result.layers[0].max <= 0.6 * read_graph(run.tflite_model.read_bytes()).input.scale
    assert result.float_accuracy > 0.7
    assert result.layers[-1].accuracy == pytest.approx(result.int8_accuracy)
    assert abs(result.float_accuracy - result.int8_accuracy) < 0.05


@pytest.mark.parametrize("layer", ["pointwise_1", "logits"])
def test_layer_whose_weights_are_damaged_is_named(
    layer: str, run: RunPaths, config: Config
) -> None:
    """Half of the weights of one layer are negated in the .tflite."""
    model = run.tflite_model.read_bytes()
    graph, tensors = read_graph(model), read_tflite(model)
    pairs = matching_layers(graph, FloatNetwork(build_model(config)))
    op, found = next(pair for pair in pairs if pair[1].startswith(layer))
    operator = next(o for o in tensors.operators if o.index == op.index)
    weights = tensors.tensors[operator.inputs[1]].data
    assert weights is not None
    bad = weights.copy().reshape(-1)
    bad[::2] = -np.maximum(bad[::2], -127)
    assert model.count(weights.tobytes()) == 1
    damaged = model.replace(weights.tobytes(), bad.tobytes())

    result = compare_layers(run, TrainedModel(config, damaged), "all", None)
    assert result.costliest is not None and result.costliest.layer == found
    assert result.cost_points > 10
    names = [error.layer for error in result.layers]
    at = names.index(found)
    assert min(error.cosine for error in result.layers[:at]) > 0.97
    assert result.layers[at].cosine < 0.95


def test_command(run: RunPaths, tmp_path: Path) -> None:
    out = tmp_path / "layers.json"
    arguments = ["compare", "--run", str(run.root), "--b", "keras", "--limit", "5"]
    result = CliRunner().invoke(app, [*arguments, "--json", str(out)])
    assert result.exit_code == 0, result.output
    assert "5 clips: float" in result.output and "pointwise_1_relu" in result.output
    assert max(map(len, result.output.splitlines())) <= 80
    content = json.loads(out.read_text())
    assert (content["clips"], len(content["layers"])) == (5, 9)
    assert content["layers"][1].keys() >= {"operator", "layer", "max", "rms", "cosine", "accuracy"}
    result = CliRunner().invoke(app, ["compare", "--run", str(run.root), "--a", "keras",
                                      "--b", "host"])  # fmt: skip
    assert isinstance(result.exception, KwsError)
    assert "tflite_micro only" in result.exception.message


def test_layers_of_another_architecture(config: Config) -> None:
    """Skips: every convolution and addition finds its layer, and layer by layer is exact."""
    config = replace(config, model=InvertedResiduals.presets()["tiny"])
    random = np.random.default_rng(1)
    model = build_model(config)
    # As after training: the converter leaves out a normalisation that does nothing.
    model.set_weights([w + random.uniform(0.1, 0.2, w.shape) for w in model.get_weights()])
    features = random.random((4, config.frames, 20, 1)).astype(np.float32)
    network = FloatNetwork(model)
    assert np.array_equal(network.outputs(features, {})["scores"], predict(model, features))
    pairs = matching_layers(read_graph(convert_int8(model, config, features)), network)
    layers = [layer for _, layer in pairs]
    wanted = [
        name for name in network.sizes
        if name.endswith("_relu") or name.startswith("skip") or name in ("mean", "logits", "scores")
        or (name.startswith("project") and name.endswith("norm"))
    ]  # fmt: skip
    assert layers == wanted


def test_model_of_another_network(run: RunPaths, config: Config) -> None:
    with pytest.raises(KwsError, match="do not bear the names"):
        compare_layers(run, TrainedModel(config, tiny_model(config)), "testing", 1)
    with pytest.raises(KwsError, match=r"no trained model .*model\.keras"):
        compare_layers(RunPaths(run.root / "no"), trained(run, config), "testing", 1)
