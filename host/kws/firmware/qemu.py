"""Runs a board's firmware in QEMU, with its serial line on a TCP port of this machine.

The host opens the listening socket and hands it to QEMU: the port number is known, and
connecting works, before QEMU has started. QEMU waits for the connection before the first
instruction runs.
"""

import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from kws.firmware.boards import Board, Emulator
from kws.firmware.child_process import child_process
from kws_codegen.base.errors import KwsError


@contextmanager
def emulated(board: Board, firmware: Path) -> Iterator[str]:
    """Run firmware as long as the block lasts; yields the URL of the board's serial line.

    The emulated time counts instructions (-icount), so the device's counts are repeatable.
    KwsError when QEMU is not installed, or when it ended by itself before the block did.
    """
    emulator = board.emulator
    if emulator is None:
        raise KwsError(f"there is no emulator for {board.name}", "Use --port and a real board.")
    if shutil.which(emulator.program) is None:
        raise KwsError(
            f"{emulator.program} is not installed",
            f"Install it: sudo apt-get install {emulator.package}",
        )
    with (
        socket.create_server(("127.0.0.1", 0), backlog=1) as listener,
        tempfile.TemporaryFile("w+") as messages,
        child_process(
            _command(emulator, firmware, listener.fileno()),
            pass_fds=(listener.fileno(),),
            stderr=messages,
        ) as process,
    ):
        url = f"socket://127.0.0.1:{listener.getsockname()[1]}"
        # QEMU has its own copy: when it ends, a connection is refused, not kept waiting.
        listener.close()
        try:
            yield url
        except KwsError as error:
            if process.poll() is None:
                raise
            raise _ended(emulator.program, process.returncode, messages) from error


def _command(emulator: Emulator, firmware: Path, listener: int) -> list[str]:
    return [
        emulator.program, "-M", *emulator.machine,
        "-display", "none", "-monitor", "none", "-nodefaults",
        "-icount", f"shift={emulator.icount_shift}",
        "-chardev", f"socket,id=uart,fd={listener},server=on,wait=on,nodelay=on",
        "-serial", "chardev:uart",
        "-kernel", str(firmware),
    ]  # fmt: skip


def _ended(program: str, status: int, messages: IO[str]) -> KwsError:
    messages.seek(0)
    text = messages.read().strip()
    return KwsError(
        f"{program} ended by itself with status {status}" + (f":\n{text}" if text else ""),
        "It must know the machine and -icount: QEMU 7.2 or later.",
    )
