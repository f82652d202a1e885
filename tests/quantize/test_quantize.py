# SPDX-License-Identifier: Apache-2.0
"""Quantization: operators of the exported model, accuracy report, models kws did not train."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from kws.cli.main import app
from kws.config.schema import Config, config_from_dict, dump_config
from kws.data import Dataset, build_dataset
from kws.quantize import (
    check_foreign_model,
    convert_int8,
    load_quantization,
    quantize,
)
from kws.run.paths import RunPaths
from kws.run.pipeline import Pipeline
from kws.train import train
from kws.train.model import build_model
from kws_codegen.base.errors import KwsError
from kws_codegen.tflite.reader import read_tflite
from tests.support.tflite_builder import TfliteBuilder
from tests.support.tiny_run import CONFIG as TINY
from tests.support.tiny_run import tiny_model
from tests.support.tone_words import tone_config, write_tone_words


@pytest.fixture(scope="module")
def config() -> Config:
    return tone_config(epochs=20)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory, config: Config) -> Dataset:
    folder = tmp_path_factory.mktemp("tones") / "words"
    write_tone_words(folder)
    return build_dataset(config.data, folder)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, config: Config, dataset: Dataset) -> RunPaths:
    """A trained run."""
    run = RunPaths(tmp_path_factory.mktemp("run"))
    train(config, dataset, run)
    return run


def test_quantize_writes_a_small_int8_model_and_what_it_costs(
    config: Config, dataset: Dataset, run: RunPaths
) -> None:
    result = quantize(config, dataset, run)
    assert load_quantization(run) == result
    assert json.loads(run.quantization.read_text())["drop_points"] == pytest.approx(
        100 * (result.float_accuracy - result.int8_accuracy)
    )
    assert result.int8_accuracy > 0.7  # of four classes
    assert abs(result.drop_points) <= 12.5  # of 8 clips: one may change
    assert result.tflite_bytes == run.tflite_model.stat().st_size
    model = read_tflite(run.tflite_model.read_bytes())
    assert model.input.dtype == model.output.dtype == "INT8"
    assert model.input.shape == (1, config.frames, 20, 1)
    assert (model.input.scale, model.input.zero_point) == (
        result.input_scale,
        result.input_zero_point,
    )
    assert (result.output_scale, result.output_zero_point) == (1 / 256, -128)


def test_macs_and_parameters_by_hand(config: Config, run: RunPaths) -> None:
    # 33 x 20 features, stride 2: 17 x 10, then 9 x 5 twice; 4 classes.
    assert config.frames == 33
    first = 17 * 10 * 9 * 8
    block_1 = 9 * 5 * (9 * 8 + 8 * 8)
    block_2 = 9 * 5 * (9 * 8 + 8 * 16)
    result = load_quantization(run)
    assert result.macs == first + block_1 + block_2 + 16 * 4
    normalisations = 4 * (8 + 8 + 8 + 8 + 16)
    assert result.parameters == 72 + 72 + 64 + 72 + 128 + 16 * 4 + 4 + normalisations


@pytest.mark.parametrize(
    "network",
    [
        {"preset": "small"},
        {"first_kernel": [10, 4], "first_stride": [2, 4], "filters": [8], "strides": [1]},
        {"filters": [], "strides": []},
    ],
)
def test_exported_graph_has_only_operators_of_the_static_model(network: dict[str, Any]) -> None:
    config = config_from_dict({"model": network})
    features = np.random.default_rng(1).random((8, 49, 40, 1)).astype(np.float32)
    content = convert_int8(build_model(config), config, features)
    operators = {op.name for op in read_tflite(content).operators}
    assert operators <= {"CONV_2D", "DEPTHWISE_CONV_2D", "MEAN", "FULLY_CONNECTED", "SOFTMAX"}
    check_foreign_model(content, config)


def test_conversion_is_repeatable(config: Config) -> None:
    model = build_model(config)
    features = np.random.default_rng(1).random((8, 33, 20, 1)).astype(np.float32)
    assert convert_int8(model, config, features) == convert_int8(model, config, features)


def test_commands_print_what_came_out_and_skip_what_is_unchanged(
    config: Config, dataset: Dataset, run: RunPaths
) -> None:
    run.config.write_text(dump_config(config), encoding="utf-8")
    dataset.save(run.dataset)
    trained = CliRunner().invoke(app, ["train", "--run", str(run.root)])
    assert trained.exit_code == 0
    assert "validation accuracy: between " in trained.stdout
    assert "weights of epoch 20 of 20; 668 parameters" in trained.stdout
    quantized = CliRunner().invoke(app, ["quantize", "--run", str(run.root)])
    accuracy = load_quantization(run).int8_accuracy
    assert f"accuracy on 8 testing clips: int8 {accuracy:.2%}, float" in quantized.stdout
    again = CliRunner().invoke(app, ["quantize", "--run", str(run.root)])
    assert "quantize: unchanged, skipped" in again.stderr
    assert again.stdout == quantized.stdout


def test_quantize_without_training_says_so(
    tmp_path: Path, config: Config, dataset: Dataset
) -> None:
    with pytest.raises(KwsError, match="no trained model") as error:
        quantize(config, dataset, RunPaths(tmp_path))
    assert "kws train" in error.value.hint


def test_damaged_keras_model_is_an_error(tmp_path: Path, config: Config, dataset: Dataset) -> None:
    run = RunPaths(tmp_path)
    run.keras_model.write_bytes(b"PK nothing")
    with pytest.raises(KwsError, match=r"model\.keras is not a Keras model") as error:
        quantize(config, dataset, run)
    assert "kws train" in error.value.hint


def test_load_quantization_before_quantize_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KwsError, match=r"no .*quantization\.json"):
        load_quantization(RunPaths(tmp_path))


def test_pipeline_takes_a_model_that_kws_did_not_train(
    tmp_path: Path, config: Config, dataset: Dataset, run: RunPaths
) -> None:
    peer = tmp_path / "peer.tflite"
    peer.write_bytes(run.tflite_model.read_bytes())
    pipeline = Pipeline.create(tmp_path / "run", config)
    dataset.save(pipeline.run.dataset)
    pipeline.quantize(peer)
    result = load_quantization(pipeline.run)
    assert pipeline.run.tflite_model.read_bytes() == peer.read_bytes()
    assert (result.float_accuracy, result.parameters, result.drop_points) == (None, None, None)
    assert result.int8_accuracy == load_quantization(run).int8_accuracy


def test_missing_model_file_is_an_error(tmp_path: Path, config: Config) -> None:
    pipeline = Pipeline.create(tmp_path / "run", config)
    with pytest.raises(KwsError, match=r"no model file .*peer\.tflite"):
        pipeline.quantize(tmp_path / "peer.tflite")


def test_foreign_model_that_fits_is_taken() -> None:
    check_foreign_model(tiny_model(), TINY)


def test_foreign_model_of_other_features_names_both_shapes() -> None:
    other = dataclasses.replace(TINY, features=dataclasses.replace(TINY.features, channels=16))
    with pytest.raises(KwsError, match=r"input is \[1, 49, 20, 1\].* 49 frames x 16 channels"):
        check_foreign_model(tiny_model(), other)


def test_foreign_model_of_other_classes_names_them() -> None:
    words = dataclasses.replace(TINY, data=dataclasses.replace(TINY.data, wanted_words=("yes",)))
    with pytest.raises(KwsError, match="gives 4 scores, and the configuration has 3 classes: _s"):
        check_foreign_model(tiny_model(), words)


def test_foreign_model_in_float_is_refused() -> None:
    b = TfliteBuilder()
    source = b.tensor([1, 49, 20, 1], dtype="FLOAT32")
    scores = b.tensor([1, 4], dtype="FLOAT32")
    b.operator("SOFTMAX", [source], [scores], beta=1.0)
    with pytest.raises(KwsError, match=r"input is FLOAT32 .*, not int8") as error:
        check_foreign_model(b.build([source], [scores]), TINY)
    assert "TFLITE_BUILTINS_INT8" in error.value.hint


def test_foreign_model_with_an_unsupported_operator_is_a_matter_of_the_runtime() -> None:
    b = TfliteBuilder()
    source = b.tensor([1, 49, 20, 1], 0.1)
    scores = b.tensor([1, 4], 0.1)
    b.operator("CUMSUM", [source], [scores])
    check_foreign_model(b.build([source], [scores]), TINY)


def test_foreign_file_that_is_no_model_is_refused() -> None:
    with pytest.raises(KwsError, match=r"not a \.tflite model"):
        check_foreign_model(b"something else", TINY)
