# SPDX-License-Identifier: Apache-2.0
"""`kws generate`: the C files of a run's model, or of any .tflite file."""

from pathlib import Path
from typing import Annotated

import typer

from kws.cli.options import ActivationsOption, ForceOption
from kws.console import console, warn
from kws.run.pipeline import Pipeline
from kws_codegen.base.activations import WHOLE, Activations
from kws_codegen.base.errors import KwsError
from kws_codegen.generate import Manifest, generate_model, load_manifest

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
    activations: ActivationsOption = None,
    force: ForceOption = False,
) -> None:
    """Generate C: the model, its tables, the static model.

    A model from elsewhere has no front end and no labels: its files are the static C model, the
    bytes and the operators.

    Examples:

      kws generate --run runs/demo

      kws generate --model model.tflite --out generated

      kws generate --model model.tflite --out generated --activations rows
    """
    if (run is None) == (model is None):
        raise KwsError("give either --run or --model", "kws generate --run RUN, or " + _COMMAND)
    if model is not None:
        _generate_model(model, out, activations or WHOLE)
        return
    assert run is not None
    if out is not None:
        raise KwsError("--out goes with --model", "A run writes into its own folder, generated/.")
    if activations is not None:
        raise KwsError(
            "--activations goes with --model", "In a run it is firmware.activations of config.toml."
        )
    pipeline = Pipeline.open(run, force)
    pipeline.generate()
    manifest = load_manifest(pipeline.run.generated)
    console.print(f"generated code: {pipeline.run.generated}", soft_wrap=True)
    _say_runtime(manifest)
    console.print(f"form of the model: {manifest.form_line()}", soft_wrap=True)


def _generate_model(model: Path, out: Path | None, activations: Activations) -> None:
    if out is None:
        raise KwsError("--model needs --out, the folder to write", _COMMAND)
    if not model.is_file():
        raise KwsError(f"no model {model}", "Give a .tflite file with --model.")
    manifest = generate_model(model.read_bytes(), out, _COMMAND, activations)
    console.print(f"generated code: {out} ({', '.join(manifest.files)})", soft_wrap=True)
    _say_runtime(manifest)
    if not manifest.no_static_model:
        console.print(
            "compile static_model.c with firmware/kernels/**/*.c, -Ifirmware",
            soft_wrap=True,
        )


def _say_runtime(manifest: Manifest) -> None:
    """Which runtime runs the model, where it is not both."""
    if manifest.no_static_model:
        warn(
            f"no static C model: {manifest.no_static_model}\nTensorFlow Lite Micro runs this model "
            "(kws build --runtime tflm); the files for it are there."
        )
