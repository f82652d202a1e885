# SPDX-License-Identifier: Apache-2.0
"""`kws build`: a run's generated code and the firmware become a program for one board."""

from pathlib import Path
from typing import Annotated

import typer

from kws.cli.options import (
    ArenaOption,
    BoardOption,
    ForceOption,
    KernelsOption,
    OptimiseOption,
    RunOption,
    RuntimeOption,
)
from kws.console import console
from kws.firmware.boards import find_board
from kws.firmware.runtime import ModelRuntime
from kws.firmware.size import firmware_size
from kws.run.pipeline import Pipeline


def build_command(
    run: RunOption,
    board: BoardOption = "host",
    sanitize: Annotated[
        bool, typer.Option("--sanitize", help="Address and undefined-behaviour sanitizers.")
    ] = False,
    runtime: RuntimeOption = "static",
    kernels: KernelsOption = "",
    arena_bytes: ArenaOption = None,
    optimise: OptimiseOption = None,
    force: ForceOption = False,
) -> None:
    """Build the firmware of a run with CMake.

    Examples:

      kws build --run runs/demo

      kws build --run runs/demo --board mps2_an386 --runtime tflm --kernels cmsis_nn

      kws build --run runs/demo --board microbit --optimise size
    """
    choice = ModelRuntime(runtime, kernels, arena_bytes)
    firmware = Pipeline.open(run, force).build(board, choice, optimise, sanitize)
    console.print(f"firmware: {firmware}{_cost(board, firmware)}", soft_wrap=True)


def _cost(board: str, firmware: Path) -> str:
    """What it takes of the chip; nothing for this computer."""
    if (target := find_board(board)).memory is None:
        return ""
    size = firmware_size(target, firmware)
    return (
        f", {size.flash_bytes:,} of {size.flash_capacity_bytes:,} bytes of flash, "
        f"{size.ram_bytes:,} of {size.ram_capacity_bytes:,} of RAM"
    )
