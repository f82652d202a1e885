# SPDX-License-Identifier: Apache-2.0
"""Training that starts from another run: all layers but the last, learning or frozen."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kws.config.run_config import save_run_config, with_absolute_paths
from kws.config.schema import Config, load_config
from kws.data import build_dataset
from kws.run.paths import RunPaths
from kws.train import train
from kws.train.loop import compiled_model
from kws.train.model import build_model
from kws.train.start import backbone, start_hash
from kws.train.tensorflow_setup import set_up_tensorflow
from kws_codegen.base.errors import KwsError
from tests.support.tone_words import tone_config, write_tone_words

VALUE = 0.25  # of every weight there


@pytest.fixture
def run(tmp_path: Path) -> RunPaths:
    """A trained run for three other words, but for its features and layers as tone_config()."""
    config = tone_config()
    words = replace(config, data=replace(config.data, wanted_words=("a", "b", "c")))
    set_up_tensorflow(3)
    network = build_model(words)
    network.set_weights([np.full(array.shape, VALUE) for array in network.get_weights()])
    run = RunPaths(tmp_path / "pretrained")
    run.root.mkdir()
    network.save(run.keras_model)
    save_run_config(words, run.config)
    return run


def started(run: RunPaths, **training: object) -> Config:
    return tone_config(start=str(run.root), **training)


def test_all_layers_but_the_last_begin_with_its_weights(run: RunPaths) -> None:
    model = compiled_model(started(run))
    for layer in backbone(model):
        for variable in layer.weights:
            assert np.all(variable.numpy() == VALUE), variable.path
    assert np.ptp(model.get_layer("logits").kernel.numpy()) > 0


@pytest.mark.parametrize("freeze", [False, True])
def test_they_learn_unless_frozen(run: RunPaths, tmp_path: Path, freeze: bool) -> None:
    import keras

    write_tone_words(tmp_path / "words", 4)
    config = started(run, epochs=1, freeze_start=freeze)
    own = RunPaths(tmp_path / "run")
    train(config, build_dataset(config.data, tmp_path / "words"), own)
    trained = keras.models.load_model(own.keras_model, compile=False)
    kept = [np.all(v.numpy() == VALUE) for layer in backbone(trained) for v in layer.weights]
    assert all(kept) if freeze else not all(kept)
    assert np.ptp(trained.get_layer("logits").kernel.numpy()) > 0


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (
            {"first_filters": 16},
            "first has weights of (3, 3, 1, 16) here and of (3, 3, 1, 8)",
        ),
        ({"filters": (8,), "strides": (2,)}, "has other layers: depthwise_2, "),
    ],
)
def test_another_network_is_refused(run: RunPaths, model: dict[str, object], words: str) -> None:
    config = started(run)
    other = replace(config, model=replace(config.model, **model))  # type: ignore[arg-type]
    with pytest.raises(KwsError) as fault:
        compiled_model(other)
    assert words in fault.value.message and "[model]" in fault.value.hint


def test_other_features_are_refused(run: RunPaths) -> None:
    config = started(run)
    other = replace(config, features=replace(config.features, pcan=False))
    with pytest.raises(KwsError, match=r"features\.pcan is False, and True in training"):
        compiled_model(other)


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KwsError, match="is no trained run folder"):
        start_hash(started(RunPaths(tmp_path)))
    assert start_hash(tone_config()) == ""


def test_its_network_is_an_input_of_the_training(run: RunPaths) -> None:
    before = start_hash(started(run))
    run.keras_model.write_bytes(run.keras_model.read_bytes() + b"\0")
    assert before and start_hash(started(run)) != before


def test_the_path_does_not_depend_on_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config = with_absolute_paths(tone_config(start="runs/one"))
    assert config.training.start == str(tmp_path / "runs" / "one")
    assert with_absolute_paths(tone_config()).training.start == ""


def test_frozen_random_weights_are_refused() -> None:
    with pytest.raises(KwsError, match="freeze_start = true needs start = a run folder"):
        load_config(Path("default"), {"training.freeze_start": True})
