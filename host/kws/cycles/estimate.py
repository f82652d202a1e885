# SPDX-License-Identifier: Apache-2.0
"""Cycles of counted instructions: never measured, and named so."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from kws.cycles.listing import Instruction, Listing
from kws.cycles.mnemonics import ARITHMETIC, MEMORY, Kind
from kws.cycles.timings import Cycles, Timings, exactly


class Count(NamedTuple):
    """What QEMU counted of one instruction; firmware/pc/qemu_counts.c has the words."""

    times: int
    jumps: int
    arrivals: int
    splits: int


@dataclass(frozen=True)
class CycleEstimate:
    """Estimated cycles of one inference at zero wait states. No device was asked."""

    source: str
    """Where the timings of the instructions stand."""
    counted_instructions: int
    lowest_estimated_cycles: int
    estimated_cycles: int
    highest_estimated_cycles: int
    small_multiplier_adds_cycles: int
    """Where the core may have a slow multiplier (Cortex-M0) and the chip has it; else 0."""
    clock_hz: int
    estimated_ms: float


def estimate(
    counts: Mapping[int, Count], listing: Listing, timings: Timings, clock_hz: int
) -> CycleEstimate:
    """Weigh counts by address with a core's timings.

    KwsError when an instruction ran that no timings are known for.
    """
    total, slow = exactly(0), 0
    in_front = {one.end: one for one in listing.instructions.values()}
    for address, count in counts.items():
        one = listing.at(address)
        total = total.plus(_cycles(one, count, in_front.get(address), timings))
        if one.kind is Kind.MULTIPLY and timings.slow_multiply is not None:
            slow += count.times * (timings.slow_multiply - timings.base[Kind.MULTIPLY].likely)
    return CycleEstimate(
        source=timings.source,
        counted_instructions=sum(count.times for count in counts.values()),
        lowest_estimated_cycles=total.low,
        estimated_cycles=total.likely,
        highest_estimated_cycles=total.high,
        small_multiplier_adds_cycles=slow,
        clock_hz=clock_hz,
        estimated_ms=total.likely / clock_hz * 1000,
    )


def _cycles(one: Instruction, count: Count, before: Instruction | None, timings: Timings) -> Cycles:
    straight = count.times - count.arrivals  # times that the one in front of it ran before
    each = _alone(one, timings)
    total = each.times(count.times).plus(
        timings.refill.get(one.kind, exactly(0)).times(count.jumps)
    )
    total = total.plus(exactly(count.splits))
    if one.kind is Kind.LOAD and "pc" in one.address:
        total = total.plus(timings.literal.times(count.times))
    if before is not None:
        total = total.plus(_behind(one, before, each, timings).times(straight))
    return total


def _alone(one: Instruction, timings: Timings) -> Cycles:
    """Of an instruction that nothing goes before."""
    cycles = timings.base[one.kind].plus(timings.per_register.times(one.registers))
    if one.kind is Kind.STORE and one.register_offset:
        cycles = timings.store_register_offset if timings.pipelined else cycles
    if one.conditional and one.kind is not Kind.BRANCH:
        return cycles._replace(low=1)  # when the condition does not hold
    return cycles


def _behind(one: Instruction, before: Instruction, each: Cycles, timings: Timings) -> Cycles:
    """What the instruction in front changes."""
    if one.kind not in MEMORY:
        return exactly(0)
    if before.kind in ARITHMETIC and before.results & one.address:
        return exactly(timings.address_stall)
    single = one.kind in (Kind.LOAD, Kind.STORE) and before.kind is Kind.LOAD
    if not (timings.pipelined and single) or before.results & one.address:
        return exactly(0)
    saved = Cycles(*(min(1, cycles - 1) for cycles in each))
    if one.base_update or before.base_update:  # "not normally pipelined"
        return Cycles(-saved.low, 0, 0)
    return Cycles(-saved.low, -saved.likely, -saved.high)
