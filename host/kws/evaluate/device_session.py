# SPDX-License-Identifier: Apache-2.0
"""A session with the device of an evaluation: one at a port, or a board started for it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TextIO

from kws.firmware.boards import find_board
from kws.firmware.launch import run_board
from kws.link.client import Device
from kws.link.connect import connect
from kws.link.trace import open_trace


@contextmanager
def open_device(
    firmware: Path | None, board: str, port: str | None, baud: int | None, trace_file: Path | None
) -> Iterator[Device]:
    """The device at `port`, or `firmware` on a board started for it; gone after the block.

    baud: of the port; None takes the board's. trace_file: gets every packet.
    """
    with ExitStack() as stack:
        if firmware is None:
            assert port is not None
            url = port
        else:
            url = stack.enter_context(run_board(find_board(board), firmware))
        trace = None
        if trace_file is not None:
            trace = open_trace(trace_file)
            stack.callback(_close, trace)
        speed = baud or find_board(board).baud
        yield stack.enter_context(connect(url, speed, trace, returns=firmware is None))


def _close(trace: TextIO) -> None:
    with suppress(OSError):  # what a full disk did not take
        trace.close()
