# SPDX-License-Identifier: Apache-2.0
"""`kws generate`: the C files of a run's model, or of any .tflite file."""

from pathlib import Path
from typing import Annotated

import typer

from kws.cli.options import ForceOption
from kws.console import console
from kws.run.pipeline import Pipeline
from kws_codegen.base.errors import KwsError
from kws_codegen.generate import load_manifest

_COMMAND = "kws generate --model MODEL --out DIR"


def generate(
    run: Annotated[
        Path | None,
        typer.Option("--run", help="Run folder; writes its generated/.", file_okay=False),
    ] = None,
    model: Annotated[
        Path | None, typer.Option("--model", help="Any int8 .tflite file, instead of a run.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder to write, with --model.", file_okay=False)
    ] = None,
    force: ForceOption = False,
) -> None:
    """Generate C: the model, its tables, the static model.

    A model from elsewhere has no front end and no labels: its files are the static C model, the
    bytes and the operators.

    Examples:

      kws generate --run runs/demo

      kws generate --model model.tflite --out generated
    """
    if (run is None) == (model is None):
        raise KwsError("give either --run or --model", "kws generate --run RUN, or " + _COMMAND)
    if model is not None:
        _generate_model(model, out)
        return
    assert run is not None
    if out is not None:
        raise KwsError("--out goes with --model", "A run writes into its own folder, generated/.")
    pipeline = Pipeline.open(run, force)
    pipeline.generate()
    manifest = load_manifest(pipeline.run.generated)
    console.print(f"generated code: {pipeline.run.generated}", soft_wrap=True)
    form, frames = manifest.form, manifest.decision_frames
    console.print(
        f"form of the model: {form}, a decision every {frames} frames ({manifest.form_reason})",
        soft_wrap=True,
        markup=False,
    )


def _generate_model(model: Path, out: Path | None) -> None:
    from kws_codegen.generate import generate_model

    if out is None:
        raise KwsError("--model needs --out, the folder to write", _COMMAND)
    if not model.is_file():
        raise KwsError(f"no model {model}", "Give a .tflite file with --model.")
    manifest = generate_model(model.read_bytes(), out, _COMMAND)
    console.print(f"generated code: {out} ({', '.join(manifest.files)})", soft_wrap=True)
    console.print(
        "compile static_model.c with firmware/kernels/**/*.c, -Ifirmware",
        soft_wrap=True,
    )
