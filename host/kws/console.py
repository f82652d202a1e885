# SPDX-License-Identifier: Apache-2.0
"""What the user sees while a command runs: one console, one look of progress bars.

What is printed is never markup: a word, a file or a device may be called "[red]" or ":x:".
"""

import io
import logging
import sys

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

console = Console(highlight=False, markup=False, emoji=False)
"""Results: standard output."""

log = Console(stderr=True, highlight=False, markup=False, emoji=False)
"""Progress, warnings and errors: standard error."""

_BAR_WIDTH = 20  # leaves room for the numbers on a terminal of 80 columns


def set_up_streams() -> None:
    """Let a terminal that lacks a character show its number instead of ending the program.

    What matplotlib says of its own cache (no home folder, or one that is not ours) is left out.
    """
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def progress() -> Progress:
    """A progress display on standard error; vanishes when done, so results stay readable."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(_BAR_WIDTH),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=log,
        transient=True,
        disable=not log.is_terminal,
    )


def warn(message: str) -> None:
    """One warning line on standard error."""
    log.print(Text.assemble(("warning: ", "yellow"), printable(message)), soft_wrap=True)


def printable(text: str) -> str:
    """The text with its control characters, but for newlines, escaped as Python writes them."""
    return "".join(
        c if c == "\n" or not is_control(c) else c.encode("unicode_escape").decode() for c in text
    )


def is_control(character: str) -> bool:
    """Whether it steers a terminal instead of being shown: C0, DEL and C1."""
    return character < " " or "\x7f" <= character <= "\x9f"
