# SPDX-License-Identifier: Apache-2.0
"""`kws wake` through the command line: from a typed word to firmware, in two rounds, and again."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from kws.data.espeak import Utterance, speak

CONFIG = """
[data]
silence_percentage = 30.0
unknown_percentage = 100.0
negative_percentage = 100.0
validation_percentage = 30.0
testing_percentage = 30.0
context_ms = 200
speak_other_words = false
[model]
first_filters = 4
filters = [8, 8]
strides = [2, 2]
padding = "valid"
[training]
epochs = 2
variants = 1
microphone = 0.5
[few_clips]
below_clips = 0
[quantization]
representative_clips = 20
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """run/: a finished `kws wake`; people/: its clips of three speakers."""
    folder = tmp_path_factory.mktemp("wake")
    (folder / "wake.toml").write_text(CONFIG)
    voices = {"anna": "en+f2", "ben": "en+m3", "cleo": "en+f4"}
    said = [Utterance("window", voice, 150, 50, 50, 900) for voice in voices.values()]
    clips, rate_hz = speak(said)
    (folder / "people" / "window").mkdir(parents=True)
    for name, clip in zip(voices, clips, strict=True):
        soundfile.write(folder / "people" / "window" / f"{name}_1.wav", clip, rate_hz)
    wake(folder)
    return folder


def wake(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run it; fails with its words when the exit status is not 0."""
    command = [
        sys.executable, "-m", "kws.cli.main", "wake", "window", "--out", folder / "run",
        "--config", folder / "wake.toml", "--voices", "espeak", "--clips-per-word", "8",
        "--recordings", folder / "people", "--hours", "0.01", "--anyway",
    ]  # fmt: skip
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, check=False, timeout=7200
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "stdout").write_text(done.stdout)
    return done


def test_a_run_folder_as_any_other(folder: Path) -> None:
    there = {path.name for path in (folder / "run").iterdir()}
    assert there >= {
        "config.toml", "dataset.json", "model.keras", "model.tflite", "generated", "build",
        "evaluation", "streams", "report.html", "wake.json", "wake",
    }  # fmt: skip
    labels = json.loads((folder / "run" / "dataset.json").read_text())["labels"]
    assert labels == ["_silence_", "_unknown_", "window"]


def test_what_came_of_it(folder: Path) -> None:
    result = json.loads((folder / "run" / "wake.json").read_text())
    assert result["people"] == 1 and result["without_people"]["said"] == 1
    assert result["rounds"] == 2 and result["voices"] == ["espeak"]
    assert result["checked"][0]["word"] == "window"
    assert result["tflite_bytes"] == (folder / "run" / "model.tflite").stat().st_size
    hard = list((folder / "run" / "wake" / "round-1" / "hard").glob("*.wav"))
    assert len(hard) == result["mined"]
    config = (folder / "run" / "config.toml").read_text()
    assert ("round-1/hard" in config) == bool(hard)
    report = json.loads((folder / "run" / result["streams"]).read_text())
    assert report["parity"]["identical"] == report["parity"]["decisions"] > 0


def test_the_first_round_heard_no_recording(folder: Path) -> None:
    for run, trained in (("run/wake/round-1/run", 0), ("run", 2)):
        clips = json.loads((folder / run / "dataset.json").read_text())["clips"]
        own = [clip for clip in clips if "/own-" in clip["path"] and clip["split"] == "training"]
        assert len(own) == trained, run
        tested = [c for c in clips if c["split"] == "testing" and c["label"] == "window"]
        assert len(tested) == 1 and "/own-" in tested[0]["path"]


def test_again_it_skips_what_is_done_and_says_each_command(folder: Path) -> None:
    done = wake(folder)
    said = done.stderr
    for step in ("data", "train", "quantize"):
        assert said.count(f"{step}: unchanged, skipped") == 2, said
    for command in ("word check window", "data wake-speech", "data prepare", "train --run",
                    "quantize --run", "stream-eval --run", "build --run"):  # fmt: skip
        assert f"$ kws {command}" in said
    assert "mine-negatives" not in said, "the same model: looked through already"
    assert "wake on: window" in done.stdout and "recorded by people" in done.stdout
