# SPDX-License-Identifier: Apache-2.0
"""What the user sees while a command runs: one console, one look of progress bars."""

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

console = Console(highlight=False)
"""Results: standard output."""

log = Console(stderr=True, highlight=False)
"""Progress, warnings and errors: standard error."""


def progress() -> Progress:
    """A progress display on standard error; vanishes when done, so results stay readable."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=log,
        transient=True,
    )


def warn(message: str) -> None:
    """One warning line on standard error."""
    log.print(Text.assemble(("warning: ", "yellow"), message), soft_wrap=True)
