# SPDX-License-Identifier: Apache-2.0
"""bench/device/measure.py counts exactly: loops of known length on every core."""

from pathlib import Path

import pytest
from bench.device.measure import CORES, measure

from kws.firmware.boards import find_board
from tests.support.board_tools import require_tools

PROGRAM = """
#include "measure.h"
#include "bare_metal/core.h"

int kws_measure_main(void)
{
    static const char *const names[] = {"1", "2", "3", "1000", "3000000"};
    static const uint32_t rounds[] = {1, 2, 3, 1000, 3000000};
    for (int i = 0; i < 5; i++) {
        kws_measure_start();
        kws_core_spin(rounds[i]);
        kws_measure_stop(names[i]);
    }
    kws_measure_value("value", 4294967295u);
    return STATUS;
}
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    require_tools(find_board("rv32"))
    require_tools(find_board("mps2_an385"))
    source = tmp_path / "program.c"
    source.write_text(PROGRAM, encoding="utf-8")
    return source


@pytest.mark.parametrize("core", CORES)
def test_counts_are_exact(program: Path, core: str) -> None:
    counts = measure(core, [program], defines=["STATUS=0"])
    assert counts.pop("value") == 4_294_967_295
    # A round is two instructions; what is around the loop is the same each time.
    around = counts["1"] - 2
    assert around < 10
    assert counts == {str(n): 2 * n + around for n in (1, 2, 3, 1000, 3_000_000)}


def test_status_of_a_failed_program_is_an_error(program: Path) -> None:
    with pytest.raises(RuntimeError, match="status 3"):
        measure("m4", [program], defines=["STATUS=3"])


@pytest.mark.parametrize("core", ["m0", "m55", "rv32"])
def test_fault_is_an_error(program: Path, core: str) -> None:
    with pytest.raises(RuntimeError, match="status 120"):
        measure(core, [program], defines=["STATUS=(__builtin_trap(),0)"])


def test_program_that_does_not_compile_says_why(program: Path) -> None:
    with pytest.raises(RuntimeError, match="STATUS"):
        measure("m4", [program])
