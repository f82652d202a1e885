# SPDX-License-Identifier: Apache-2.0
"""Small programs in assembly: disassembled as they are, or run in QEMU and counted."""

import subprocess
from pathlib import Path

from kws.cycles.counting import counting
from kws.cycles.estimate import Count, CycleEstimate, estimate
from kws.cycles.listing import Listing, read_listing
from kws.cycles.timings import TIMINGS, Cycles
from kws.firmware.boards import Board, cores
from kws.firmware.qemu import qemu_machine

_START = """
    .syntax unified
    .thumb
    .section .vectors, "a"
    .word {ram} + 0x1000
    .word start + 1
    .text
    .global start
    .thumb_func
start:
    bl measured
    movs r0, #0x18              @ semihosting: SYS_EXIT
    ldr r1, =0x20026            @ ADP_Stopped_ApplicationExit
    bkpt 0xab
    .pool
    .global measured
    .type measured, %function
    .thumb_func
measured:
"""


def assemble(core: str, text: str, folder: Path) -> Path:
    """An object file of instructions for a core."""
    source, product = folder / "code.s", folder / "code.o"
    source.write_text(f".syntax unified\n.thumb\n.text\n{text}\n", encoding="ascii")
    _compile(core, "-c", str(source), "-o", str(product))
    return product


def each_once(listing: Listing) -> dict[int, Count]:
    """Counts of instructions that ran once, one behind the other."""
    first = min(listing.instructions)
    return {at: Count(1, 0, int(at == first), 0) for at in listing.instructions}


def cycles_of(core: str, text: str, folder: Path) -> Cycles:
    """Of instructions that run once, one behind the other."""
    listing = read_listing(assemble(core, text, folder))
    return bounds(estimate(each_once(listing), listing, TIMINGS[core], 1))


def bounds(result: CycleEstimate) -> Cycles:
    """The three numbers of cycles."""
    return Cycles(
        result.lowest_estimated_cycles, result.estimated_cycles, result.highest_estimated_cycles
    )


def run_counted(board: Board, body: str, folder: Path) -> CycleEstimate:
    """A function of that body, called once on a board in QEMU."""
    assert board.memory is not None
    source, program = folder / "program.s", folder / "program.elf"
    ram, flash = board.memory.ram, board.memory.flash
    source.write_text(_START.format(ram=ram) + body + "\n", encoding="ascii")
    _compile(
        board.core.name, "-nostdlib", f"-Wl,--section-start=.vectors={flash:#x}",
        f"-Wl,-Ttext={flash + 0x400:#x}", "-Wl,-e,start", str(source), "-o", str(program),
    )  # fmt: skip
    with counting(board, program, "measured", clock_hz=1_000_000) as counter:
        options = ["-nodefaults", "-semihosting", *counter.options, "-kernel", str(program)]
        subprocess.run([*qemu_machine(board), *options], check=True, timeout=600)
        return counter.estimate()


def _compile(core: str, *arguments: str) -> None:
    flags = cores()[core].flags.split()
    subprocess.run(["arm-none-eabi-gcc", "-mthumb", *flags, *arguments], check=True)
