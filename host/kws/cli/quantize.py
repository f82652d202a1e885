# SPDX-License-Identifier: Apache-2.0
"""`kws quantize`: model.tflite in int8, and what that costs in accuracy."""

from pathlib import Path
from typing import Annotated

import typer

from kws.cli.options import ForceOption, RunOption
from kws.console import console
from kws.run.pipeline import Pipeline


def quantize(
    run: RunOption,
    model: Annotated[
        Path | None,
        typer.Option("--model", help="A .tflite (int8) to use instead of the trained network."),
    ] = None,
    force: ForceOption = False,
) -> None:
    """Quantize the trained network to int8; evaluate float and int8 on the testing split.

    Examples:

    kws quantize --run runs/demo

    kws quantize --run runs/peer --model peer.tflite
    """
    from kws.quantize import load_quantization

    pipeline = Pipeline.open(run, force)
    pipeline.quantize(model)
    result = load_quantization(pipeline.run)
    accuracy = f"accuracy on {result.clips} testing clips: int8 {result.int8_accuracy:.2%}"
    if result.float_accuracy is not None:
        accuracy += f", float {result.float_accuracy:.2%}; {result.drop}"
    console.print(accuracy, soft_wrap=True)
    console.print(
        f"model: {pipeline.run.tflite_model}, {result.tflite_bytes:,} bytes, "
        f"{result.macs:,} multiply-accumulates",
        soft_wrap=True,
    )
