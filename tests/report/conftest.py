# SPDX-License-Identifier: Apache-2.0
"""Runs with everything that a report shows; what their models answer means nothing."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kws.evaluate.options import EvaluationOptions
from kws.evaluate.profile import operator_times
from kws.evaluate.report import load_report
from kws.evaluate.report_files import CLIPS, REPORT
from kws.firmware.size import PARTS, PartSize, Size
from kws.metrics.confusion import metrics
from kws.quantize import load_quantization
from kws.run.paths import RunPaths
from kws.run.pipeline import Pipeline
from kws.streams.sources import StreamOptions
from kws.train.checkpoint import Epoch
from kws.train.history import write_csv
from kws.train.result import TrainingResult
from kws_codegen.base.json_file import write_json
from tests.support.tiny_run import CONFIG, tiny_run

LABELS = CONFIG.data.labels


@pytest.fixture(scope="session")
def measured(tmp_path_factory: pytest.TempPathFactory) -> RunPaths:
    """Evaluated on this computer, and on a board that is made up; its listener too."""
    run = tiny_run(tmp_path_factory.mktemp("measured"))
    pipeline = Pipeline.open(run.root)
    path = pipeline.evaluate(EvaluationOptions(split="all"))[1]
    _made_up_board(run, path)
    pipeline.evaluate_streams(StreamOptions(hours=10 / 3600, on_device=False, most_words=4))
    _training(run)
    quantization = load_quantization(run)
    counts = tuple(map(tuple, (np.eye(len(LABELS), dtype=int) * 5 + 1).tolist()))
    write_json(run.quantization, replace(quantization, float_confusion=counts))
    return run


def _made_up_board(run: RunPaths, host: Path) -> None:
    report = load_report(host)
    size = Size("made_up", 5000, 9000, 3000, 4000, {part: PartSize(500, 300) for part in PARTS})
    model = run.tflite_model.read_bytes()
    made_up = replace(
        report,
        target="made_up",
        memory=replace(report.memory, firmware=size),
        profile=tuple(operator_times(model, [100, 200, 300, 400, 500])),
    )
    folder = run.evaluation / "made-up-board"
    folder.mkdir()
    made_up.save(folder / REPORT)
    (folder / CLIPS).write_bytes(host.with_name(CLIPS).read_bytes())
    (run.evaluation / "made_up").symlink_to(folder.name)


def _training(run: RunPaths) -> None:
    history = [Epoch(i, 0.01, 2.0 / i, 0.5, 1.8 / i, 0.6, 1.5) for i in range(1, 6)]
    write_csv(run.training / "history.csv", history)
    judged = metrics([0, 1, 2, 3], [0, 1, 2, 2], LABELS)
    TrainingResult(5, 4, judged, 100, False, CONFIG.interface).save(run)
