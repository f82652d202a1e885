# SPDX-License-Identifier: Apache-2.0
"""`kws`: the entry point. Turns faults into exit status 2."""

import os
import sys
from typing import Annotated, NoReturn

import typer
from rich.text import Text

from kws.cli.entry import INTERRUPTED
from kws.cli.faults import fault_of_machine
from kws.cli.interrupts import lasting_interrupts
from kws.cli.lazy import LazyGroup
from kws.console import console, log, printable, set_up_streams
from kws_codegen.base.errors import KwsError
from kws_codegen.base.version import VERSION

app = typer.Typer(
    name="kws",
    cls=LazyGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _show_version(wanted: bool) -> None:
    """The version of kws, and nothing else."""
    if wanted:
        console.print(f"kws {VERSION}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_show_version)
    ] = False,
) -> None:
    """Keyword spotting from recorded words to a microcontroller, measured on the device."""


def main() -> None:
    """Run the command line; exit status 2 and two lines, never a traceback, on bad input.

    What the machine refuses (a full disk, a folder that may not be written) is bad input too; with
    KWS_TRACEBACK=1 in the environment it keeps its traceback. A bug always does.
    """
    set_up_streams()
    try:
        with lasting_interrupts():
            app()
    except KwsError as error:
        _refuse(error)
    except KeyboardInterrupt:  # where Typer does not look
        _end_interrupted()
    except SystemExit as end:
        if end.code == INTERRUPTED:
            _end_interrupted()
        raise
    except Exception as error:
        fault = fault_of_machine(error)
        if fault is None or os.environ.get("KWS_TRACEBACK"):
            raise
        _refuse(fault)


def _end_interrupted() -> NoReturn:
    log.print("interrupted; run the same command again to go on")
    sys.stdout.flush()
    os._exit(INTERRUPTED)  # threads that still compute are not waited for


def _refuse(fault: KwsError) -> NoReturn:
    message = printable(fault.message)
    log.print(Text.assemble(("error: ", "bold red"), message), soft_wrap=True)
    if fault.hint:
        log.print(printable(fault.hint), soft_wrap=True)
    sys.exit(2)


if __name__ == "__main__":
    main()
