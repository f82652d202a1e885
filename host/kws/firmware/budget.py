# SPDX-License-Identifier: Apache-2.0
"""What the firmware may cost: limits from the configuration against what was measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kws.config.schema import BudgetConfig
from kws.firmware.boards import Board
from kws.firmware.size import Size, firmware_size
from kws_codegen.base.errors import KwsError


@dataclass(frozen=True)
class BudgetLine:
    """One limit that is set and its measured value."""

    name: str  # the key in [budget]
    used: int
    allowed: int

    @property
    def exceeded(self) -> bool:
        return self.used > self.allowed


def budget_lines(
    budget: BudgetConfig, size: Size | None, instructions_per_inference: int | None = None
) -> list[BudgetLine]:
    """The limits that are set and for which there is a value."""
    values = (
        ("flash_bytes", size.flash_bytes if size else None, budget.flash_bytes),
        ("ram_bytes", size.ram_bytes if size else None, budget.ram_bytes),
        (
            "instructions_per_inference",
            instructions_per_inference,
            budget.instructions_per_inference,
        ),
    )
    return [
        BudgetLine(name, used, allowed)
        for name, used, allowed in values
        if used is not None and allowed > 0
    ]


def budget_table(lines: Sequence[BudgetLine]) -> str:
    """The limits as text, a line each."""
    rows = [f"{'budget':<28}{'used':>12}{'allowed':>12}{'over by':>12}"]
    for line in lines:
        over = f"{line.used - line.allowed:,}" if line.exceeded else "-"
        rows.append(f"{line.name:<28}{line.used:>12,}{line.allowed:>12,}{over:>12}")
    return "\n".join(rows)


def check_build(budget: BudgetConfig, board: Board, firmware: Path) -> None:
    """KwsError with a table when a board's firmware takes more flash or RAM than allowed."""
    if board.flash_bytes is None:
        return
    lines = budget_lines(budget, firmware_size(board, firmware))
    if any(line.exceeded for line in lines):
        raise KwsError(
            f"the firmware for {board.name} exceeds its budget:\n{budget_table(lines)}",
            "Make the model smaller ([model]) or raise the limit ([budget]); kws size shows "
            "where the bytes go.",
        )
