# SPDX-License-Identifier: Apache-2.0
"""`kws build`: a run's generated code and the firmware become a program for one board."""

from typing import Annotated

import typer

from kws.cli.options import (
    ArenaOption,
    ForceOption,
    KernelsOption,
    OptimiseOption,
    RunOption,
    RuntimeOption,
)
from kws.console import console
from kws.firmware.runtime import ModelRuntime
from kws.run.pipeline import Pipeline


def build_command(
    run: RunOption,
    board: Annotated[str, typer.Option(help="Board to build for.")] = "host",
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
    console.print(f"firmware: {firmware}", soft_wrap=True, markup=False)
