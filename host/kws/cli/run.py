"""`kws run`: all steps, from recordings to a measured confusion matrix."""

import json
from typing import Annotated

import typer

from kws.cli.evaluate import print_evaluation
from kws.cli.options import (
    ConfigOption,
    DataOption,
    ForceOption,
    OutOption,
    SeedOption,
    WordsOption,
)
from kws.config.schema import load_config, override
from kws.console import console
from kws.evaluate.evaluation import Evaluation, EvaluationOptions, InputKind
from kws.run.pipeline import Pipeline


def run_command(
    config: ConfigOption,
    data: DataOption,
    out: OutOption,
    wanted_words: WordsOption = None,
    seed: SeedOption = None,
    board: Annotated[str, typer.Option(help="Board to build for and run.")] = "host",
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
    epoch. Exit status 0: every clip of the testing split was answered, exactly as TensorFlow
    Lite Micro; 1: not so; 2: bad input.

    Examples:

      kws run --config configs/default.toml --data data/speech_commands_v0.02 --out runs/first

      kws run --config configs/default.toml --data recordings --out runs/lamp
      --wanted-words on,off --seed 7
    """
    pipeline = Pipeline.create(out, override(load_config(config), wanted_words, seed), force)
    pipeline.data(data)
    pipeline.train()
    pipeline.quantize()
    pipeline.generate()
    pipeline.build(board)
    evaluation = pipeline.evaluate(EvaluationOptions(input=input, limit=limit, board=board))
    if evaluation is None:
        _print_earlier(pipeline, board)
    else:
        print_evaluation(evaluation, pipeline.report(board))
    _print_sizes(pipeline, board)
    raise typer.Exit(0 if _passed(evaluation) else 1)


def _passed(evaluation: Evaluation | None) -> bool:
    """An evaluation that was skipped had passed: a failed one is never recorded as done."""
    return evaluation is None or evaluation.passed


def _print_earlier(pipeline: Pipeline, board: str) -> None:
    """The result of the evaluation that was skipped, from its files."""
    report = pipeline.report(board)
    summary = json.loads((pipeline.run.evaluation / f"{board}.json").read_text(encoding="utf-8"))
    confusion = (report.parent / "confusion.txt").read_text(encoding="utf-8")
    console.print(confusion, soft_wrap=True, markup=False)
    console.print(f"{board}: {summary['accuracy']:.1%} of {summary['clips']} clips", markup=False)
    console.print(f"report: {report}", soft_wrap=True, markup=False)


def _print_sizes(pipeline: Pipeline, board: str) -> None:
    summary = json.loads((pipeline.run.evaluation / f"{board}.json").read_text(encoding="utf-8"))
    quantization = json.loads(pipeline.run.quantization.read_text(encoding="utf-8"))
    memory, drop = summary["memory"], quantization["drop_points"]
    console.print(
        f"sizes: model.tflite {summary['model']['tflite_bytes']:,} bytes; static C model: weights "
        f"{memory['weights_bytes']:,} bytes, activations {memory['activation_bytes']:,} bytes",
        soft_wrap=True,
    )
    if drop is not None:
        console.print(f"int8 costs {drop:.2f} points of accuracy against float", soft_wrap=True)
