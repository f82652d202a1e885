# SPDX-License-Identifier: Apache-2.0
"""The main job through the command line, on a tiny synthetic speech set, as a user runs it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

CONFIG = """
[data]
wanted_words = ["go", "stop"]
[model]
first_filters = 4
filters = [8, 8]
strides = [2, 2]
[training]
epochs = 2
[few_clips]
below_clips = 0
[quantization]
representative_clips = 20
"""


def kws(*arguments: str | Path, status: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the command line; fails with its words when the exit status is another."""
    command = [sys.executable, "-m", "kws.cli.main", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=3600)
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """speech/: synthetic words; config.toml; run/: a finished `kws run`."""
    folder = tmp_path_factory.mktemp("chain")
    (folder / "config.toml").write_text(CONFIG)
    kws("data", "synth", folder / "speech", "--words", "go,stop", "--clips-per-word", "12")
    run(folder)
    return folder


def run(folder: Path, *arguments: str | Path, status: int = 0) -> subprocess.CompletedProcess[str]:
    return kws(
        "run", "--config", folder / "config.toml", "--data", folder / "speech",
        "--out", folder / "run", *arguments, status=status,
    )  # fmt: skip


def evaluation(folder: Path, name: str = "host.json") -> dict[str, object]:
    values: dict[str, object] = json.loads((folder / "run" / "evaluation" / name).read_text())
    return values


def test_run_folder_describes_itself(folder: Path) -> None:
    there = {path.name for path in (folder / "run").iterdir()}
    assert there >= {
        "config.toml", "dataset.json", "checkpoints", "training", "model.keras",
        "model.tflite", "quantization.json", "generated", "build", "evaluation",
    }  # fmt: skip


def test_every_clip_is_answered_and_exact(folder: Path) -> None:
    result = evaluation(folder)
    dataset = json.loads((folder / "run" / "dataset.json").read_text())
    wanted = [clip for clip in dataset["clips"] if clip["label"] in ("go", "stop")]
    assert result["clips"] > sum(clip["split"] == "testing" for clip in wanted) > 0
    assert result["parity"]["identical"] == result["parity"]["clips"] == result["clips"]
    assert sum(map(sum, result["confusion"])) == result["clips"]
    assert result["labels"] == ["_silence_", "_unknown_", "go", "stop"]
    assert {"target", "accuracy", "timing", "model", "memory"} <= result.keys()


def test_second_run_skips_every_step_and_prints_the_same_matrix(folder: Path) -> None:
    done = run(folder)
    for step in ("data", "train", "quantize", "generate", "build host", "evaluate host"):
        assert done.stderr.count(f"{step}: unchanged, skipped") == 1
    assert done.stdout.endswith(f"in a browser: kws web {folder / 'run'}\n")
    confusion = (folder / "run" / "evaluation" / "host" / "confusion.txt").read_text()
    assert confusion in done.stdout
    assert "report:" in done.stdout
    assert "sizes:" in done.stdout


def test_each_step_is_a_command(folder: Path) -> None:
    assert "train: unchanged, skipped" in kws("train", "--run", folder / "run").stderr
    assert "quantize: unchanged" in kws("quantize", "--run", folder / "run").stderr
    assert "generate: unchanged" in kws("generate", "--run", folder / "run").stderr
    assert "firmware:" in kws("build", "--run", folder / "run").stdout
    evaluated = kws("evaluate", "--run", folder / "run")
    assert "build host: unchanged" in evaluated.stderr
    assert "evaluate host: unchanged" in evaluated.stderr
    confusion = folder / "run" / "evaluation" / "host" / "confusion.txt"
    assert confusion.read_text() in evaluated.stdout
    done = kws("evaluate", "--run", folder / "run", "--input", "features", "--limit", "3")
    assert "3 clips" in done.stdout and "build host: unchanged" in done.stderr


def test_labels_changed_after_training_are_refused_by_every_step(folder: Path) -> None:
    config = folder / "run" / "config.toml"
    text = config.read_text()
    try:
        config.write_text(text.replace('"go",\n    "stop"', '"stop",\n    "go"'))
        assert config.read_text() != text
        done = kws("train", "--run", folder / "run", status=2)
        assert "dataset.json lists clips of _silence_, _unknown_, go, stop" in done.stderr
        for command, file in (
            ("quantize", "model.keras"), ("generate", "model.tflite"), ("build", "model.tflite"),
            ("evaluate", "model.tflite"),
        ):  # fmt: skip
            done = kws(command, "--run", folder / "run", status=2)
            assert f"{file} was made for another configuration: labels (was" in done.stderr
            assert "train again with the new one: kws run" in done.stderr
    finally:
        config.write_text(text)


def test_wanted_word_that_is_not_there_lists_the_words(folder: Path) -> None:
    done = run(folder, "--wanted-words", "go,banana", status=2)
    assert "no readable clips of banana" in done.stderr
    assert "stop" in done.stderr
    run(folder)  # the first configuration again: everything is still there


@pytest.mark.parametrize("command", ["train", "quantize", "generate", "build", "evaluate"])
def test_a_folder_that_is_no_run_is_refused(command: str, tmp_path: Path) -> None:
    done = kws(command, "--run", tmp_path, status=2)
    assert "error:" in done.stderr


def test_out_folder_with_other_files_is_left_alone(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    done = kws(
        "run", "--config", folder / "config.toml", "--data", folder / "speech",
        "--out", tmp_path, status=2,
    )  # fmt: skip
    assert "not a run folder" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_help_shows_examples() -> None:
    for command in ("run", "train", "quantize", "generate", "build", "evaluate"):
        assert f"kws {command} --" in kws(command, "--help").stdout
