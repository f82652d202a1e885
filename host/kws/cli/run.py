# SPDX-License-Identifier: Apache-2.0
"""`kws run`: all steps, from recordings to a measured confusion matrix."""

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from kws.cli.evaluate import print_report
from kws.cli.options import (
    ConfigOption,
    DataOption,
    EpochsOption,
    FoldsOption,
    ForceOption,
    OutOption,
    RunBoardOption,
    SeedOption,
    SetOption,
    WordsOption,
    configuration,
)
from kws.cli.report import show_report
from kws.console import console
from kws.evaluate.options import EvaluationOptions, InputKind
from kws.evaluate.report import EvaluationReport
from kws.run.lock import run_lock
from kws.run.pipeline import Pipeline
from kws.run.preflight import check_machine

if TYPE_CHECKING:
    from kws.quantize import QuantizationResult


def run_command(
    config: ConfigOption,
    data: DataOption,
    out: OutOption,
    wanted_words: WordsOption = None,
    seed: SeedOption = None,
    epochs: EpochsOption = None,
    settings: SetOption = None,
    folds: FoldsOption = None,
    board: RunBoardOption = "host",
    input: Annotated[
        InputKind, typer.Option(help="What is sent to the device: audio, or features.")
    ] = "audio",
    limit: Annotated[
        int | None, typer.Option(min=1, help="Evaluate at most N clips, spread over the split.")
    ] = None,
    force: ForceOption = False,
) -> None:
    """Run all steps: data, train, quantize, generate, build, evaluate.

    A step whose inputs are unchanged is skipped; an interrupted training goes on from its last
    epoch. With --folds K every recording is also judged by one of K more models, which has heard
    neither it nor, where there are K speakers, its speaker.

    Exit status 0: every clip of the testing split was answered, exactly as TensorFlow Lite Micro;
    1: not so; 2: bad input.

    Examples:

      kws run --config configs/default.toml --data data/speech_commands_v0.02 --out runs/first

      kws run --config configs/default.toml --data recordings --out runs/lamp
      --wanted-words on,off --seed 7

      kws run --config default --data recordings --out runs/lamp --epochs 20
      --set data.time_shift_ms=50
    """
    from kws.quantize import load_quantization

    chosen = configuration(config, settings, wanted_words, seed, epochs)
    pipeline = Pipeline.create(out, chosen, force)
    check_machine(pipeline.run, board)
    with run_lock(out):
        pipeline.data(data)
        pipeline.check_fit(board)
        pipeline.train()
        pipeline.quantize()
        if folds:
            pipeline.cross_validate(folds)
        pipeline.generate()
        pipeline.build(board)
        options = EvaluationOptions(input=input, limit=limit, board=board)
        report, path = pipeline.evaluate(options)
    print_report(report, path)
    _print_sizes(report, load_quantization(pipeline.run))
    show_report(out, [], pipeline.run.report)
    console.print(f"in a browser: kws web {shlex.quote(str(out))}", soft_wrap=True)
    raise typer.Exit(0 if report.passed else 1)


def _print_sizes(report: EvaluationReport, quantization: "QuantizationResult") -> None:
    console.print(
        f"sizes: model.tflite {report.model.tflite_bytes:,} bytes; static C model: weights "
        f"{report.memory.weights_bytes:,} bytes, activations "
        f"{report.memory.activation_bytes:,} bytes",
        soft_wrap=True,
    )
    if quantization.drop:
        console.print(quantization.drop, soft_wrap=True)
