# SPDX-License-Identifier: Apache-2.0
"""A fault report of a device in words: what happened, in which function and line.

The bits are those of the Armv7-M and Armv8-M Architecture Reference Manuals (CFSR) and of the
RISC-V Privileged Architecture (mcause).
"""

import shutil
import subprocess
from pathlib import Path

from kws.firmware.boards import Board
from kws_codegen.protocol.messages import DeviceFault, FaultKind

_CFSR_BITS = {
    0: "instruction fetch from protected memory",
    1: "access to protected memory",
    3: "protected memory on return from an exception",
    4: "protected memory on entry to an exception",
    8: "instruction fetch failed",
    9: "access to an address that does not exist",
    10: "access to an address that does not exist, noticed late: the line is only near",
    11: "bus error on return from an exception",
    12: "bus error on entry to an exception",
    16: "undefined instruction",
    17: "jump to an address that is not Thumb code",
    18: "corrupt return from an exception",
    19: "coprocessor or FPU instruction while it is off",
    20: "stack limit reached",
    24: "unaligned access",
    25: "division by zero",
}
_MCAUSE = {
    0: "jump to an unaligned address",
    1: "instruction fetch failed",
    2: "undefined instruction",
    3: "breakpoint",
    4: "unaligned load",
    5: "load from an address that does not exist or is protected",
    6: "unaligned store",
    7: "store to an address that does not exist or is protected",
    11: "environment call",
}


def describe_fault(fault: DeviceFault, board: Board, firmware: Path | None = None) -> str:
    """One line: kind, cause, address, function and line, registers.

    `firmware` is the ELF file that the device runs; without it, or without the toolchain's
    addr2line, there are addresses instead of functions.
    """
    parts = [fault.kind.name.lower().replace("_", " ")]
    causes = _causes(fault, board) if fault.kind == FaultKind.EXCEPTION else []
    if causes:
        parts.append(": " + ", ".join(causes))
    if fault.address and causes:
        parts.append(f" (0x{fault.address:08x})")
    is_return_address = fault.kind == FaultKind.ASSERTION or _pc_is_return_address(fault, board)
    if place := locate(board, firmware, fault.pc, is_return_address):
        parts.append(f" in {place}")
    caller = locate(board, firmware, fault.lr, True) if fault.lr != fault.pc else ""
    if caller:
        parts.append(f", called from {caller}")
    parts.append(
        f" [pc 0x{fault.pc:08x}, lr 0x{fault.lr:08x}, sp 0x{fault.sp:08x}, "
        f"cause 0x{fault.cause:08x}, detail 0x{fault.detail:08x}]"
    )
    return "".join(parts)


def locate(board: Board, firmware: Path | None, address: int, is_return_address: bool) -> str:
    """`function at file:line` of a code address, "" when it is not known.

    A return address points behind the call; its line is that of the instruction before.
    """
    tool = shutil.which(board.compiler.removesuffix("gcc") + "addr2line")
    if tool is None or firmware is None or not firmware.is_file() or address == 0:
        return ""
    at = (address & ~1) - (2 if is_return_address else 0)
    done = subprocess.run(
        [tool, "-f", "-s", "-e", str(firmware), hex(at)],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    if done.returncode != 0 or len(lines) < 2 or lines[0] == "??":
        return ""
    return f"{lines[0]} at {lines[1].split(' ')[0]}"


def _is_riscv(board: Board) -> bool:
    return board.core.toolchain.name == "riscv"


def _pc_is_return_address(fault: DeviceFault, board: Board) -> bool:
    """A stack overflow on Cortex-M leaves no better trace than a return address: its bit 0 is 1."""
    return not _is_riscv(board) and fault.kind == FaultKind.STACK_OVERFLOW and bool(fault.pc & 1)


def _causes(fault: DeviceFault, board: Board) -> list[str]:
    if _is_riscv(board):
        return [_MCAUSE.get(fault.cause, f"mcause {fault.cause}")]
    return [text for bit, text in _CFSR_BITS.items() if fault.cause >> bit & 1]
