# SPDX-License-Identifier: Apache-2.0
"""False accepts become negatives, clips that are unlike their word are found."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from kws.cli.data import data_app
from kws.config.schema import Config
from kws.data.splits import hash_split
from kws.streams import mining
from kws.streams.decisions import Decisions
from kws.streams.mining import Mined, mine_negatives, unlike_their_word
from kws_codegen.base.errors import KwsError
from tests.support.tiny_run import CONFIG, tiny_run

RATE_HZ = CONFIG.features.sample_rate_hz


@pytest.fixture(autouse=True)
def _waking(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that hears "yes" at 3 s and, more surely, "no" at 6 s of every chunk."""

    def heard(config: Config, model: bytes, samples: np.ndarray, *, exact: bool) -> Decisions:
        assert model and not exact
        times = np.arange(RATE_HZ, samples.size, RATE_HZ // 12)
        scores = np.full((times.size, len(config.data.labels)), -128, np.int8)
        for seconds, label, score in ((3, 2, 0), (6, 3, 100)):
            scores[np.abs(times - seconds * RATE_HZ) < RATE_HZ // 2, label] = score
        return Decisions(scores, times)

    monkeypatch.setattr(mining, "host_decisions", heard)


def test_the_surest_first_and_each_once(tmp_path: Path) -> None:
    run, to = tiny_run(tmp_path), tmp_path / "hard"
    sound = np.arange(8 * RATE_HZ, dtype=np.int16)
    assert mine_negatives(run, None, 10, [sound]) == Mined(2, 0, 8 / 3600)
    assert mine_negatives(run, to, 10, [sound]) == Mined(2, 2, 8 / 3600)
    assert mine_negatives(run, to, 10, [sound]).kept == 2
    cuts = sorted(to.iterdir())
    assert len(cuts) == 2
    for cut in cuts:
        samples, rate_hz = soundfile.read(cut, dtype="int16")
        assert rate_hz == RATE_HZ and samples.size == int(1.5 * RATE_HZ)
        assert hash_split(cut.name, 15, 15) == "training", "never judged on"
    (tmp_path / "one").mkdir()
    assert mine_negatives(run, tmp_path / "one", 1, [sound]) == Mined(2, 1, 8 / 3600)
    (best,) = (tmp_path / "one").iterdir()
    first = int(soundfile.read(best, dtype="int16")[0][0]) % (1 << 16)
    assert first > 4 * RATE_HZ - 4096, "the one at 6 s"


def test_without_sound(tmp_path: Path) -> None:
    with pytest.raises(KwsError, match="no sound to look for false accepts in"):
        mine_negatives(tiny_run(tmp_path), tmp_path / "hard", 10)


def test_command(tmp_path: Path) -> None:
    run = tiny_run(tmp_path)
    soundfile.write(tmp_path / "radio.wav", np.zeros(8 * RATE_HZ), RATE_HZ)
    command = ["mine-negatives", "--run", run.root, "--to", tmp_path / "hard", "--sound"]
    result = CliRunner().invoke(data_app, [*map(str, command), str(tmp_path / "radio.wav")])
    assert result.exit_code == 0, result.output
    assert "2 false accepts in 0.1 minutes" in result.stdout and "kept" not in result.stdout
    result = CliRunner().invoke(
        data_app, [*map(str, command), str(tmp_path / "radio.wav"), "--most", "1"]
    )
    assert "2 false accepts in 0.1 minutes, the surest 1 are kept" in result.stdout


def test_clips_unlike_their_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = tiny_run(tmp_path)

    def scores(_tflite: bytes, config: Config, clips: list[np.ndarray]) -> np.ndarray:
        found = np.full((len(clips), len(config.data.labels)), 0.9)
        found[1], found[2] = 0.05, 0.02
        return found

    monkeypatch.setattr(mining, "_scores", scores)
    everything = unlike_their_word(run, 0.1, 1.0)
    assert len(everything) == 2
    assert all(clip.split == "training" for clip in everything)
    assert unlike_their_word(run, 0.1, 0.0) == []


def test_scores_of_clips_are_the_model_s(tmp_path: Path) -> None:
    run = tiny_run(tmp_path)
    assert {clip.label for clip in unlike_their_word(run, 1.01, 1.0)} == {"yes", "no"}
    assert unlike_their_word(run, 0.0, 1.0) == []
