"""Starts the program behind a board that is not on the desk, and never leaves it behind."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from kws.boards import Board
from kws.errors import KwsError

_STOP_TIMEOUT_S = 3.0


@contextmanager
def child_process(command: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """Run a program as long as the block lasts; its standard output is a pipe.

    It is stopped at the end of the block, on an exception and on Ctrl-C; where Linux's
    `setpriv` exists the kernel stops it even when this process is killed.
    """
    setpriv = shutil.which("setpriv")
    guard = [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []
    process = subprocess.Popen(
        [*guard, *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


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
    assert board.name == "host"
    return host_firmware(firmware)
