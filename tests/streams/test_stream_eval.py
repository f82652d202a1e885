# SPDX-License-Identifier: Apache-2.0
"""A device listens to streams, and what is kept of it."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from kws.cli.main import app
from kws.config.run_config import load_run_config
from kws.detect import Detection
from kws.link.listening import StreamDecision
from kws.run.paths import RunPaths
from kws.run.pipeline import Pipeline
from kws.streams import sources
from kws.streams.decisions import Decisions, detector_of, host_decisions, listening
from kws.streams.det import Curves, ScoredStream
from kws.streams.device import hear
from kws.streams.report import load_stream_report
from kws.streams.sources import StreamOptions
from kws.streams.stream import Spoken, Stream
from kws.streams.thresholds import choose
from kws_codegen.base.detect_config import DetectConfig
from kws_codegen.base.errors import KwsError
from tests.support.heard import babble
from tests.support.tiny_run import CONFIG, tiny_model, tiny_run

RATE = CONFIG.features.sample_rate_hz


@pytest.fixture(scope="module")
def report_file(run: RunPaths) -> Path:
    """Half a minute of each background on this computer's firmware."""
    return Pipeline.open(run.root).evaluate_streams(StreamOptions(hours=30 / 3600))[1]


def test_every_decision_of_the_firmware_is_the_hosts(report_file: Path) -> None:
    report = load_stream_report(report_file)
    assert report.passed
    assert report.parity is not None
    assert report.parity.decisions == report.parity.identical > 500
    assert report.target == "host"
    assert [level.background for level in report.levels] == ["quiet"] + ["noise"] * 4 + ["speech"]
    assert [result.background for result in report.backgrounds] == ["quiet", "noise", "speech"]
    assert all(abs(r.false_accepts.hours - 30 / 3600) < 1e-6 for r in report.backgrounds)
    assert report.cost is not None
    assert report.cost.per_second > 0


ENDS = {
    "least": DetectConfig(interval_ms=1, smoothing=1, threshold=0.0, refractory_ms=0),
    "most": DetectConfig(smoothing=100, threshold=0.2, consecutive=100, refractory_ms=60_000),
    "rare": DetectConfig(interval_ms=10_000, smoothing=1, threshold=0.0, form="rows"),
    "never": DetectConfig(threshold=1.0, thresholds={"no": 1.0}),
    "gate": DetectConfig(interval_ms=60, smoothing=2, threshold=0.3, gate_dbfs=-50.0),
    "whole windows": DetectConfig(smoothing=1, threshold=0.3, form="window"),
}


@pytest.mark.parametrize("name", ENDS)
def test_the_ends_of_each_key(tmp_path: Path, name: str) -> None:
    """Each decision of the firmware is the host's, and so is each detection."""
    run = tiny_run(tmp_path, replace(CONFIG, detect=ENDS[name]))
    sound = babble(CONFIG, 32, 3, quiet_s=4)
    soundfile.write(tmp_path / "babble.wav", sound, RATE, subtype="PCM_16")
    options = StreamOptions(recordings=((tmp_path / "babble.wav", None),), fast=True)
    report = Pipeline.open(run.root).evaluate_streams(options)[0]
    assert report.passed and report.parity is not None, report.parity
    (stream,) = report.streams
    frames = 1 + (sound.size - CONFIG.features.window_samples) // CONFIG.features.hop_samples
    every = ENDS[name].decision_frames(CONFIG.features.hop_ms)
    decisions = (frames - CONFIG.frames) // every + 1
    if name == "gate":
        assert decisions - 4 * 50 // every < report.parity.decisions < decisions
    else:
        assert report.parity.decisions == decisions
    assert {
        "least": stream.false_accepts == decisions,
        "most": stream.false_accepts == 1,
        "rare": stream.false_accepts == decisions == 4,
        "never": stream.false_accepts == 0,
    }.get(name, stream.false_accepts > 3)


def test_the_folder_has_figures_curves_and_events(report_file: Path) -> None:
    folder = report_file.parent
    assert (folder / "det.png").read_bytes()[:4] == b"\x89PNG"
    text = (folder / "report.md").read_text(encoding="utf-8")
    assert "equal the host's" in text
    assert "a word is found when" in text
    with (folder / "events.csv").open(newline="", encoding="utf-8") as stream:
        events = list(csv.DictReader(stream))
    report = load_stream_report(report_file)
    said = sum(level.misses.said for level in report.levels)
    assert sum(row["event"] in ("found", "missed") for row in events) == said
    assert sum(row["event"] == "false" for row in events) == sum(
        stream.false_accepts for stream in report.streams
    )
    assert (folder.parent / "host.json").resolve() == report_file.resolve()
    assert json.loads(report_file.read_text())["rules"]


@dataclass
class _Replies:
    """A device that gives these decisions."""

    decisions: list[StreamDecision]

    def listen(self, _samples: np.ndarray) -> Iterator[StreamDecision]:
        return iter(self.decisions)

    def stream_stats(self) -> SimpleNamespace:
        return SimpleNamespace(frames=1, time=1, longest=1)


def _heard(change: str) -> str:
    """What is said of a device whose third decision differs so."""
    scores = np.arange(20, dtype=np.int8).reshape(5, 4)
    heard = np.arange(5) * 640 + 8000
    decisions = [StreamDecision(int(heard[i]), scores[i], None) for i in range(5)]
    decisions[3] = replace(decisions[3], event=Detection(3, 2, 0.5))
    if change == "score":
        decisions[2] = replace(decisions[2], scores=scores[2] + np.array([0, 1, 0, 0], np.int8))
    elif change == "event":
        decisions[2] = replace(decisions[2], event=Detection(2, 3, 0.25))
    elif change == "time":
        decisions[2] = replace(decisions[2], samples=1)
    elif change == "missing":
        del decisions[4]
    elif change == "more":
        decisions.append(decisions[4])
    samples = np.zeros(12_000, np.int16)
    scored = ScoredStream(Stream("s", "quiet", None, samples, (), 1), Decisions(scores, heard))
    hearing = hear(
        _Replies(decisions),  # type: ignore[arg-type]
        scored,
        (Detection(3, 2, 0.5),),
        listening(CONFIG, tiny_model(CONFIG)),
        lambda _: None,
    )
    assert hearing.identical == hearing.decisions - (change != "")
    return hearing.first_difference


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("", ""),
        ("score", "s: decision 2: score 1 is 10, and 9 on the host"),
        ("event", "s: decision 2: the device says class 3 (0.2500), the host nothing"),
        ("time", "s: decision 2 came after 1 samples, not after 9280"),
        ("missing", "s: 1 decisions did not come"),
        ("more", "s: decision 5 is one more than the host takes"),
    ],
)
def test_the_first_decision_that_differs_is_named(change: str, says: str) -> None:
    assert _heard(change) == says


def test_own_recordings_are_judged_by_their_label_track(run: RunPaths, tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    sound = (1000 * random.standard_normal(6 * RATE)).astype(np.int16)
    soundfile.write(tmp_path / "kitchen.wav", sound, RATE)
    (tmp_path / "kitchen.txt").write_text("1.0\t1.5\tyes\n3.0\t3.5\tno\n")
    command = ["stream-eval", "--run", str(run.root), "--audio", str(tmp_path / "kitchen.wav")]
    command += ["--fast"]
    done = CliRunner().invoke(app, [*command, "--labels", str(tmp_path / "kitchen.txt")])
    assert done.exit_code == 0, done.output
    assert "(the static C model, same detector), bit for bit" in " ".join(done.output.split())
    report = load_stream_report(run.streams / "host.json")
    assert (report.split, [level.misses.said for level in report.levels]) == ("recording", [2])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--audio", "none.wav"], "no file none.wav"),
        (["--labels", "none.txt"], "0 --audio and 1 --labels"),
        (["--port", ""], "--port is empty"),
        (["--speech", "none"], "no file or folder none"),
        (["--split", "validation", "--false-accepts-per-hour", "1"], "cannot judge them"),
    ],
)
def test_bad_input_is_told(run: RunPaths, options: list[str], says: str) -> None:
    done = CliRunner().invoke(app, ["stream-eval", "--run", str(run.root), "--no-device", *options])
    assert isinstance(done.exception, KwsError)
    assert says in str(done.exception)


def _curves(scores_of: dict[str, list[int]]) -> Curves:
    """Words that score so at their place, and an hour of background with scores of its own.

    scores_of: "yes", "no": scores (0 to 255) where they are said; "yes!", "no!": where not.
    """
    config = replace(CONFIG, detect=replace(CONFIG.detect, smoothing=1, refractory_ms=0))
    timing = listening(config, tiny_model(config))
    step = timing.stride * timing.hop_samples
    classes = {"yes": 2, "no": 3}
    streams = []
    for said in (True, False):
        samples = np.zeros(3600 * RATE if not said else 400 * step, np.int16)
        words, scores, heard = [], [], []
        for word, index in classes.items():
            for score in scores_of[word if said else f"{word}!"]:
                at = (len(heard) + 1) * 40 * step
                if said:
                    words.append(Spoken(at - step, at, word))
                scores.append(np.where(np.arange(4) == index, score - 128, -128))
                heard.append(at)
        samples = np.zeros(max(samples.size, (len(heard) + 2) * 40 * step), np.int16)
        stream = Stream("s", "quiet", None, samples, tuple(words), samples.size)
        decisions = Decisions(np.array(scores, np.int8), np.array(heard))
        streams.append(ScoredStream(stream, decisions))
    return Curves(streams, detector_of(config), timing)


def test_a_threshold_is_the_lowest_that_keeps_to_the_rate() -> None:
    """One false accept of score 150 is allowed, and 200 is not: the threshold lies between."""
    high, low = [240] * 5, [120] * 5
    curves = _curves({"yes": high, "no": low, "yes!": [200] * 3, "no!": [150]})
    choice = choose(curves, 2.0)
    assert not choice.by_word
    assert 200 / 256 < choice.thresholds["yes"] < 240 / 256
    assert (choice.point.missed, choice.point.false_accepts) == (5, 0)


def test_words_get_thresholds_of_their_own_where_there_are_enough_events() -> None:
    """ "yes" is safe and "no" is not: a high threshold for "no" alone loses fewest."""
    curves = _curves({"yes": [130] * 20, "no": [250] * 20, "yes!": [60] * 5, "no!": [200] * 40})
    choice = choose(curves, 12.0)
    assert choice.by_word
    assert choice.thresholds["yes"] < 130 / 256 < 200 / 256 < choice.thresholds["no"]
    assert choice.point.missed == 0


def test_a_rate_that_cannot_be_kept_to_is_refused() -> None:
    curves = _curves({"yes": [240], "no": [240], "yes!": [255] * 9, "no!": [255] * 9})
    with pytest.raises(KwsError, match="no threshold keeps to 1 false accepts an hour"):
        choose(curves, 1.0)


def test_chosen_thresholds_go_into_the_run(run: RunPaths) -> None:
    pipeline = Pipeline.open(run.root)
    options = StreamOptions(hours=20 / 3600, on_device=False)
    words = pipeline.choose_thresholds(options, 600.0)
    assert "of each background of the validation split" in words
    config = load_run_config(run.config)
    assert set(config.detect.thresholds) == {"yes", "no"}
    report, _ = pipeline.evaluate_streams(options, words)
    assert report.chosen == words
    assert [w.threshold for w in report.words] == list(config.detect.thresholds.values())


def test_speech_to_choose_on_is_heard_there_and_never_judges(run: RunPaths, tmp_path: Path) -> None:
    heard: list[tuple[Path, ...]] = []
    sound = tmp_path / "more" / "speech.wav"
    sound.parent.mkdir()
    soundfile.write(sound, np.random.default_rng(1).integers(-900, 900, 3 * RATE, np.int16), RATE)
    options = StreamOptions(hours=20 / 3600, on_device=False, choosing_speech=(sound.parent,))
    with pytest.MonkeyPatch.context() as patch:
        whole = sources.speech_of
        patch.setattr(sources, "speech_of", lambda p, rate: heard.append(p) or whole(p, rate))
        pipeline = Pipeline.open(run.root)
        words = pipeline.choose_thresholds(options, 600.0)
        assert "of the validation split and of the speech to choose on" in words
        pipeline.evaluate_streams(options, words)
    assert heard == [(sound.parent,), ()]
    with pytest.raises(KwsError, match="cannot be chosen on what judges them"):
        pipeline.choose_thresholds(replace(options, speech=(sound,)), 600.0)


def test_the_exact_and_the_fast_host_decide_alike(run: RunPaths) -> None:
    sound = (900 * np.random.default_rng(8).standard_normal(5 * RATE)).astype(np.int16)
    config = load_run_config(run.config)
    model = run.tflite_model.read_bytes()
    exact, fast = (host_decisions(config, model, sound, exact=e) for e in (True, False))
    assert len(exact.scores) == 51
    assert np.array_equal(exact.scores, fast.scores)
    assert (
        exact.heard[0]
        == config.clip_samples
        - (config.clip_samples - config.features.window_samples) % config.features.hop_samples
    )


def test_the_worst_background_counts() -> None:
    """Ten hours in which nothing is heard do not make two false accepts in another any fewer."""
    curves = _curves({"yes": [240], "no": [240], "yes!": [200] * 2, "no!": []})
    hours = curves.hours
    config = replace(CONFIG, detect=replace(CONFIG.detect, smoothing=1, refractory_ms=0))
    timing = listening(config, tiny_model(CONFIG))
    silence = np.zeros(10 * 3600 * RATE, np.int16)
    stream = Stream("n", "noise", None, silence, (), silence.size)
    nothing = Decisions(np.full((1, 4), -128, np.int8), np.array([1]))
    both = Curves([*curves.streams, ScoredStream(stream, nothing)], detector_of(config), timing)
    point = both.point(0.5, {"yes": 0.5, "no": 0.5})
    assert (point.false_accepts, point.hours) == (2, hours)
