"""`kws build`: a run's generated code and the firmware become a program for one board."""

from typing import Annotated

import typer

from kws.cli.options import ArenaOption, KernelsOption, OptimiseOption, RunOption, RuntimeOption
from kws.config.schema import load_config
from kws.console import console
from kws.firmware.boards import find_board
from kws.firmware.budget import check_build
from kws.firmware.cmake import build_firmware, build_name
from kws.firmware.runtime import ModelRuntime
from kws.run.paths import RunPaths


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
) -> None:
    """Build the firmware of a run with CMake.

    Examples:

      kws build --run runs/demo

      kws build --run runs/demo --board mps2_an386 --runtime tflm --kernels cmsis_nn

      kws build --run runs/demo --board microbit --optimise size
    """
    paths = RunPaths(run)
    config = load_config(paths.config)
    aim = optimise or config.firmware.optimise
    choice = ModelRuntime(runtime, kernels, arena_bytes)
    folder = paths.build(build_name(board, choice, aim))
    firmware = build_firmware(paths.generated, folder, board, sanitize, choice, optimise=aim)
    check_build(config.budget, find_board(board), firmware)
    console.print(f"firmware: {firmware}", soft_wrap=True, markup=False)
