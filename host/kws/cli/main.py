# SPDX-License-Identifier: Apache-2.0
"""`kws`: the entry point. Puts the commands together and turns KwsError into exit status 2."""

import sys

import typer
from rich.text import Text

from kws.cli.boards import boards_command, flash_command
from kws.cli.build import build_command
from kws.cli.compare import compare_command
from kws.cli.data import data_app
from kws.cli.evaluate import evaluate_command
from kws.cli.export import export_command
from kws.cli.generate import generate
from kws.cli.link_test import link_test_command
from kws.cli.quantize import quantize
from kws.cli.run import run_command
from kws.cli.size import size_command
from kws.cli.train import train
from kws.cli.verify import verify_command
from kws.console import log
from kws_codegen.base.errors import KwsError

INTERRUPTED = 130  # Typer's exit status after Ctrl-C

app = typer.Typer(
    name="kws",
    help="Keyword spotting from recorded words to a microcontroller, measured on the device.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

app.command("run")(run_command)
app.add_typer(data_app, name="data")
app.command("train")(train)
app.command("quantize")(quantize)
app.command("generate")(generate)
app.command("build")(build_command)
app.command("evaluate")(evaluate_command)
app.command("link-test")(link_test_command)
app.command("verify")(verify_command)
app.command("compare")(compare_command)
app.command("boards")(boards_command)
app.command("size")(size_command)
app.command("flash")(flash_command)
app.command("export")(export_command)


def main() -> None:
    """Run the command line; exit status 2 and two lines, never a traceback, on bad input."""
    try:
        app()
    except KwsError as error:
        log.print(Text.assemble(("error: ", "bold red"), error.message), soft_wrap=True)
        if error.hint:
            log.print(error.hint, soft_wrap=True, markup=False)
        sys.exit(2)
    except SystemExit as end:
        if end.code == INTERRUPTED:
            log.print("interrupted; run the same command again to go on")
        raise


if __name__ == "__main__":
    main()
