# SPDX-License-Identifier: Apache-2.0
"""What optimising for speed and for size costs: the same run built both ways, counted in QEMU."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np

from kws.config.schema import Optimise
from kws.firmware.boards import Board
from kws.firmware.launch import run_board
from kws.firmware.size import Size, firmware_size, memory_of
from kws.link.connect import connect
from kws_codegen.base.errors import KwsError
from kws_codegen.protocol.messages import ClipKind


@dataclass(frozen=True)
class BuildCost:
    """Firmware of one way to optimise: sizes, and the time of one clip in the board's unit."""

    optimise: Optimise
    size: Size
    time_unit: str
    time_per_frame: int
    time_per_inference: int


def compare_builds(
    board: Board, clip_samples: int, build: Callable[[Optimise], Path]
) -> list[BuildCost]:
    """`build` firmware for speed and for size; send each one clip of noise.

    Raises KwsError for a board without flash (host), and when the answers differ.
    """
    memory_of(board)
    noise = np.random.default_rng(2).integers(-9000, 9000, clip_samples).astype("<i2")
    costs, answers = [], set()
    for optimise in get_args(Optimise):
        firmware = build(optimise)
        size = firmware_size(board, firmware)
        with run_board(board, firmware) as url, connect(url) as device:
            info = device.handshake()
            result = device.classify(ClipKind.AUDIO, noise.tobytes())
        answers.add(tuple(result.scores))
        per_frame = round(result.front_end_time / result.frames)
        costs.append(BuildCost(optimise, size, info.time_unit, per_frame, result.inference_time))
    if len(answers) > 1:
        raise KwsError(f"{board.name}: the two builds answer differently", "This is a bug in kws.")
    return costs
