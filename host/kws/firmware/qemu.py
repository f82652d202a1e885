# SPDX-License-Identifier: Apache-2.0
"""How QEMU is started for a board."""

from collections.abc import Sequence
from pathlib import Path

from kws.firmware.boards import Board

_NO_ESCAPE = "256"  # no byte is the character with which a user would talk to QEMU itself


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

    QEMU waits for a connection before the first instruction runs. A multiplexer (mux=on) is put
    between the socket and the UART for its buffer: a byte that the firmware has taken out makes
    room for the next one at once. Without it two of QEMU's threads take turns for each byte.
    """
    return [
        *qemu_machine(board), "-nodefaults", *options,
        "-chardev", f"socket,id=uart,fd={listener},server=on,wait=on,nodelay=on,mux=on",
        "-echr", _NO_ESCAPE,
        "-serial", "chardev:uart",
        "-kernel", str(firmware),
    ]  # fmt: skip
