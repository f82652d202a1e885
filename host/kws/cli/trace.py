# SPDX-License-Identifier: Apache-2.0
"""`kws trace`: what went over a serial line, in words."""

from pathlib import Path
from textwrap import TextWrapper
from typing import Annotated

import typer

from kws.cli.help import Command, Group
from kws.console import console, printable
from kws.link.capture import read_capture
from kws.link.trace_view import trace_lines

_INDENT = 13 * " "  # behind the time and the direction

trace_app = typer.Typer(
    cls=Group,
    help="Show a trace of a serial line.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)


@trace_app.callback()
def _trace() -> None:
    """A group, though it has one command."""


@trace_app.command("show", cls=Command)
def show_command(
    file: Annotated[Path, typer.Argument(help="What --trace FILE.pcap wrote.", show_default=False)],
) -> None:
    """Print each packet of a trace: seconds, direction, command, sequence number, fields.

    Wireshark opens the file too: link type USER0, one byte 0 sent, 1 received, 2 damaged or 3 a
    note, one byte repeats, then the packet without its CRC (PROTOCOL.md).

    Example: kws trace show packets.pcap
    """
    fold = TextWrapper(console.width, subsequent_indent=_INDENT, break_on_hyphens=False).fill
    for line in map(printable, trace_lines(read_capture(file))):
        shown = fold(line) if console.is_terminal else line  # a line a packet, for grep
        console.print(shown, soft_wrap=True, markup=False, highlight=False)
