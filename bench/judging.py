# SPDX-License-Identifier: Apache-2.0
"""Trains a configuration with several seeds and says how right its int8 models are."""

import argparse
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import fmean, stdev

from kws.config.schema import Config
from kws.data import build_evaluation_dataset, evaluation_clips
from kws.features import cached_features
from kws.quantize import load_quantization
from kws.quantize.quantize import int8_answers
from kws.run.pipeline import Pipeline

_T_95 = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}  # Student's t, two-sided, by number of seeds


@dataclass(frozen=True)
class Judged:
    """One training. Accuracies are 0 to 1, of the int8 model."""

    testing: float
    others: float | None  # on other recordings
    drop_points: float  # against float, on the testing split
    tflite_bytes: int
    macs: int | None
    parameters: int | None


def add_options(parser: argparse.ArgumentParser) -> None:
    """What all tables of trainings need."""
    parser.add_argument("--data", type=Path, required=True, help="folder of words")
    parser.add_argument("--others", type=Path, help="recordings of other speakers, to judge too")
    parser.add_argument("--out", type=Path, required=True, help="runs; what is there is not redone")
    parser.add_argument("--config", type=Path, default=Path("mini"))
    parser.add_argument("--epochs", type=int, help="instead of the configuration's")
    parser.add_argument("--seeds", type=int, default=3)


def judge(config: Config, options: argparse.Namespace, name: str) -> list[Judged]:
    """A training for each seed, in OUT/<name>-<seed>."""
    return [_judge_one(config, options, name, seed) for seed in range(options.seeds)]


def seed_folder(options: argparse.Namespace, name: str, seed: int) -> Path:
    """The run of one of them."""
    folder: Path = options.out / f"{name}-{seed}"
    return folder


def _judge_one(config: Config, options: argparse.Namespace, name: str, seed: int) -> Judged:
    folder = seed_folder(options, name, seed)
    path = folder / "judged.json"
    if path.is_file():
        return Judged(**json.loads(path.read_text()))
    epochs = options.epochs or config.training.epochs
    training = replace(config.training, seed=seed, epochs=epochs)
    pipeline = Pipeline.create(folder, replace(config, training=training))
    pipeline.data(options.data)
    pipeline.train()
    pipeline.quantize()
    found = load_quantization(pipeline.run)
    judged = Judged(
        found.int8_accuracy,
        _others(pipeline, options.others) if options.others else None,
        found.drop_points or 0.0,
        found.tflite_bytes,
        found.macs,
        found.parameters,
    )
    path.write_text(json.dumps(asdict(judged)) + "\n")
    return judged


def _others(pipeline: Pipeline, folder: Path) -> float:
    config = pipeline.config
    dataset = build_evaluation_dataset(config.data, folder, config.features.sample_rate_hz)
    clips, truth, _ = evaluation_clips(dataset, config, "all")
    raw = cached_features(clips, config.features)
    answers = int8_answers(pipeline.run.tflite_model.read_bytes(), config, raw)
    return float((answers == truth).mean())


def mean_text(values: list[float]) -> str:
    """Mean in percent with the half width of its 95 % interval over seeds."""
    mean = f"{100 * fmean(values):.1f}"
    if len(values) not in _T_95:
        return mean
    return f"{mean} ± {100 * _T_95[len(values)] * stdev(values) / len(values) ** 0.5:.1f}"


def accuracy_cells(judged: list[Judged]) -> list[str]:
    """Testing split, other recordings, drop against float."""
    others = [one.others for one in judged if one.others is not None]
    drop = fmean(one.drop_points for one in judged)
    return [
        mean_text([one.testing for one in judged]),
        mean_text(others) if others else "-",
        f"{drop:.2f}",
    ]


def row(cells: list[str]) -> str:
    """A line of a Markdown table."""
    return f"| {' | '.join(cells)} |"
