# SPDX-License-Identifier: Apache-2.0
"""Cycles of an instruction as Arm publishes them, with zero wait states.

Each number is a range (lowest, likely, highest). Where the table gives one number all three are
that. Where it gives a range, `likely` is its middle, except where a note of the same table says
more; those are commented. Sources, Arm's technical reference manuals:

- Cortex-M0: DDI 0432C, table 3-1.
- Cortex-M3: DDI 0337I, table 3-1 and "Load/store timings"; DDI 0337E, table 18-1, for a taken
  branch ("two cycles are added").
- Cortex-M4: DDI 0439D (now 100166), table 3-1 and "Load/store timings".
- Cortex-M33: Arm publishes none. Its range has Cortex-M4's table as likely and highest; the
  lowest has single-cycle loads.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from kws.cycles.mnemonics import Kind


class Cycles(NamedTuple):
    """A number of cycles, or a sum of them, with its bounds."""

    low: int
    likely: int
    high: int

    def times(self, count: int) -> "Cycles":
        """Of so many instructions."""
        return Cycles(self.low * count, self.likely * count, self.high * count)

    def plus(self, other: "Cycles") -> "Cycles":
        """The sum, bound by bound."""
        return Cycles(self.low + other.low, self.likely + other.likely, self.high + other.high)


def exactly(cycles: int) -> Cycles:
    """Where the table gives one number."""
    return Cycles(cycles, cycles, cycles)


@dataclass(frozen=True)
class Timings:
    """What is published of one core."""

    source: str
    base: Mapping[Kind, Cycles]
    """Of an instruction that goes on to the next one; a multiple adds `per_register`."""
    refill: Mapping[Kind, Cycles]
    """Added when it goes elsewhere."""
    per_register: Cycles = field(default=exactly(1))
    store_register_offset: Cycles = field(default=exactly(2))
    pipelined: bool = False
    """A load or store behind a load takes one cycle less (never less than one), unless its
    address comes from that load."""
    address_stall: int = 0
    """Added to a load or store whose address the data processing in front of it makes."""
    literal: Cycles = field(default=exactly(0))
    """Added to a load from the code, which contends with the fetch."""
    slow_multiply: int | None = None
    """Cycles of MULS where the chip has the core's small multiplier."""


def _same(cycles: Cycles, *kinds: Kind) -> dict[Kind, Cycles]:
    return dict.fromkeys(kinds, cycles)


_CORTEX_M0 = Timings(
    source="Arm DDI 0432C",
    base={
        **_same(exactly(1), Kind.DATA, Kind.MULTIPLY, Kind.BRANCH, Kind.CALL, Kind.INDIRECT_BRANCH),
        **_same(exactly(2), Kind.LOAD, Kind.STORE),
        **_same(exactly(1), Kind.LOAD_MULTIPLE, Kind.STORE_MULTIPLE),
        **_same(exactly(4), Kind.BARRIER),
        Kind.SYSTEM: Cycles(1, 4, 4),  # MRS and MSR 4, CPS 1
    },
    refill={
        **_same(exactly(2), Kind.DATA, Kind.BRANCH, Kind.INDIRECT_BRANCH),
        **_same(exactly(3), Kind.CALL, Kind.LOAD_MULTIPLE),
    },
    slow_multiply=32,
)

_REFILL = Cycles(1, 2, 3)
_CORTEX_M4 = Timings(
    source="Arm DDI 0439D",
    base={
        **_same(
            exactly(1),
            Kind.DATA,
            Kind.MULTIPLY,
            Kind.MULTIPLY_ADD,
            Kind.LONG_MULTIPLY,
            Kind.LONG_MULTIPLY_ADD,
            Kind.DSP_MULTIPLY,
            Kind.BRANCH,
            Kind.CALL,
            Kind.INDIRECT_BRANCH,
            Kind.LOAD_MULTIPLE,
            Kind.STORE_MULTIPLE,
        ),
        Kind.DIVIDE: Cycles(2, 7, 12),
        Kind.LOAD: exactly(2),
        Kind.STORE: Cycles(1, 1, 2),  # "always one cycle", 2 where the write buffer is full
        Kind.TABLE_BRANCH: exactly(2),
        Kind.IF_THEN: Cycles(0, 1, 1),  # "can be folded"
        Kind.SYSTEM: Cycles(1, 2, 2),
        Kind.BARRIER: Cycles(1, 2, 4),
    },
    refill={
        **_same(
            _REFILL,
            Kind.DATA,
            Kind.BRANCH,
            Kind.CALL,
            Kind.INDIRECT_BRANCH,
            Kind.LOAD_MULTIPLE,
        ),
        Kind.LOAD: Cycles(1, 3, 3),  # "at least five cycles" with the load
        Kind.TABLE_BRANCH: Cycles(1, 4, 4),  # "at least six cycles" in all
    },
    pipelined=True,
    address_stall=1,
    literal=Cycles(0, 0, 1),  # "might add a cycle"
)

_CORTEX_M3 = Timings(
    source="Arm DDI 0337I",
    base={
        **_CORTEX_M4.base,
        Kind.MULTIPLY_ADD: exactly(2),
        Kind.LONG_MULTIPLY: Cycles(3, 4, 5),
        Kind.LONG_MULTIPLY_ADD: Cycles(4, 5, 7),
    },
    refill=_CORTEX_M4.refill,
    pipelined=True,
    address_stall=1,
    literal=_CORTEX_M4.literal,
)

_CORTEX_M33 = Timings(
    source="none published by Arm; highest and likely as Cortex-M4 (DDI 0439D)",
    base={
        **_CORTEX_M4.base,
        Kind.LOAD: Cycles(1, 2, 2),
        Kind.LOAD_MULTIPLE: Cycles(0, 1, 1),
        Kind.STORE_MULTIPLE: Cycles(0, 1, 1),
    },
    refill=_CORTEX_M4.refill,
    store_register_offset=Cycles(1, 2, 2),
    pipelined=True,
    literal=_CORTEX_M4.literal,
)

TIMINGS = {
    "cortex-m0": _CORTEX_M0,
    "cortex-m3": _CORTEX_M3,
    "cortex-m4f": _CORTEX_M4,
    "cortex-m33": _CORTEX_M33,
}
"""By name of the core in firmware/cores/cores.toml."""
