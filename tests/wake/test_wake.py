# SPDX-License-Identifier: Apache-2.0
"""`kws wake` through the command line: from a typed word to firmware, in two rounds, and again."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from kws.config.schema import load_config
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
    record(folder / "people", "window", {"anna": "en+f2", "ben": "en+m3", "cleo": "en+f4"})
    wake(folder)
    return folder


def record(people: Path, word: str, voices: dict[str, str]) -> None:
    """Clips of a word by speakers with voices of espeak-ng."""
    clips, rate_hz = speak([Utterance(word, v, 150, 50, 50, 900) for v in voices.values()])
    (people / word).mkdir(parents=True)
    for name, clip in zip(voices, clips, strict=True):
        soundfile.write(people / word / f"{name}_1.wav", clip, rate_hz)


def wake(folder: Path, *asked: str | Path, clips: int = 8) -> subprocess.CompletedProcess[str]:
    """Run it; fails with its words when the exit status is not 0."""
    command = [
        sys.executable, "-m", "kws.cli.main", "wake", *(asked or ("window", "--voices", "espeak")),
        "--out", folder / "run", "--config", folder / "wake.toml", "--clips-per-word", clips,
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
    page = (folder / "run" / "report.html").read_text(encoding="utf-8")
    assert 'id="wake"' in page and "What your recordings bring" in page


def test_what_came_of_it(folder: Path) -> None:
    result = json.loads((folder / "run" / "wake.json").read_text())
    assert result["people"] == 1 and result["without_people"]["said"] == 1
    assert len(result["rounds"]) == 2 and result["voices"] == ["espeak"]
    assert result["checked"][0]["word"] == "window"
    assert result["tflite_bytes"] == (folder / "run" / "model.tflite").stat().st_size
    hard = list((folder / "run" / "wake" / "round-1" / "hard").glob("*.wav"))
    first, second = result["rounds"]
    assert (first["trained_on"], second["trained_on"]) == (0, len(hard))
    assert first["woken"]["count"] >= len(hard), "the surest are mined"
    assert first["woken"]["hours"] == second["woken"]["hours"] > 0, "counted in the same sound"
    config = (folder / "run" / "config.toml").read_text()
    assert ("round-1/hard" in config) == bool(hard)
    report = json.loads((folder / "run" / result["streams"]).read_text())
    assert result["quiet"] == report["levels"][0]["misses"]
    assert report["parity"]["identical"] == report["parity"]["decisions"] > 0


def test_the_first_round_heard_no_recording(folder: Path) -> None:
    for run, trained in (("run/wake/round-1/run", 0), ("run", 2)):
        clips = json.loads((folder / run / "dataset.json").read_text())["clips"]
        own = [clip for clip in clips if "/own-" in clip["path"] and clip["split"] == "training"]
        assert len({clip["speaker"] for clip in own}) == trained, run
        assert len(own) == 4 * trained, "as they are and at three other rates: as many as spoken"
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


def test_two_words_in_german_by_several_people(tmp_path: Path) -> None:
    (tmp_path / "wake.toml").write_text(CONFIG)
    voices = {"anna": "f2", "ben": "m3", "cleo": "f4", "dirk": "m1", "eva": "f1"}
    voices = {name: f"de+{variant}" for name, variant in voices.items()}
    for word in ("fenster", "lampe"):
        record(tmp_path / "people", word, voices)
    wake(tmp_path, "fenster", "lampe", "--language", "de", "--rounds", "1", clips=4)
    result = json.loads((tmp_path / "run" / "wake.json").read_text())
    assert [each["word"] for each in result["checked"]] == ["fenster", "lampe"]
    assert result["language"] == "de" and result["voices"] == ["espeak"]
    assert len(result["rounds"]) == 1 and result["without_people"] is None
    dataset = json.loads((tmp_path / "run" / "dataset.json").read_text())
    assert dataset["labels"][2:] == ["fenster", "lampe"]
    wanted = [clip for clip in dataset["clips"] if clip["label"] in ("fenster", "lampe")]
    tested = [Path(c["path"]).name for c in wanted if c["split"] == "testing"]
    assert result["people"] == len(tested) == 4, "two of five speakers, both words"
    assert len({name.split("_")[0] for name in tested}) == 2
    assert all(name.startswith("own-") for name in tested)
    others = {Path(c["path"]).name for c in dataset["clips"] if "/own-" not in c["path"]}
    assert others and all(name.startswith("de-") for name in others if "nohash" in name)
    config = load_config(tmp_path / "run" / "config.toml")
    assert set(config.detect.thresholds) == {"fenster", "lampe"}
