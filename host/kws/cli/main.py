# SPDX-License-Identifier: Apache-2.0
"""`kws`: the entry point. Puts the commands together and turns faults into exit status 2."""

import os
import sys
from collections.abc import Callable
from typing import Annotated, NoReturn

import typer
from rich.text import Text

from kws.cli.boards import boards_command, flash_command
from kws.cli.build import build_command
from kws.cli.compare import compare_command
from kws.cli.data import data_app
from kws.cli.doctor import doctor_command, show_version
from kws.cli.evaluate import evaluate_command
from kws.cli.export import export_command
from kws.cli.faults import fault_of_machine
from kws.cli.generate import generate
from kws.cli.help import Command, Group
from kws.cli.link_test import link_test_command
from kws.cli.listen import listen_command
from kws.cli.ports import ports_command
from kws.cli.quantize import quantize
from kws.cli.record import record_command
from kws.cli.report import report_command
from kws.cli.run import run_command
from kws.cli.runs import runs_command
from kws.cli.size import size_command
from kws.cli.stream_eval import stream_eval_command
from kws.cli.trace import trace_app
from kws.cli.train import train
from kws.cli.verify import verify_command
from kws.cli.web import web_command
from kws.cli.word import word_app
from kws.console import log, printable, set_up_streams
from kws_codegen.base.errors import KwsError

INTERRUPTED = 130  # Typer's exit status after Ctrl-C

app = typer.Typer(
    name="kws",
    cls=Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

_COMMANDS: dict[str, Callable[..., None]] = {
    "run": run_command,
    "train": train,
    "quantize": quantize,
    "generate": generate,
    "build": build_command,
    "evaluate": evaluate_command,
    "stream-eval": stream_eval_command,
    "listen": listen_command,
    "ports": ports_command,
    "link-test": link_test_command,
    "verify": verify_command,
    "compare": compare_command,
    "boards": boards_command,
    "report": report_command,
    "runs": runs_command,
    "record": record_command,
    "size": size_command,
    "flash": flash_command,
    "export": export_command,
    "web": web_command,
    "doctor": doctor_command,
}
for _name, _command in _COMMANDS.items():
    app.command(_name, cls=Command)(_command)
app.add_typer(data_app, name="data")
app.add_typer(trace_app, name="trace")
app.add_typer(word_app, name="word")


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=show_version)
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
        app()
    except KwsError as error:
        _refuse(error)
    except SystemExit as end:
        if end.code == INTERRUPTED:
            log.print("interrupted; run the same command again to go on")
            sys.stdout.flush()
            os._exit(INTERRUPTED)  # threads that still compute are not waited for
        raise
    except Exception as error:
        fault = fault_of_machine(error)
        if fault is None or os.environ.get("KWS_TRACEBACK"):
            raise
        _refuse(fault)


def _refuse(fault: KwsError) -> NoReturn:
    message = printable(fault.message)
    log.print(Text.assemble(("error: ", "bold red"), message), soft_wrap=True)
    if fault.hint:
        log.print(printable(fault.hint), soft_wrap=True)
    sys.exit(2)


if __name__ == "__main__":
    main()
