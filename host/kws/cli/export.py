"""`kws export`: the generated code as a folder for another project."""

from pathlib import Path
from typing import Annotated

import typer

from kws.cli.options import RunOption
from kws.console import console
from kws.export import ExportFormat, ExportRuntime, export
from kws.run.pipeline import Pipeline


def export_command(
    run: RunOption,
    format: Annotated[ExportFormat, typer.Option(help="Whose build files are added.")],
    out: Annotated[Path, typer.Option(help="New folder, or a file that ends in .zip.")],
    runtime: Annotated[
        ExportRuntime, typer.Option(help="Static C model, or TensorFlow Lite Micro.")
    ] = "static",
    name: Annotated[str, typer.Option(help="Of the library, component or module.")] = "mcu_kws",
) -> None:
    """Write the model, its front end and an example for another project.

    Examples:

      kws export --run runs/demo --format esp-idf --out keyword_component

      kws export --run runs/demo --format zephyr --runtime tflm --out keyword_module

      kws export --run runs/demo --format arduino --out keyword.zip
    """
    pipeline = Pipeline.open(run)
    files = export(pipeline.run, pipeline.config, format, out, runtime, name)
    console.print(f"{len(files)} files: {out}", soft_wrap=True, markup=False)
