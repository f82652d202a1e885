"""The boards that firmware can be built for: one frozen entry each.

A board's name is its folder in firmware/port/ and its CMake preset; the device sends it in
the handshake.
"""

from dataclasses import dataclass

from kws.errors import KwsError


@dataclass(frozen=True)
class Board:
    """What the host knows of a board. None where a number means nothing (a PC)."""

    name: str
    core: str
    flash_bytes: int | None
    ram_bytes: int | None
    clock_hz: int | None
    firmware_file: str  # what the build leaves in its folder
    compiler: str  # program that must be on the PATH
    compiler_package: str  # Debian package that brings it
    runs_as: str  # how `kws evaluate --board` runs it, for people


BOARDS: tuple[Board, ...] = (
    Board(
        name="host",
        core="this computer",
        flash_bytes=None,
        ram_bytes=None,
        clock_hz=None,
        firmware_file="kws_firmware",
        compiler="cc",
        compiler_package="gcc",
        runs_as="a program with a pseudo-terminal",
    ),
)


def find_board(name: str) -> Board:
    """The board of that name; KwsError lists the names there are."""
    for board in BOARDS:
        if board.name == name:
            return board
    names = ", ".join(board.name for board in BOARDS)
    raise KwsError(f"no board is called {name!r}", f"Boards: {names}.")
