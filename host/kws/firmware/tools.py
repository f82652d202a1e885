"""The programs that building for a board and emulating it take, and how to install them.

    python -m kws.firmware.tools

prints a line for each one that is missing here, for scripts/cross_tools.sh.
"""

import shutil
from dataclasses import dataclass

from kws.firmware.boards import Board, boards
from kws_codegen.base.errors import KwsError


@dataclass(frozen=True)
class Tool:
    """A program that must be on the PATH, and the Debian packages that bring it."""

    name: str
    package: str
    installer: str = "apt"

    @property
    def is_missing(self) -> bool:
        return shutil.which(self.name) is None

    @property
    def install(self) -> str:
        """The command that installs it."""
        return f"sudo apt-get install {self.package}"

    def require(self) -> None:
        """KwsError with the command that installs it, when it is missing."""
        if self.is_missing:
            raise KwsError(f"{self.name} is not installed", f"Install it: {self.install}")


def compiler_of(board: Board) -> Tool:
    """What compiles for the board."""
    toolchain = board.core.toolchain
    return Tool(toolchain.compiler, toolchain.package)


def emulator_of(board: Board) -> tuple[Tool, ...]:
    """What running the board's firmware without the board takes; () where nothing can."""
    toolchain = board.core.toolchain
    return () if board.qemu is None else (Tool(toolchain.qemu, toolchain.qemu_package),)


def main() -> None:
    tools = [tool for board in boards() for tool in (compiler_of(board), *emulator_of(board))]
    for tool in dict.fromkeys(tools):
        if tool.is_missing:
            print(tool.installer, tool.package)


if __name__ == "__main__":
    main()
