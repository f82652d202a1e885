# SPDX-License-Identifier: Apache-2.0
"""A run folder cannot lie: what does not belong together is refused, or made again."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from kws.cli.main import app
from kws.config.schema import Config, dump_config
from kws.data import load_dataset
from kws.firmware import cmake
from kws.firmware.cmake import build_firmware
from kws.metrics.confusion import Metrics
from kws.run.paths import RunPaths
from kws.run.pipeline import Pipeline
from kws.train import TrainingResult
from kws_codegen.base.errors import KwsError
from kws_codegen.generate import generate, load_manifest
from tests.support.tiny_run import CONFIG, tiny_model, tiny_run, write_model

SWAPPED = replace(CONFIG, data=replace(CONFIG.data, wanted_words=("no", "yes")))
ONE_MORE = replace(CONFIG, data=replace(CONFIG.data, wanted_words=("yes", "no", "cat")))
NO_PCAN = replace(CONFIG, features=replace(CONFIG.features, pcan=False))


@pytest.fixture
def run(tmp_path: Path) -> RunPaths:
    return tiny_run(tmp_path)


def kws(command: str, run: RunPaths, *arguments: object) -> Result:
    given = ["--run", run.root, *arguments]
    if command == "export":
        given += ["--format", "c-array", "--out", run.root / "exported"]
    return CliRunner().invoke(app, [command, *map(str, given)])


def refusal(command: str, run: RunPaths) -> KwsError:
    error = kws(command, run).exception
    assert isinstance(error, KwsError), error
    return error


def configure(run: RunPaths, config: Config) -> None:
    run.config.write_text(dump_config(config), encoding="utf-8")


@pytest.mark.parametrize("command", ["build", "export", "evaluate"])
def test_code_of_another_model_is_refused(run: RunPaths, command: str) -> None:
    """As after `kws quantize` without `kws generate`."""
    write_model(run, CONFIG, tiny_model(seed=9))
    error = refusal(command, run)
    assert "generated was generated from another model than the run has" in error.message
    assert f"kws generate --run {run.root}" in error.hint
    assert not (run.root / "exported").exists()
    assert kws("generate", run).exit_code == 0
    assert kws(command, run).exit_code == 0


@pytest.mark.parametrize("command", ["generate", "build", "export", "evaluate"])
@pytest.mark.parametrize(
    ("config", "key"),
    [
        (SWAPPED, "labels (was _silence_, _unknown_, yes, no, is _silence_, _unknown_, no, yes)"),
        (ONE_MORE, "labels (was"),
        (NO_PCAN, "features.pcan (was True, is False)"),
    ],
)
def test_configuration_edited_after_training_is_refused(
    run: RunPaths, command: str, config: Config, key: str
) -> None:
    configure(run, config)
    error = refusal(command, run)
    assert f"model.tflite was made for another configuration: {key}" in error.message
    assert str(run.config) in error.hint


def test_network_trained_for_other_features_is_not_quantized(run: RunPaths) -> None:
    run.keras_model.write_bytes(b"never read")
    matrix = Metrics(CONFIG.data.labels, np.ones((4, 4), np.int64))
    TrainingResult(1, 1, matrix, 9, False, 1.0, CONFIG.interface).save(run)
    configure(run, NO_PCAN)
    error = refusal("quantize", run)
    assert "model.keras was made for another configuration: features.pcan" in error.message
    assert "kws run" in error.hint


def test_clips_of_other_labels_are_refused(run: RunPaths) -> None:
    pipeline = Pipeline(run, ONE_MORE, force=False)
    assert load_dataset(run.dataset).labels == CONFIG.data.labels
    with pytest.raises(KwsError, match=r"dataset\.json lists clips of .*_unknown_, yes, no, and"):
        pipeline.dataset()


def test_model_put_there_by_hand_is_refused(run: RunPaths) -> None:
    run.tflite_model.write_bytes(tiny_model(seed=9))
    error = refusal("generate", run)
    assert "is not the model that quantization.json tells of" in error.message
    assert "--model FILE" in error.hint


def test_code_with_another_number_of_labels_is_never_generated(tmp_path: Path) -> None:
    with pytest.raises(KwsError, match="gives 4 scores, and the configuration has 5 classes"):
        generate(ONE_MORE.interface, tiny_model(), tmp_path / "generated", "kws generate")
    assert not (tmp_path / "generated").exists()


@pytest.mark.parametrize("section", ["[data]", "[training]", "[export]"])
def test_configuration_cut_short_is_no_default(run: RunPaths, section: str) -> None:
    text = run.config.read_text(encoding="utf-8")
    run.config.write_text(text[: text.index(section)], encoding="utf-8")
    error = refusal("build", run)
    assert "config.toml lacks" in error.message and section in error.message
    assert "of an older kws" in error.message and "Make the run again: kws run" in error.hint


def test_odd_file_times_build_the_right_firmware(run: RunPaths) -> None:
    """Every file of the new model looks older than what was built from the old one."""
    assert kws("build", run).exit_code == 0
    write_model(run, CONFIG, tiny_model(seed=9))
    assert kws("generate", run).exit_code == 0
    for path in run.generated.iterdir():
        os.utime(path, (1, 1))
    assert kws("build", run).exit_code == 0
    firmware = (run.build("host") / "kws_firmware").read_bytes()
    assert load_manifest(run.generated).model_hash.encode() in firmware
    assert kws("evaluate", run).exit_code == 0


def test_firmware_of_another_model_is_noticed(
    run: RunPaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever make did: the hashes in the program are read back."""
    build_firmware(run.generated, tmp_path / "build")
    monkeypatch.setattr(cmake, "cmake_build", lambda *_: "")
    monkeypatch.setattr(cmake.shutil, "rmtree", lambda *_, **__: None)
    generate(CONFIG.interface, tiny_model(seed=9), run.generated, "kws generate --run RUN")
    with pytest.raises(KwsError, match=r"was not built from .*: its hashes are others"):
        build_firmware(run.generated, tmp_path / "build")
    monkeypatch.undo()
    firmware = build_firmware(run.generated, tmp_path / "build")
    assert load_manifest(run.generated).model_hash.encode() in firmware.read_bytes()
