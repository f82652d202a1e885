# SPDX-License-Identifier: Apache-2.0
"""What would stop `kws run` after hours of training, looked for before it."""

import os
import shutil
from pathlib import Path

from kws.config.schema import Config
from kws.console import log
from kws.firmware.boards import Board, find_board
from kws.firmware.budget import check_build
from kws.firmware.cmake import check_folder_name, find_build_tools
from kws.firmware.tools import emulator_of
from kws.run.paths import RunPaths
from kws_codegen.base.cache import cache_dir
from kws_codegen.base.errors import KwsError

_LEAST_BYTES = 200 << 20  # of free disk: checkpoints, logs, a build, decoded audio of a small set


def check_machine(run: RunPaths, board_name: str) -> None:
    """KwsError unless the board, its tools, the folders and the disk are there."""
    board = find_board(board_name)
    check_folder(run.root)
    check_folder(cache_dir())
    find_build_tools(board)
    for tool in emulator_of(board):
        tool.require()


def check_fit(config: Config, board: Board) -> None:
    """KwsError when firmware with this network does not fit the board or the [budget].

    Builds it with weights that nobody trained.
    """
    from kws.quantize import untrained_firmware

    if board.flash_bytes is None:
        return
    log.print(f"does it fit {board.name}?", markup=False)
    with untrained_firmware(config, board) as (_, firmware):
        check_build(config.budget, board, firmware)


def check_folder(folder: Path) -> None:
    """KwsError unless it, or the nearest one above it that is there, is writable and has room."""
    check_folder_name(folder.resolve())
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if not there.is_dir():
        raise KwsError(f"{there} is a file, not a folder", "Name another folder.")
    if not os.access(there, os.W_OK | os.X_OK):
        raise KwsError(f"{there} cannot be written to", "Name another folder, or is it yours?")
    free = shutil.disk_usage(there).free
    if free < _LEAST_BYTES:
        raise KwsError(
            f"{folder} has {free >> 20} MB of free disk, and a run takes {_LEAST_BYTES >> 20} MB",
            "Make room, or name a folder on another disk.",
        )
