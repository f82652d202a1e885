# SPDX-License-Identifier: Apache-2.0
"""`kws runs`: the run folders below a folder, side by side."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from kws.console import console, printable, warn
from kws.metrics.verdict import percent
from kws.run.listing import RunLine, find_runs, run_line
from kws.run.paths import RunPaths
from kws_codegen.base.errors import KwsError


def runs_command(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder of run folders; or one of them.")
    ] = Path("runs"),
    note: Annotated[
        str | None, typer.Option(help='Keep this text with the run folder DIR; "" removes it.')
    ] = None,
) -> None:
    """List run folders: accuracy, its 95 % interval, size, when, which recordings, notes.

    Accuracy is that of the evaluation with the most clips of the run's own testing split; where
    the present model has none, that of quantization (marked *).

    Examples:

      kws runs

      kws runs runs/demo --note "more noise"
    """
    if note is not None:
        _keep_note(folder, note)
    if not folder.is_dir():
        raise KwsError(f"no folder {folder}", "Name the folder that your run folders are in.")
    found = find_runs(folder)
    if not found:
        raise KwsError(
            f"there is no run folder in {folder}",
            "kws run --out RUN makes one; kws runs DIR looks in DIR and the folders in it.",
        )
    lines = []
    for path in found:
        try:
            lines.append(run_line(RunPaths(path)))
        except KwsError as error:
            warn(error.message)
    console.print(_table(lines, folder))
    if any(line.of_quantization for line in lines):
        console.print("* of the int8 model on the testing split; no device has been evaluated")


def _keep_note(folder: Path, note: str) -> None:
    run = RunPaths(folder)
    if not run.config.is_file():
        raise KwsError(f"{folder} is not a run folder", "Name the one that the note is about.")
    if note.strip():
        run.note.write_text(f"{note.strip()}\n", encoding="utf-8")
    else:
        run.note.unlink(missing_ok=True)


def _table(lines: list[RunLine], folder: Path) -> Table:
    table = Table("run", box=None, pad_edge=False)
    for column in ("right", "95 % interval", "kB"):
        table.add_column(column, justify="right", no_wrap=True)
    for column in ("when", "data", "note"):
        table.add_column(column, overflow="fold")
    for line in sorted(lines, key=lambda line: line.when):
        right = percent(line.accuracy) + ("*" if line.of_quantization else "")
        low, high = line.interval or (None, None)
        interval = f"{100 * low:.1f} to {100 * high:.1f}" if low is not None and high else "-"
        size = "-" if line.tflite_bytes is None else f"{line.tflite_bytes / 1000:.1f}"
        name = line.root.name if line.root == folder else str(line.root.relative_to(folder))
        table.add_row(
            printable(name), right, interval, size, line.when[:10], printable(line.data),
            printable(line.note),
        )  # fmt: skip
    return table
