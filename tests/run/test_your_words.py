# SPDX-License-Identifier: Apache-2.0
"""First recordings, as the documentation shows them, by one speaker, two and five: each trains."""

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kws.cli.data import data_app
from kws.config.schema import Config
from kws.quantize import load_quantization
from kws.run.pipeline import Pipeline
from kws.source import source_root
from kws.train import load_result
from tests.support.recordings import tone, write
from tests.support.tone_words import tone_config

SPEAKERS = ("anna", "ben", "cleo", "dan", "eva")
WORDS = {"lamp": 400.0, "door": 2500.0}  # hertz


def record(root: Path, speakers: int, takes: int = 5) -> Path:
    """recordings/<word>/<speaker>_<n>.wav."""
    for word, hz in WORDS.items():
        for speaker in SPEAKERS[:speakers]:
            for take in range(takes):
                path = root / word / f"{speaker}_{take}.wav"
                write(path, tone(0.8, hz=hz + 20 * take + 5 * len(speaker)))
    return root


def config() -> Config:
    """Small and short; its words are those of the recordings."""
    small = tone_config(epochs=1)
    return replace(small, data=replace(small.data, wanted_words=tuple(WORDS)))


@pytest.mark.parametrize("speakers", [1, 2, 5])
def test_first_recordings_are_trained_on_and_tested(tmp_path: Path, speakers: int) -> None:
    pipeline = Pipeline.create(tmp_path / "run", config())
    pipeline.data(record(tmp_path / "recordings", speakers))
    pipeline.train()
    pipeline.quantize()
    assert load_result(pipeline.run).validation.clips >= 4
    counts = pipeline.dataset().counts()
    assert all(counts[word][split] for word in WORDS for split in counts[word])
    tested = [clip.path for clip in pipeline.dataset().clips_of("testing")]
    known = pipeline.dataset().known_voices(tested)
    assert known == 0 if speakers == 5 else known >= 2
    result = load_quantization(pipeline.run)
    assert result.clips >= 4
    assert "too few to say what int8 costs" in result.drop


@pytest.mark.parametrize("speakers", [1, 2, 5])
def test_commands_of_the_readme_say_how_the_speakers_are_split(
    tmp_path: Path, speakers: int
) -> None:
    root = record(tmp_path / "recordings", speakers)
    words = ["--wanted-words", "lamp,door"]
    checked = CliRunner().invoke(data_app, ["check", str(root), *words])
    assert checked.exit_code == 0
    default = str(source_root() / "configs" / "default.toml")
    command = ["prepare", "--config", default, "--data", str(root), *words]
    prepared = CliRunner().invoke(data_app, [*command, "--out", str(tmp_path / "run")])
    assert prepared.exit_code == 0
    how = "whole speakers: training" if speakers == 5 else "recording, each word in each split"
    for result in (checked, prepared):
        assert f"split by {how}" in " ".join(result.stdout.split())
        assert "no model can be trained" not in result.stdout
