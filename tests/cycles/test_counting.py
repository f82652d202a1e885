# SPDX-License-Identifier: Apache-2.0
"""Loops in QEMU: what its plugin counts, and cycles that were published for them."""

from pathlib import Path

import pytest

from kws.cycles.counting import counting, timings_of
from kws.cycles.timings import Cycles, exactly
from kws.firmware.boards import find_board
from kws_codegen.base.errors import KwsError
from tests.cycles.assembly import assemble, bounds, run_counted
from tests.support.board_tools import require_tools

TURNS = 200
LOOP = f"movs r0, #{TURNS}; 1: subs r0, #1; bhi 1b; bx lr"


# A turn: 4 cycles were measured on an STM32F072 (Cortex-M0), and on an STM32F103 (Cortex-M3) from
# RAM, a refill of two (https://www.blaatschaap.be/wait-a-microsecond/). The last turn's branch is
# not taken, but the return refills too; that and the first move take one more each.
@pytest.mark.parametrize(
    ("name", "turn"),
    [
        ("microbit", exactly(4)),
        ("mps2_an385", Cycles(3, 4, 5)),
        ("mps2_an386", Cycles(3, 4, 5)),
        ("mps2_an505", Cycles(3, 4, 5)),
    ],
)
def test_loop(name: str, turn: Cycles, tmp_path: Path) -> None:
    board = find_board(name)
    require_tools(board)
    result = run_counted(board, LOOP, tmp_path)
    assert result.counted_instructions == 2 + 2 * TURNS
    assert bounds(result) == turn.times(TURNS).plus(exactly(2))
    assert result.estimated_ms == pytest.approx(result.estimated_cycles / 1000)


def test_calls_tables_and_returns(tmp_path: Path) -> None:
    board = find_board("mps2_an386")
    require_tools(board)
    body = """
        push {r4, lr}               @ 3
        bl 2f                       @ 1 + P
        pop {r4, pc}                @ 3 + P
     2: bx lr                       @ 1 + P
    """
    assert bounds(run_counted(board, body, tmp_path)) == Cycles(11, 14, 17)


def test_unaligned_accesses_take_further_cycles(tmp_path: Path) -> None:
    board = find_board("mps2_an386")
    require_tools(board)
    load = "sub sp, #8; ldr.w r0, [sp, {}]; nop; add sp, #8; bx lr"
    loads = {n: run_counted(board, load.format(n), tmp_path).estimated_cycles for n in (0, 1, 2)}
    assert (loads[1] - loads[0], loads[2] - loads[0]) == (2, 1)


def test_small_multiplier_of_the_cortex_m0(tmp_path: Path) -> None:
    board = find_board("microbit")
    require_tools(board)
    result = run_counted(board, "muls r0, r1, r0; muls r0, r1, r0; bx lr", tmp_path)
    assert bounds(result) == exactly(2 + 3)
    assert result.small_multiplier_adds_cycles == 2 * 31


def test_function_that_is_missing(tmp_path: Path) -> None:
    board = find_board("mps2_an386")
    require_tools(board)
    program = assemble("cortex-m4f", "nop", tmp_path)
    with pytest.raises(KwsError, match="has no function kws_nothing"):
        counting(board, program, "kws_nothing").__enter__()


@pytest.mark.parametrize("name", ["host", "rv32", "pico", "mps3_an547"])
def test_boards_without_timings(name: str) -> None:
    with pytest.raises(KwsError, match=f"cycles are not estimated for {name}"):
        timings_of(find_board(name))
