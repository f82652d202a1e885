# SPDX-License-Identifier: Apache-2.0
"""What a network costs, from the generator: its firmware is built, and run once in QEMU.

Weights are random: neither sizes nor, but for a percent or so, instructions depend on them.
"""

from dataclasses import dataclass

import numpy as np

from kws.config.schema import BudgetConfig, Config
from kws.firmware.boards import Board
from kws.firmware.budget import BudgetLine, budget_lines
from kws.firmware.cmake import build_firmware
from kws.firmware.size import Size, firmware_size
from kws.quantize import convert_int8
from kws.train.model import build_model
from kws.train.tensorflow_setup import set_up_tensorflow
from kws.verify.board import run_on_board
from kws.verify.inputs import EXTREMES
from kws_codegen.base.cache import scratch
from kws_codegen.generate import generate

_RANGES_FROM = 4  # inputs that set the ranges of the activations


@dataclass(frozen=True)
class Cost:
    """Of the whole firmware for a board, as [budget] counts."""

    flash_bytes: int
    ram_bytes: int
    instructions: int | None  # of an inference, the model alone; None: not asked for

    def lines(self, budget: BudgetConfig, board: Board) -> list[BudgetLine]:
        """The limits that are set, and what is used of them."""
        size = Size(board.name, self.flash_bytes, 0, self.ram_bytes, 0, {})
        return budget_lines(budget, size, self.instructions)


def measure_cost(config: Config, board: Board) -> Cost:
    """Build the firmware; instructions only where [budget] limits them, and sizes are kept.

    KwsError when a tool is missing, or the firmware does not fit the board.
    """
    set_up_tensorflow(config.training.seed)
    shape = (_RANGES_FROM, config.frames, config.features.channels, 1)
    noise = np.random.default_rng(config.training.seed).random(shape, np.float32)
    model = convert_int8(build_model(config), config, noise)
    with scratch() as folder:
        generated = folder / "generated"
        generate(config.interface, model, generated, "kws search", config.detect)
        aim = config.firmware.optimise
        firmware = build_firmware(generated, folder / "build", board.name, optimise=aim)
        size = firmware_size(board, firmware)
    cost = Cost(size.flash_bytes, size.ram_bytes, None)
    limit = config.budget.instructions_per_inference
    if not limit or any(line.exceeded for line in cost.lines(config.budget, board)):
        return cost
    answer = run_on_board(model, board, [len(EXTREMES)], 1).answers[0]
    return Cost(size.flash_bytes, size.ram_bytes, answer.time)
