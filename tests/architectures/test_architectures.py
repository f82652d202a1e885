# SPDX-License-Identifier: Apache-2.0
"""Every registered architecture: builds, learns, is exact in int8, weighs what its module says."""

import inspect
from typing import Any

import numpy as np
import pytest

from kws.architectures.registry import ARCHITECTURES
from kws.config.schema import Config, config_from_dict
from kws.quantize import convert_int8, untrained_int8
from kws.train.loop import compiled_model
from kws.train.model import build_model
from kws.train.tensorflow_setup import set_up_tensorflow
from kws.verify.verify import verify
from kws_codegen.base.errors import KwsError
from kws_codegen.lowering import read_graph

SMALL_FEATURES = {"hop_ms": 30, "channels": 20}  # 33 x 20, those of configs/tiny.toml
LIMITS_KB = {"nano": 10, "micro": 25, "small": 55, "medium": 200}  # that they were made for
PRESETS = [(name, preset) for name, cls in ARCHITECTURES.items() for preset in cls.presets()]


def configuration(name: str, preset: str, features: dict[str, Any] | None = None) -> Config:
    model = {"architecture": name, "preset": preset}
    return config_from_dict({"model": model, "features": features or {}})


def random_features(config: Config, count: int) -> np.ndarray:
    shape = (count, config.frames, config.features.channels, 1)
    return np.random.default_rng(1).uniform(0, 26, shape).astype(np.float32)


def documented(name: str) -> list[list[str]]:
    """Rows of the table in the architecture's module: preset, features, then four figures."""
    text = inspect.getdoc(inspect.getmodule(ARCHITECTURES[name])) or ""
    lines = [line.replace(" x ", "x").replace(" kB", "").split() for line in text.splitlines()]
    return [line for line in lines if line and line[0] in ARCHITECTURES[name].presets()]


@pytest.mark.parametrize(("name", "preset"), PRESETS)
def test_preset_weighs_what_its_module_says_and_is_exact_in_int8(name: str, preset: str) -> None:
    rows = [row for row in documented(name) if row[0] == preset]
    assert rows
    for _, features, parameters, tflite, macs, activations in rows:
        config = configuration(name, preset, SMALL_FEATURES if features == "33x20" else None)
        assert features == f"{config.frames}x{config.features.channels}"
        content = untrained_int8(config)
        result = verify(content, inputs=10)
        assert result.identical, result.first_difference
        assert f"{build_model(config).count_params():,}" == parameters
        assert f"{read_graph(content).macs:,}" == macs
        assert f"{result.activation_bytes / 1000:.1f}" == activations
        assert len(content) / 1000 == pytest.approx(float(tflite), rel=0.01)
        assert len(content) <= 1000 * LIMITS_KB.get(preset, 1000)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_trained_network_is_exact_in_int8(name: str) -> None:
    """Trained statistics fold into the convolutions; one batch is learned by heart."""
    config = configuration(name, "tiny", SMALL_FEATURES)
    set_up_tensorflow(seed=1)
    model = compiled_model(config)
    features = random_features(config, 24)
    targets = np.eye(12, dtype=np.float32)[np.arange(24) % 12]
    losses = [float(model.train_on_batch(features, targets)[0]) for _ in range(20)]
    assert losses[-1] < losses[0]
    result = verify(convert_int8(model, config, features), inputs=20)
    assert result.identical, result.first_difference


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_logits_and_scores_share_weights(name: str) -> None:
    config = configuration(name, "tiny", SMALL_FEATURES)
    logits, scores = build_model(config, scores=False), build_model(config, batch=1)
    assert logits.name == scores.name == name
    scores.set_weights(logits.get_weights())
    features = random_features(config, 1)
    raw = np.asarray(logits(features))[0]
    expected = np.exp(raw - raw.max()) / np.exp(raw - raw.max()).sum()
    np.testing.assert_allclose(np.asarray(scores(features))[0], expected, rtol=1e-5)


def test_ds_cnn_has_its_layers_in_the_order_that_the_seed_relies_on() -> None:
    model = build_model(configuration("ds_cnn", "tiny"))
    weights = [variable.path for variable in model.weights]
    blocks = [f"{kind}_{index}" for index in (1, 2, 3, 4) for kind in ("depthwise", "pointwise")]
    expected = []
    for name in ("first", *blocks):
        expected.append(f"{name}/kernel")
        norms = ("gamma", "beta", "moving_mean", "moving_variance")
        expected += [f"{name}_norm/{norm}" for norm in norms]
    assert weights == [*expected, "logits/kernel", "logits/bias"]


@pytest.mark.parametrize("preset", ["listen_micro", "listen_small"])
def test_rows_of_a_listening_network_do_not_depend_on_where_the_window_begins(preset: str) -> None:
    """Two windows, four frames apart: the later one's first rows are the earlier one's last."""
    import keras

    config = configuration("ds_cnn", preset)
    set_up_tensorflow(seed=1)
    model = build_model(config)
    rows = keras.Model(model.inputs, model.get_layer("mean").input)
    stream = random_features(config, 2).reshape(1, -1, config.features.channels, 1)
    early, late = (np.asarray(rows(stream[:, n : n + config.frames])) for n in (0, 4))
    assert early.shape[1:3] == (7, 3)
    np.testing.assert_allclose(late[:, :-1], early[:, 1:], rtol=1e-4, atol=1e-5)


def test_kernels_that_need_more_than_there_is_are_refused() -> None:
    with pytest.raises(KwsError, match="need more than 33 frames of 20 channels"):
        configuration("ds_cnn", "listen_small", SMALL_FEATURES)


def test_a_kernel_for_each_block() -> None:
    model = {"architecture": "ds_cnn", "preset": "tiny", "kernels": [[5, 3], [3, 3], [3, 3]]}
    with pytest.raises(KwsError, match="filters has 4 blocks and kernels 3"):
        config_from_dict({"model": model})
    model["kernels"] = [[5, 3], [3, 3], [3, 3], [1, 3]]
    network = build_model(config_from_dict({"model": model}))
    shapes = [network.get_layer(f"depthwise_{n}").kernel.shape[:2] for n in (1, 2, 3, 4)]
    assert [tuple(shape) for shape in shapes] == [(5, 3), (3, 3), (3, 3), (1, 3)]
