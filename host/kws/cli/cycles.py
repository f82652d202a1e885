# SPDX-License-Identifier: Apache-2.0
"""What commands that estimate cycles share: the option of the clock, and the words."""

import re
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from kws.config.schema import Optimise
from kws.console import console
from kws.cycles.counting import timings_of
from kws.cycles.estimate import CycleEstimate
from kws.firmware.boards import find_board
from kws_codegen.base.errors import KwsError

_CLOCK = re.compile(r"(\d+(?:\.\d+)?) *(k|M|G)?Hz", re.IGNORECASE)
_FACTORS = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}
_HIGHEST_HZ = 10_000_000_000

ClockOption = Annotated[
    str | None,
    typer.Option(
        "--clock",
        help="With --cycles: clock for milliseconds, as 120MHz; else the board's.",
        show_default=False,
    ),
]


def clock_hz(text: str | None) -> int | None:
    """Hertz of what --clock was given; KwsError when that is no frequency."""
    if text is None:
        return None
    parts = _CLOCK.fullmatch(text.strip())
    hertz = round(float(parts[1]) * _FACTORS[(parts[2] or "").lower()]) if parts else 0
    if not 1 <= hertz <= _HIGHEST_HZ:
        raise KwsError(f"{text!r} is no clock", "Give it as 120MHz; 1 Hz to 10 GHz.")
    return hertz


def estimate_cycles(
    model: Path, board: str, clock: str | None, optimise: Optimise, quiet: bool
) -> dict[str, Any]:
    """The entry of `kws size --json` for a run's model; printed unless `quiet`."""
    from kws.verify.board import cycles_on_board

    target = find_board(board)
    timings_of(target)
    result = cycles_on_board(model.read_bytes(), target, clock_hz(clock), optimise)
    if not quiet:
        console.print(estimate_text(result), soft_wrap=True)
    return {"cycle_estimate": asdict(result)}


def estimate_text(estimate: CycleEstimate) -> str:
    """Lines for people; the word "estimated" goes with every number that no device gave."""
    low, high = estimate.lowest_estimated_cycles, estimate.highest_estimated_cycles
    lines = [
        f"estimated cycles: {estimate.estimated_cycles:,} ({low:,} to {high:,})",
        f"  by table, zero wait states; source: {estimate.source}",
        f"  = {estimate.estimated_ms:.2f} ms estimated at {estimate.clock_hz / 1e6:g} MHz",
    ]
    if estimate.small_multiplier_adds_cycles:
        lines.append(f"  small multiplier: + {estimate.small_multiplier_adds_cycles:,}")
    return "\n".join(lines)
