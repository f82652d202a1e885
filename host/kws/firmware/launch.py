# SPDX-License-Identifier: Apache-2.0
"""Starts the program behind a board that is not on the desk, and never leaves it behind.

An emulator's serial line is a TCP port of this machine. The host opens the listening socket and
hands it to the emulator: the port number is known, and connecting works, before the emulator has
started. The emulator waits for the connection before the first instruction runs.
"""

import os
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO

from kws.console import warn
from kws.firmware.boards import Board
from kws.firmware.child_process import child_process
from kws.firmware.qemu import qemu_command
from kws.firmware.rp2040js import rp2040js_command
from kws.firmware.tools import emulator_of
from kws_codegen.base.errors import KwsError

_TCP = ("--tcp", "0")


@contextmanager
def host_firmware(firmware: Path, *arguments: str) -> Iterator[str]:
    """Run the firmware of this computer and yield the URL of its serial line.

    `arguments` go to the program ("--tcp", "0"); without any it opens a pseudo-terminal, or where
    there is none (a container without /dev/pts) a TCP port of this machine. KwsError when it does
    not start.
    """
    if not arguments and not _has_terminals():
        warn("there are no pseudo-terminals here: the firmware listens on TCP instead")
        arguments = _TCP
    with child_process([str(firmware), *arguments]) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url:
            raise KwsError(
                f"{firmware.name} ended with status {process.wait()} instead of opening its port",
                "Its own message is above.",
            )
        yield url


def _has_terminals() -> bool:
    try:
        for end in os.openpty():
            os.close(end)
    except (OSError, AttributeError):  # Windows knows no openpty()
        return False
    return True


@contextmanager
def emulated(board: Board, firmware: Path, options: Sequence[str] = ()) -> Iterator[str]:
    """Run firmware as long as the block lasts; yields the URL of the board's serial line.

    `options` are QEMU's, for a board that it runs. The emulated time counts instructions, so the
    device's counts are repeatable. KwsError when the emulator is not installed, or when it ended
    by itself before the block did.
    """
    if not board.is_emulated:
        raise KwsError(f"there is no emulator for {board.name}", "Use --port and a real board.")
    for tool in emulator_of(board):
        tool.require()
    with (
        socket.create_server(("127.0.0.1", 0), backlog=1) as listener,
        tempfile.TemporaryFile("w+") as messages,
        child_process(
            qemu_command(board, firmware, listener.fileno(), options)
            if board.qemu
            else rp2040js_command(board, firmware, listener.fileno()),
            pass_fds=(listener.fileno(),),
            stderr=messages,
        ) as process,
    ):
        url = f"socket://127.0.0.1:{listener.getsockname()[1]}"
        # The emulator has its own copy: when it ends, a connection is refused, not kept waiting.
        listener.close()
        try:
            yield url
        except KwsError as error:
            if process.poll() is None:
                raise
            raise _ended(board, process.returncode, messages) from error


def run_board(board: Board, firmware: Path) -> AbstractContextManager[str]:
    """Run a board's firmware without the board; yields the URL of its serial line."""
    return emulated(board, firmware) if board.is_emulated else host_firmware(firmware)


def _ended(board: Board, status: int, messages: IO[str]) -> KwsError:
    program = emulator_of(board)[0].name
    messages.seek(0)
    text = messages.read().strip()
    return KwsError(
        f"{program} ended by itself with status {status}" + (f":\n{text}" if text else ""),
        "It must know the machine and -icount: QEMU 7.2 or later."
        if board.qemu
        else "It must be Node.js 18 or later.",
    )
