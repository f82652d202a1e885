# SPDX-License-Identifier: Apache-2.0
"""What a network costs, from the generator: its firmware is built, and run once in QEMU."""

from dataclasses import dataclass, replace
from pathlib import Path

from kws.config.schema import BudgetConfig, Config
from kws.firmware.boards import Board
from kws.firmware.budget import BudgetLine, budget_lines
from kws.firmware.size import Size, firmware_size
from kws.quantize import untrained_firmware
from kws.verify.board import run_on_board
from kws.verify.inputs import EXTREMES
from kws_codegen.base.hashes import config_hash, hash_json
from kws_codegen.base.json_file import read_json, write_json


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
    with untrained_firmware(config, board) as (model, firmware):
        size = firmware_size(board, firmware)
    cost = Cost(size.flash_bytes, size.ram_bytes, None)
    limit = config.budget.instructions_per_inference
    if not limit or any(line.exceeded for line in cost.lines(config.budget, board)):
        return cost
    activations = config.firmware.activations
    answer = run_on_board(model, board, [len(EXTREMES)], 1, activations).answers[0]
    return Cost(size.flash_bytes, size.ram_bytes, answer.time)


def known_cost(folder: Path, config: Config, board: Board) -> Cost | None:
    """What keep_cost has kept of this network on this board."""
    path = _path(folder, config, board)
    return read_json(path, Cost, "kws search") if path.is_file() else None


def keep_cost(folder: Path, config: Config, board: Board, cost: Cost) -> None:
    """Write it into `folder`: a network is measured once."""
    write_json(_path(folder, config, board), cost)


def _path(folder: Path, config: Config, board: Board) -> Path:
    model = replace(config.model, dropout=0.0)  # type: ignore[call-arg]
    name = hash_json([config_hash(model), config_hash(config.features), board.name])[:16]
    return folder / f"{name}.json"
