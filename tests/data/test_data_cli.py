# SPDX-License-Identifier: Apache-2.0
"""`kws data` and `kws data prepare`."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kws.cli.data import data_app
from kws.config.schema import Config, DataConfig, FewClipsConfig, load_config
from kws.data import load_dataset, prepare
from kws.run.paths import RunPaths
from kws_codegen.base.errors import KwsError
from tests.support.recordings import make_folder


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KWS_CACHE_DIR", str(tmp_path / "cache"))


@pytest.mark.parametrize("command", ["prepare", "check", "download", "synth"])
def test_help_has_an_example(command: str) -> None:
    result = CliRunner().invoke(data_app, [command, "--help"])
    assert result.exit_code == 0
    assert f"Example: kws data {command} " in result.output


def test_prepare_saves_and_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = Config(
        data=DataConfig(wanted_words=("yes", "no"), unknown_percentage=25.0),
        few_clips=FewClipsConfig(below_clips=0),
    )
    run = RunPaths(tmp_path / "run")
    dataset = prepare(config, make_folder(tmp_path / "words", noise_seconds=0), run)
    assert load_dataset(run.dataset) == dataset
    shown = capsys.readouterr()
    rows = [line.split() for line in shown.out.splitlines()]
    assert ["_silence_", "2", "1", "1"] in rows
    assert ["_unknown_", "4", "1", "1"] in rows
    assert ["yes", "8", "2", "2"] in rows
    assert ["all", "22", "6", "6"] in rows
    assert "warning: no readable recording in _background_noise_/" in shown.err


def test_names_with_brackets_are_shown_as_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Square brackets are markup to the console."""
    config = Config(data=DataConfig(wanted_words=("[b]",)))
    root = make_folder(tmp_path / "words", words=("[b]", "cat"))
    (root / "[red]").mkdir()
    prepare(config, root, RunPaths(tmp_path / "run"))
    shown = capsys.readouterr()
    assert ["[b]", "8", "2", "2"] in [line.split() for line in shown.out.splitlines()]
    assert "no sound file in 1 folder: [red]" in shown.err


def test_prepare_command_makes_a_run_folder(tmp_path: Path) -> None:
    words, run = make_folder(tmp_path / "words"), tmp_path / "run"
    config = tmp_path / "c.toml"
    config.write_text('[data]\nwanted_words = ["yes", "no"]\n')
    command = ["prepare", "--config", str(config), "--data", str(words), "--out", str(run)]
    assert CliRunner().invoke(data_app, [*command, "--wanted-words", "cat"]).exit_code == 0
    assert load_config(run / "config.toml").data.wanted_words == ("cat",)
    dataset = json.loads((run / "dataset.json").read_text())
    assert dataset["labels"] == ["_silence_", "_unknown_", "cat"]


def test_prepare_with_a_word_that_is_lacking(tmp_path: Path) -> None:
    config = Config(data=DataConfig(wanted_words=("yes", "hello")))
    run = RunPaths(tmp_path / "run")
    with pytest.raises(KwsError, match="no readable clips of hello"):
        prepare(config, make_folder(tmp_path / "words"), run)
    assert not run.dataset.exists()
