# SPDX-License-Identifier: Apache-2.0
"""A run with everything that a report shows. No firmware is built: TensorFlow Lite Micro's answers
are written down as those of two devices."""

import csv
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kws.evaluate.clips import load_clips, load_model
from kws.evaluate.profile import operator_times
from kws.evaluate.report import (
    EvaluatedDevice,
    EvaluatedModel,
    EvaluationReport,
    LinkUse,
    Memory,
    Parity,
    Spread,
    Timing,
)
from kws.evaluate.report_files import CLIPS, LATEST, REPORT
from kws.firmware.size import PARTS, PartSize, Size
from kws.metrics.confusion import Metrics, metrics
from kws.quantize import load_quantization
from kws.run.paths import RunPaths
from kws.run.pipeline import Pipeline
from kws.streams.rates import FalseAccepts, Misses
from kws.streams.sources import StreamOptions
from kws.train.checkpoint import Epoch
from kws.train.history import write_csv
from kws.train.result import TrainingResult
from kws.wake.result import Checked, RoundResult, WakeResult, save_result
from kws_codegen.base.hashes import file_hash
from kws_codegen.base.json_file import write_json
from tests.support.tiny_run import CONFIG, tiny_run

LABELS = CONFIG.data.labels
SIZE = Size("made_up", 5000, 9000, 3000, 4000, {part: PartSize(500, 300) for part in PARTS})


@pytest.fixture(scope="session")
def measured(tmp_path_factory: pytest.TempPathFactory) -> RunPaths:
    """Evaluated on this computer, and on a board that is made up; its listener too."""
    run = tiny_run(tmp_path_factory.mktemp("measured"))
    model = load_model(run)
    clips = load_clips(run, model, None, "all", None)
    answers = clips.scores.argmax(axis=1)
    report = _report(run, metrics(clips.truth, answers, LABELS), str(clips.folder))
    rows = [
        [name, LABELS[truth], LABELS[best], "", "", "", *scores]
        for name, truth, best, scores in zip(
            clips.names, clips.truth, answers, clips.scores, strict=True
        )
    ]
    _keep(run, report, rows)
    profile = tuple(operator_times(model.tflite, [100, 200, 300, 400, 500]))
    memory = replace(report.memory, firmware=SIZE)
    _keep(run, replace(report, target="made_up", memory=memory, profile=profile), rows)
    (run.evaluation / LATEST).symlink_to("host-made")
    options = StreamOptions(hours=10 / 3600, on_device=False, most_words=4)
    Pipeline.open(run.root).evaluate_streams(options)
    _training(run)
    counts = tuple(map(tuple, (np.eye(len(LABELS), dtype=int) * 5 + 1).tolist()))
    write_json(run.quantization, replace(load_quantization(run), float_confusion=counts))
    return run


@pytest.fixture
def woken(measured: RunPaths, tmp_path: Path) -> tuple[RunPaths, WakeResult]:
    """The same as `kws wake` would have made it, with recordings of people."""
    run = RunPaths(tmp_path / "woken")
    shutil.copytree(measured.root, run.root, symlinks=True)
    result = WakeResult(
        checked=(
            Checked("yes", "risky", ("2 syllables are few", "people say \"yes\" <often>")),
            Checked("no", "fine", ()),
        ),
        language="en",
        voices=("espeak", "kokoro"),
        clips=400,
        rounds=(
            RoundResult(40, 0, 0, FalseAccepts(120, 0.5, 0.5)),
            RoundResult(80, 118, 3, FalseAccepts(9, 0.5, 0.5)),
        ),
        left_out=("yes/a.wav", "yes/b.wav", "yes/c.wav"),
        people=20,
        tflite_bytes=2000,
        model_sha256=file_hash(run.tflite_model),
        exact=True,
        per_hour=0.5,
        chosen="for 0.5 false accepts an hour, on 2.0 h of each background",
        streams="streams/made/stream-eval.json",
        quiet=Misses(2, 20),
        without_people=Misses(9, 20),
    )  # fmt: skip
    save_result(run, result)
    return run, result


def _report(run: RunPaths, judged: Metrics, data: str) -> EvaluationReport:
    return EvaluationReport(
        target="host", date="2026-11-26T12:00:00+00:00", kws_version="0", kws_commit=None, ports=(),
        split="all", input="audio", limit=None, data=data, own_data=True, optimise="speed",
        clips=judged.clips, unanswered=0, synthetic_clips=0, failure="", faulting_clips=(),
        accuracy=judged.accuracy, accuracy_interval_95=judged.interval_95, labels=LABELS,
        confusion=tuple(map(tuple, judged.confusion.tolist())), words=judged.words,
        parity=Parity(judged.clips, judged.clips, ()),
        timing=Timing("ns", Spread(5, 5, 5, 5), CONFIG.frames, Spread(9, 9, 9, 9)), profile=(),
        profile_differences=(), model=EvaluatedModel(file_hash(run.tflite_model), 2000),
        memory=Memory(1000, 2000, 2000, 500, None), budget=(),
        device=EvaluatedDevice("host", "0", "static", 1),
        link=LinkUse(1.0, 10.0, 0, 0, 0, (), 0, 10, 0, 0, 0, 100, 100), devices=(),
    )  # fmt: skip


def _keep(run: RunPaths, report: EvaluationReport, rows: list[list[object]]) -> None:
    folder = run.evaluation / f"{report.target}-made"
    folder.mkdir(parents=True)
    report.save(folder / REPORT)
    times = ["device", "front_end_ns", "inference_ns"]
    header = ["clip", "true", "predicted", *times, *(f"score_{label}" for label in LABELS)]
    with (folder / CLIPS).open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([header, *rows])
    (run.evaluation / report.target).symlink_to(folder.name)


def _training(run: RunPaths) -> None:
    history = [Epoch(i, 0.01, 2.0 / i, 0.5, 1.8 / i, 0.6, 1.5) for i in range(1, 6)]
    write_csv(run.training / "history.csv", history)
    judged = metrics([0, 1, 2, 3], [0, 1, 2, 2], LABELS)
    TrainingResult(5, 4, judged, 100, False, 1.0, CONFIG.interface).save(run)
