# SPDX-License-Identifier: Apache-2.0
"""How QEMU is started for a board."""

from collections.abc import Sequence
from pathlib import Path

from kws.firmware.boards import Board


def qemu_machine(board: Board) -> list[str]:
    """The program and its options for the machine, counting instructions (-icount)."""
    assert board.qemu is not None
    return [
        board.core.toolchain.qemu, "-M", board.qemu.machine, *board.qemu.options,
        "-icount", f"shift={board.qemu.icount_shift}",
        "-display", "none", "-monitor", "none",
    ]  # fmt: skip


def qemu_command(
    board: Board, firmware: Path, listener: int, options: Sequence[str] = ()
) -> list[str]:
    """Runs firmware with its serial line on the listening socket of that file number.

    QEMU waits for a connection before the first instruction runs.
    """
    return [
        *qemu_machine(board), "-nodefaults", *options,
        "-chardev", f"socket,id=uart,fd={listener},server=on,wait=on,nodelay=on",
        "-serial", "chardev:uart",
        "-kernel", str(firmware),
    ]  # fmt: skip
