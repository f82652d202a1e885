# SPDX-License-Identifier: Apache-2.0
"""Everything that a run folder knows, read from its files; what is not there yet is None."""

import csv
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeVar

from kws.config.run_config import load_run_config
from kws.config.schema import Config
from kws.data.dataset import Dataset, load_dataset
from kws.evaluate.report import EvaluationReport, load_report, tells_most
from kws.evaluate.report_files import CLIPS, LATEST, newest_evaluations
from kws.quantize import (
    CrossValidation,
    QuantizationResult,
    current_cross_validation,
    load_quantization,
)
from kws.run.listing import read_note
from kws.run.paths import RunPaths
from kws.streams.report import StreamReport, load_stream_report
from kws.streams.report_files import REPORT as STREAMS
from kws.train.checkpoint import Epoch
from kws.train.result import TrainingResult, load_result
from kws.wake.result import WakeResult
from kws.wake.result import load_result as load_wake_result
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import file_hash
from kws_codegen.static_model import StaticModel, static_model

T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """What a device said to one clip: a row of clips.csv.

    Attributes:
        clip: its name, and how often that name came before in the evaluation.
        scores: int8, by class.
    """

    clip: tuple[str, int]
    truth: str
    predicted: str
    scores: tuple[int, ...]


@dataclass(frozen=True)
class Evaluated:
    """An evaluation and its answers."""

    report: EvaluationReport
    path: Path
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class RunFacts:
    """What the files of a run folder say.

    Attributes:
        evaluations: the newest of each target, of the run's present model; the one with the most
            clips of the run's own testing split first.
        gaps: what is there and could not be used, in words.
    """

    run: RunPaths
    config: Config
    dataset: Dataset | None
    training: TrainingResult | None
    history: tuple[Epoch, ...]
    quantization: QuantizationResult | None
    cross_validation: CrossValidation | None
    evaluations: tuple[Evaluated, ...]
    streams: StreamReport | None
    wake: WakeResult | None
    model: StaticModel | None
    note: str
    gaps: tuple[str, ...]


def gather(root: Path) -> RunFacts:
    """Read a run folder. KwsError when it is none."""
    run = RunPaths(root)
    if not run.config.is_file():
        raise KwsError(
            f"{root} is not a run folder: it has no config.toml",
            "Name the folder that `kws run` wrote (its --out).",
        )
    config = load_run_config(run.config)
    gaps: list[str] = []

    def read(path: Path, load: Callable[[], T]) -> T | None:
        if not path.exists():
            return None
        try:
            return load()
        except KwsError as error:
            gaps.append(error.message)
            return None

    model_hash = file_hash(run.tflite_model) if run.tflite_model.is_file() else ""
    streams_file = run.streams / LATEST / STREAMS
    streams = read(streams_file, lambda: load_stream_report(streams_file))
    if streams and streams.model_sha256 != model_hash:
        gaps.append("the evaluation of the listener is of an earlier model: run kws stream-eval")
        streams = None
    wake = read(run.wake_result, lambda: load_wake_result(run))
    if wake and wake.model_sha256 != model_hash:
        gaps.append("what kws wake says is of an earlier model: run kws wake again")
        wake = None
    return RunFacts(
        run=run,
        config=config,
        dataset=read(run.dataset, lambda: load_dataset(run.dataset)),
        training=read(run.training / "result.json", lambda: load_result(run)),
        history=read(run.training / "history.csv", lambda: _history(run)) or (),
        quantization=read(run.quantization, lambda: load_quantization(run)),
        cross_validation=current_cross_validation(config, run),
        evaluations=tuple(_evaluations(run, model_hash, gaps)),
        streams=streams,
        wake=wake,
        model=read(run.tflite_model, lambda: static_model(run.tflite_model.read_bytes())),
        note=read_note(run),
        gaps=tuple(gaps),
    )


def _evaluations(run: RunPaths, model_hash: str, gaps: list[str]) -> Iterable[Evaluated]:
    found = []
    for path in newest_evaluations(run.evaluation):
        try:
            report = load_report(path)
            if report.model.sha256 != model_hash:
                gaps.append(f"{path.parent.name} is of an earlier model: run kws evaluate again")
                continue
            found.append(Evaluated(report, path, tuple(_answers(path.with_name(CLIPS), report))))
        except KwsError as error:
            gaps.append(error.message)

    return sorted(found, key=lambda evaluated: tells_most(evaluated.report))


def _answers(path: Path, report: EvaluationReport) -> Iterable[Answer]:
    seen: Counter[str] = Counter()
    try:
        with path.open(newline="", encoding="utf-8", errors="surrogateescape") as stream:
            for row in csv.DictReader(stream):
                name = row["clip"]
                scores = tuple(int(row[f"score_{label}"]) for label in report.labels)
                if not {row["true"], row["predicted"]} <= {*report.labels}:
                    raise ValueError(name)
                yield Answer((name, seen[name]), row["true"], row["predicted"], scores)
                seen[name] += 1
    except (OSError, ValueError, KeyError, TypeError, csv.Error):
        raise KwsError(f"{path} is damaged", "Run kws evaluate again.") from None


def _history(run: RunPaths) -> tuple[Epoch, ...]:
    path = run.training / "history.csv"
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            return tuple(
                Epoch(**{f.name: _number(row[f.name]) for f in fields(Epoch)})  # type: ignore[arg-type]
                for row in csv.DictReader(stream)
            )
    except (OSError, ValueError, KeyError, TypeError, csv.Error):
        raise KwsError(f"{path} is damaged", "Run kws train --force.") from None


def _number(text: str) -> float:
    value = float(text)
    return int(value) if value.is_integer() and "." not in text else value
