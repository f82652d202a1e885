# SPDX-License-Identifier: Apache-2.0
"""The programs that building for a board and emulating it take, and how to install them.

    python -m kws.firmware.tools

prints a command for each one that is missing here, for scripts/cross_tools.sh.
"""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kws.firmware.boards import Board, boards
from kws_codegen.base.errors import KwsError

# `npm install` puts packages here; the environment variable NODE_PATH names further folders.
_NPM_PREFIX = Path(sys.prefix) / "node"


@dataclass(frozen=True)
class Tool:
    """A program that must be on the PATH, with the Debian packages that bring it, or a package
    of npm."""

    name: str
    package: str
    installer: Literal["apt", "npm"] = "apt"

    @property
    def is_missing(self) -> bool:
        if self.installer == "npm":
            return find_npm_package(self.name) is None
        return shutil.which(self.name) is None

    @property
    def install(self) -> str:
        """The command that installs it."""
        if self.installer == "npm":
            return f"npm install --prefix {_NPM_PREFIX} {self.package}"
        return f"sudo apt-get install {self.package}"

    def require(self) -> None:
        """KwsError with the command that installs it, when it is missing."""
        if self.is_missing:
            raise KwsError(f"{self.name} is not installed", f"Install it: {self.install}")


def find_npm_package(name: str) -> Path | None:
    """The folder of an installed package of npm."""
    further = filter(None, os.environ.get("NODE_PATH", "").split(os.pathsep))
    for folder in (_NPM_PREFIX / "node_modules", *map(Path, further)):
        if (folder / name / "package.json").is_file():
            return folder / name
    return None


def compiler_of(board: Board) -> Tool:
    """What compiles for the board."""
    toolchain = board.core.toolchain
    return Tool(toolchain.compiler, toolchain.package)


def emulator_of(board: Board) -> tuple[Tool, ...]:
    """What running the board's firmware without the board takes; () where nothing can."""
    if board.rp2040js is not None:
        package = f"rp2040js@{board.rp2040js.version}"
        return Tool("node", "nodejs npm"), Tool("rp2040js", package, "npm")
    toolchain = board.core.toolchain
    return () if board.qemu is None else (Tool(toolchain.qemu, toolchain.qemu_package),)


def main() -> None:
    tools = [tool for board in boards() for tool in (compiler_of(board), *emulator_of(board))]
    for tool in dict.fromkeys(tools):
        if tool.is_missing:
            print(tool.install)


if __name__ == "__main__":
    main()
