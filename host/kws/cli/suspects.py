# SPDX-License-Identifier: Apache-2.0
"""`kws data suspects`: recordings whose label is doubtful, to be heard and removed."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from kws.cli.options import FoldsOption
from kws.console import console
from kws.data.removal import read_list, remove_clips
from kws.metrics.verdict import percent
from kws.run.pipeline import Pipeline

_SHOWN = 20


def suspects_command(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder.", show_default=False)],
    folds: FoldsOption = None,
    top: Annotated[
        int, typer.Option("--top", help="So many on the page to listen to.", min=1, max=1000)
    ] = 100,
    remove: Annotated[
        Path | None,
        typer.Option("--remove", help="Move the recordings that this file lists, a path a line."),
    ] = None,
) -> None:
    """List recordings that are likely mislabelled, the most doubtful first.

    Each is judged by a network of the cross-validation that has not heard it: how sure it is of
    another label. RUN/suspects.csv has all, RUN/suspects.html plays the worst: mark there what is
    wrong, save the list, and --remove it. Removed recordings move to a folder beside the data,
    DATA-removed, none is deleted. A doubtful one can be right, and rare: listen first.

    Examples:

      kws data suspects runs/first --folds 5

      kws data suspects runs/first --remove wrong.txt
    """
    from kws.quantize import suspects
    from kws.report.suspects_page import write_suspects

    pipeline = Pipeline.open(run)
    dataset = pipeline.dataset()
    if remove:
        moved = remove_clips(Path(dataset.root), read_list(remove))
        console.print(f"{moved.count} recordings moved to {moved.folder}", soft_wrap=True)
        console.print("what is left is trained on by the next kws run", soft_wrap=True)
        return
    if folds:
        pipeline.cross_validate(folds)
    found = suspects(pipeline.config, pipeline.run)
    table = Table("recording", box=None, pad_edge=False)
    for column in ("label", "score", "rather", "score"):
        table.add_column(column, justify="right" if column == "score" else "left")
    for doubt in found[: min(top, _SHOWN)]:
        scores = percent(doubt.score), percent(doubt.other_score)
        table.add_row(Text(doubt.path), Text(doubt.label), scores[0], Text(doubt.other), scores[1])
    console.print(table)
    page = write_suspects(pipeline.config, dataset, pipeline.run, found, top)
    doubtful = sum(doubt.amount > 0 for doubt in found)
    console.print(
        f"{doubtful} of {len(found)} are rather something else; all: {pipeline.run.suspects}\n"
        f"listen and mark: {page}",
        soft_wrap=True,
    )
