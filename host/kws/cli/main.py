"""`kws`: the entry point. Puts the commands together and turns KwsError into exit status 2."""

import sys

import typer
from rich.text import Text

from kws.console import log
from kws.errors import KwsError

app = typer.Typer(
    name="kws",
    help="Keyword spotting from recorded words to a microcontroller, measured on the device.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def main() -> None:
    """Run the command line; exit status 2 and two lines, never a traceback, on bad input."""
    try:
        app()
    except KwsError as error:
        log.print(Text.assemble(("error: ", "bold red"), error.message), soft_wrap=True)
        if error.hint:
            log.print(error.hint, soft_wrap=True, markup=False)
        sys.exit(2)
    except KeyboardInterrupt:
        log.print("interrupted; run the same command again to go on")
        sys.exit(130)


if __name__ == "__main__":
    main()
