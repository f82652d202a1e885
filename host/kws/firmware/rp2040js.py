# SPDX-License-Identifier: Apache-2.0
"""How rp2040js, an emulator of the RP2040 for Node.js, is started for a board."""

from pathlib import Path

from kws.firmware.boards import Board
from kws.firmware.tools import find_npm_package
from kws.firmware.uf2 import uf2_file

PACKAGE = "rp2040js"
_RUNNER = Path(__file__).with_name("rp2040js_runner.cjs")


def rp2040js_command(board: Board, firmware: Path, listener: int) -> list[str]:
    """Runs firmware with its serial line on the listening socket of that file number.

    It waits for a connection before the first instruction runs. Each instruction takes one
    clock of the board's time.
    """
    return [
        "node", str(_RUNNER), str(find_npm_package(PACKAGE)), str(uf2_file(board, firmware)),
        str(listener), str(board.clock_hz),
    ]  # fmt: skip
