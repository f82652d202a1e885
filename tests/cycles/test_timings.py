# SPDX-License-Identifier: Apache-2.0
"""Sequences whose cycles Arm documents, instruction for instruction."""

from pathlib import Path

import pytest

from kws.cycles.timings import Cycles, exactly
from tests.cycles.assembly import cycles_of
from tests.support.board_tools import require_compiler


@pytest.fixture(autouse=True)
def _tools() -> None:
    require_compiler("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    require_compiler("arm-none-eabi-objdump", "binutils-arm-none-eabi")


# "Load/store timings" of DDI 0337I and DDI 0439D has these four, each "normally" so many in total.
@pytest.mark.parametrize("core", ["cortex-m3", "cortex-m4f"])
@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("ldr r0, [r1]; ldr r1, [r2]", 3),
        ("ldr r0, [r1, r2]; str r0, [r3, #20]", 3),
        ("ldr r0, [r1, r2]; str r1, [r3, r2]", 3),
        ("ldr r0, [r1, r5]; ldr r1, [r2]; ldr r2, [r3, #4]", 4),
    ],
)
def test_pipelined_loads(core: str, text: str, total: int, tmp_path: Path) -> None:
    assert cycles_of(core, text, tmp_path) == exactly(total)


@pytest.mark.parametrize(
    ("text", "cycles"),
    [
        ("ldr r0, [r1]; ldr r2, [r0]", exactly(4)),  # its address comes from the first
        ("ldr r0, [r1]; adds r2, #1; ldr r3, [r4]", exactly(5)),
        ("adds r1, #4; ldr r0, [r1]", exactly(4)),  # no forwarding path to the address
        ("adds r0, #4; ldr r0, [r1]", exactly(3)),
        ("cmp r1, #4; ldr r0, [r1]", exactly(3)),  # makes nothing
        ("ldr r0, [r1], #4; ldr r2, [r1], #4", Cycles(3, 4, 4)),  # "not normally pipelined"
        ("ldm r0!, {r1, r2, r3, r4}", exactly(5)),
        ("ldrd r0, r1, [r2]", exactly(3)),
        ("push {r4, r5, lr}", exactly(4)),
        ("smlad r0, r1, r2, r3; mla r0, r1, r2, r3", exactly(2)),
        ("smlal r0, r1, r2, r3; smull r0, r1, r2, r3", exactly(2)),
        ("sdiv r0, r1, r2", Cycles(2, 7, 12)),
        ("str r0, [r1]", Cycles(1, 1, 2)),
        ("str r0, [r1, r2]", exactly(2)),
        ("ldr r0, [pc, #8]", Cycles(2, 2, 3)),
        ("it eq; ldreq r0, [r1]", Cycles(1, 3, 3)),  # skipped, and folded
        ("bne . + 4", exactly(1)),  # not taken
    ],
)
def test_cortex_m4(text: str, cycles: Cycles, tmp_path: Path) -> None:
    assert cycles_of("cortex-m4f", text, tmp_path) == cycles


@pytest.mark.parametrize(
    ("text", "cycles"),
    [
        ("mla r0, r1, r2, r3", exactly(2)),
        ("smull r0, r1, r2, r3", Cycles(3, 4, 5)),
        ("smlal r0, r1, r2, r3", Cycles(4, 5, 7)),
        ("mul r0, r1, r2", exactly(1)),
    ],
)
def test_cortex_m3(text: str, cycles: Cycles, tmp_path: Path) -> None:
    assert cycles_of("cortex-m3", text, tmp_path) == cycles


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("ldr r0, [r1]; ldr r1, [r2]", 4),  # nothing is pipelined
        ("adds r1, #4; ldrb r0, [r1]", 3),
        ("ldm r0!, {r1, r2, r3}; push {r4, lr}", 7),
        ("muls r0, r1, r0", 1),
        ("str r0, [r1, r2]", 2),
        ("dmb", 4),
    ],
)
def test_cortex_m0(text: str, total: int, tmp_path: Path) -> None:
    assert cycles_of("cortex-m0", text, tmp_path) == exactly(total)


def test_cortex_m33_is_no_slower_than_the_cortex_m4(tmp_path: Path) -> None:
    text = "ldm r0!, {r1, r2, r3, r4}; ldr r5, [r1]; smlad r0, r1, r2, r3"
    m4, m33 = (cycles_of(core, text, tmp_path) for core in ("cortex-m4f", "cortex-m33"))
    assert (m33.likely, m33.high) == (m4.likely, m4.high)
    assert m33.low < m4.low
