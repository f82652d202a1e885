# SPDX-License-Identifier: Apache-2.0
"""`kws export`: the generated code as a folder for another project."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from kws.cli.options import RunOption
from kws.console import console
from kws.export import ExportFormat, ExportRuntime, export
from kws.run.pipeline import Pipeline
from kws.web import web_page

AnyFormat = Literal[ExportFormat, "web"]


def export_command(
    run: RunOption,
    format: Annotated[
        AnyFormat, typer.Option(help="Whose build files are added; web: a page with a microphone.")
    ],
    out: Annotated[Path, typer.Option(help="New folder, or a file that ends in .zip.")],
    runtime: Annotated[
        ExportRuntime, typer.Option(help="Static C model, or TensorFlow Lite Micro.")
    ] = "static",
    name: Annotated[
        str | None,
        typer.Option(help="Prefix of every symbol, macro and file. [default: export.name]"),
    ] = None,
    front_end: Annotated[
        str, typer.Option(help="Use the front end of the export with this name.")
    ] = "",
) -> None:
    """Write the model, its front end and an example for another project.

    Examples:

      kws export --run runs/demo --format esp-idf --out keyword_component

      kws export --run runs/demo --format zephyr --runtime tflm --out keyword_module

      kws export --run runs/demo --format arduino --name lamp --out lamp.zip

      kws export --run runs/demo --format web --out page

    Two models in one program: each with its own --name. Two with the same [features] can share
    one front end:

      kws export --run runs/lamp --format c-array --name lamp --out exported/lamp

      kws export --run runs/door --format c-array --name door --front-end lamp --out exported/door
    """
    pipeline = Pipeline.open(run)
    pipeline.check_code()
    if format == "web":
        files = web_page(pipeline.run, pipeline.config, out)
    else:
        files = export(pipeline.run, pipeline.config, format, out, runtime, name, front_end)
    console.print(f"{len(files)} files: {out}", soft_wrap=True, markup=False)
