# SPDX-License-Identifier: Apache-2.0
"""`kws boards` and `kws flash`: what firmware can be put on, and putting it there."""

import shlex
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from kws.cli.options import (
    ArenaOption,
    KernelsOption,
    OptimiseOption,
    RunOption,
    RuntimeOption,
    board_names,
)
from kws.console import console
from kws.firmware.boards import boards, find_board
from kws.firmware.flash import flash, flash_commands
from kws.firmware.runtime import ModelRuntime
from kws.firmware.uf2 import uf2_file
from kws.run.pipeline import Pipeline


def boards_command() -> None:
    """List the boards: core, flash, RAM, clock, how they are run.

    Example: kws boards
    """
    table = Table("board", "core", "flash", "RAM", "clock", "runs as", box=None)
    for board in boards():
        clock = f"{board.clock_hz / 1e6:g} MHz" if board.clock_hz else "-"
        table.add_row(
            board.name, board.core.title, _kib(board.flash_bytes), _kib(board.ram_bytes), clock,
            board.runs_as,
        )  # fmt: skip
    console.print(table)


def flash_command(
    run: RunOption,
    board: Annotated[
        str,
        typer.Option(
            "--board", help="Board on the desk.", show_default=False, autocompletion=board_names
        ),
    ],
    show: Annotated[
        bool, typer.Option("--print", help="Print the commands of every tool, run none.")
    ] = False,
    runtime: RuntimeOption = "static",
    kernels: KernelsOption = "",
    arena_bytes: ArenaOption = None,
    optimise: OptimiseOption = None,
) -> None:
    """Build a run's firmware and put it on a board.

    With OpenOCD, st-flash or pyocd; as a UF2 file where the board shows a USB drive.

    Examples:

      kws flash --run runs/demo --board stm32f405

      kws flash --run runs/demo --board stm32f405 --runtime tflm --kernels cmsis_nn

      kws flash --run runs/demo --board microbit --print

      kws flash --run runs/demo --board pico
    """
    target = find_board(board)
    flash_commands(target, Path(target.firmware_file))  # before a build that could not be used
    choice = ModelRuntime(runtime, kernels, arena_bytes)
    firmware = Pipeline.open(run).firmware(board, choice, optimise)
    if show:
        if target.uf2:
            uf2_file(target, firmware)
        for command in flash_commands(target, firmware).values():
            console.print(shlex.join(command), soft_wrap=True, markup=False)
    else:
        flash(target, firmware)


def _kib(count: int | None) -> str:
    return "-" if count is None else f"{count // 1024} KB"
