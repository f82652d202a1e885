# SPDX-License-Identifier: Apache-2.0
"""`kws quantize`: model.tflite in int8, and what that costs in accuracy."""

from pathlib import Path
from typing import Annotated

import typer

from kws.cli.options import ForceOption, RunOption
from kws.console import console
from kws.run.pipeline import Pipeline
from kws_codegen.base.errors import KwsError


def quantize(
    run: RunOption,
    model: Annotated[
        Path | None,
        typer.Option("--model", help="A .tflite (int8) to use instead of the trained network."),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(
            "--labels",
            help="With --model: the classes in the order of its outputs, with commas between.",
            show_default=False,
        ),
    ] = None,
    force: ForceOption = False,
) -> None:
    """Quantize the trained network to int8; evaluate float and int8 on the testing split.

    Examples:

    kws quantize --run runs/demo

    kws quantize --run runs/peer --model peer.tflite

    kws quantize --run runs/nabu --model okay_nabu.tflite --labels okay_nabu
    """
    from kws.quantize import load_quantization

    pipeline = Pipeline.open(run, force)
    pipeline.quantize(model, _names(labels, model))
    result = load_quantization(pipeline.run)
    accuracy = f"accuracy on {result.clips} testing clips: int8 {result.int8_accuracy:.2%}"
    if result.float_accuracy is not None:
        accuracy += f", float {result.float_accuracy:.2%}; {result.drop}"
    console.print(accuracy, soft_wrap=True)
    console.print(
        f"model: {pipeline.run.tflite_model}, {result.tflite_bytes:,} bytes"
        + (f", {result.macs:,} multiply-accumulates" if result.macs is not None else ""),
        soft_wrap=True,
    )


def _names(labels: str | None, model: Path | None) -> tuple[str, ...]:
    if labels is None:
        return ()
    if model is None:
        raise KwsError("--labels goes with --model", "A model that kws trains has the run's order.")
    return tuple(name.strip() for name in labels.split(","))
