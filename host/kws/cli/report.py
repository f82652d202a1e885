# SPDX-License-Identifier: Apache-2.0
"""`kws report`: a run as one page for people."""

from pathlib import Path
from typing import Annotated

import typer

from kws.console import console, warn
from kws.run.paths import RunPaths
from kws_codegen.base.errors import KwsError


def report_command(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN...", help="Run folder; more of them are what it is compared with."
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="File to write: RUN/report.html unless named.", dir_okay=False),
    ] = None,
) -> None:
    """Write a run's report: one HTML file with everything that is known about it.

    Accuracy, confusion matrices whose cells open the misheard clips, training, detection,
    operators, memory, link, configuration; and, of further runs, what differs and whether that is
    significant. The file needs no network and no other file.

    Examples:

      kws report runs/demo

      kws report runs/new runs/old --out report.html
    """
    root, *others = runs
    show_report(root, others, out or RunPaths(root).report)


def show_report(root: Path, others: list[Path], out: Path) -> None:
    """Write it, and say where it is and what it lacks."""
    from kws.report import write_report_page

    if out.suffix.lower() not in (".html", ".htm"):
        raise KwsError(f"{out} is no name of a page", "Let --out end in .html.")
    for gap in write_report_page(root, others, out):
        warn(gap)
    console.print(f"page: {out}", soft_wrap=True)
