# SPDX-License-Identifier: Apache-2.0
"""`kws listen`: the firmware of this computer hears a file; what is printed and kept."""

import csv
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import soundfile

from kws.run.paths import RunPaths
from kws_codegen.base.detect_config import DetectConfig
from tests.support.heard import babble, expected_decisions
from tests.support.tiny_run import CONFIG, tiny_model, tiny_run

CONFIGURED = replace(
    CONFIG,
    detect=DetectConfig(interval_ms=60, smoothing=2, threshold=0.3, refractory_ms=300),
)
RATE_HZ = CONFIG.features.sample_rate_hz


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunPaths:
    return tiny_run(tmp_path_factory.mktemp("listen"), CONFIGURED)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "babble.wav"
    soundfile.write(path, babble(CONFIGURED, 6, seed=1), RATE_HZ, subtype="PCM_16")
    return path


def kws_listen(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kws.cli.main", "listen", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_file(run: RunPaths, sound: Path, tmp_path: Path) -> None:
    done = kws_listen("--run", run.root, "--file", sound, "--save", tmp_path / "kept")
    assert done.returncode == 0, done.stderr
    samples, _ = soundfile.read(sound, dtype="int16")
    expected = expected_decisions(CONFIGURED, tiny_model(), samples)
    found = [(end / RATE_HZ, event) for end, _, event in expected if event is not None]
    lines = done.stdout.splitlines()
    assert lines == [
        f"{seconds:10.2f} s  {CONFIGURED.data.labels[event.word]:20} {event.score:.2f}"
        for seconds, event in found
    ]
    assert len(lines) > 3
    assert f"host listens to {sound}\n" in done.stderr
    said = done.stderr.replace("\n", "")
    assert f"detections: {len(lines)}, saved in {tmp_path / 'kept'}" in said
    assert re.search(r"listening takes \d+\.\d+% of this computer's time", done.stderr)
    with (tmp_path / "kept" / "detections.csv").open(newline="") as file:
        kept = list(csv.DictReader(file))
    assert [row["time_s"] for row in kept] == [f"{seconds:.2f}" for seconds, _ in found]


def test_only_some_seconds(run: RunPaths, sound: Path) -> None:
    done = kws_listen("--run", run.root, "--file", sound, "--seconds", "3")
    assert done.returncode == 0
    times = [float(line.split()[0]) for line in done.stdout.splitlines()]
    assert times and max(times) <= 3


def test_changed_thresholds_want_code_made_anew(run: RunPaths, sound: Path) -> None:
    text = run.config.read_text(encoding="utf-8")
    run.config.write_text(text.replace("\nthreshold = 0.3", "\nthreshold = 0.4"), encoding="utf-8")
    try:
        done = kws_listen("--run", run.root, "--file", sound)
    finally:
        run.config.write_text(text, encoding="utf-8")
    assert done.returncode == 2
    assert "generated from another detector configuration" in done.stderr
    assert "kws generate --run" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--port", "", "--file", "x.wav"), "--port is empty"),
        (("--microphone", "usb", "--file", "x.wav"), "are two sources of sound"),
        (("--file", "nothing.wav"), "no file nothing.wav"),
        (("--file", "x.wav", "--seconds", "inf"), "'--seconds'"),
    ],
)
def test_bad_input(run: RunPaths, arguments: tuple[str, ...], words: str) -> None:
    done = kws_listen("--run", run.root, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr and "Traceback" not in done.stderr


MICROPHONE = '''
"""In the place of sounddevice: a microphone in silence."""
import sys
import time
import numpy as np

class PortAudioError(Exception):
    pass

class InputStream:
    def __init__(self, **options):
        self.rate_hz = options["samplerate"]
    def __enter__(self):
        return self
    def __exit__(self, *_):
        pass
    def read(self, size):
        print("a block", file=sys.stderr, flush=True)
        time.sleep(size / self.rate_hz)
        return np.zeros((size, 1), np.int16), False
'''


def test_ctrl_c_ends_listening_with_its_summary(run: RunPaths, tmp_path: Path) -> None:
    """The terminal sends it to the whole process group: the firmware must not be stopped first."""
    (tmp_path / "sounddevice.py").write_text(MICROPHONE, encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "kws.cli.main", "listen", "--run", str(run.root)]
    kws = subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": path}, start_new_session=True,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert kws.stderr is not None
    try:
        said = [next(kws.stderr)]
        while "listens to the microphone" not in said[-1]:
            said.append(next(kws.stderr))
        assert [next(kws.stderr) for _ in range(3)] == ["a block\n"] * 3  # so two were heard
        os.killpg(kws.pid, signal.SIGINT)
        words = kws.stderr.read()
        assert kws.wait(300) == 130
    finally:
        kws.kill()
        kws.wait()
        kws.stderr.close()
    assert "detections: 0" in words and "interrupted" in words
    assert "Traceback" not in words and "lost the connection" not in words
