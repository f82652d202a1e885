"""`kws build`: a run's generated code and the firmware become a program for one board."""

from typing import Annotated

import typer

from kws.build import build_firmware
from kws.cli.options import RunOption
from kws.console import console
from kws.paths import RunPaths


def build_command(
    run: RunOption,
    board: Annotated[str, typer.Option(help="Board to build for.")] = "host",
    sanitize: Annotated[
        bool, typer.Option("--sanitize", help="Address and undefined-behaviour sanitizers.")
    ] = False,
) -> None:
    """Build the firmware of a run with CMake.

    Example:

      kws build --run runs/demo
    """
    paths = RunPaths(run)
    firmware = build_firmware(paths.generated, paths.build(board), board, sanitize)
    console.print(f"firmware: {firmware}", soft_wrap=True, markup=False)
