"""Starts the program behind a board that is not on the desk, and never leaves it behind."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from kws.firmware.boards import Board
from kws.firmware.child_process import child_process
from kws.firmware.qemu import emulated
from kws_codegen.base.errors import KwsError


@contextmanager
def host_firmware(firmware: Path, *arguments: str) -> Iterator[str]:
    """Run the x86 firmware and yield the URL of its serial line.

    `arguments` go to the program ("--tcp", "0"); without any it opens a pseudo-terminal.
    KwsError when it does not start.
    """
    with child_process([str(firmware), *arguments]) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url:
            raise KwsError(
                f"{firmware.name} ended with status {process.wait()} instead of opening its port",
                "Its own message is above. Without pseudo-terminals (/dev/ptmx) start it with "
                "--tcp 0 and evaluate with --port.",
            )
        yield url


def run_board(board: Board, firmware: Path) -> AbstractContextManager[str]:
    """Run a board's firmware without the board; yields the URL of its serial line."""
    return host_firmware(firmware) if board.emulator is None else emulated(board, firmware)
