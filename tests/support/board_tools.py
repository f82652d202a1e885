# SPDX-License-Identifier: Apache-2.0
"""Which cross compilers and emulators this machine has, for tests that need them.

Without them a test is skipped and pytest's summary says which and why; where CI=true is set
it fails instead, so that no test is missing without anyone noticing.
"""

import importlib.util
import os

import pytest

from kws.firmware.boards import Board, boards
from kws.firmware.tools import Tool, compiler_of, emulator_of

EMULATED = tuple(board.name for board in boards() if board.is_emulated)


def require_tools(board: Board) -> None:
    """Skip, or fail in CI, when the board's compiler or emulator is not installed."""
    _require(board.name, (compiler_of(board), *emulator_of(board)))


def require_valgrind() -> None:
    """Skip, or fail in CI, when nothing here can count this computer's instructions."""
    _require("instructions of this computer", (Tool("valgrind", "valgrind"),))


def require_compiler(program: str, package: str) -> None:
    """Skip, or fail in CI, when a compiler is not installed."""
    _require(f"code for {program}", (Tool(program, package),))


def require_tool(what: str, program: str, package: str) -> None:
    """Skip, or fail in CI, when a program is not installed."""
    _require(what, (Tool(program, package),))


def require_module(name: str) -> None:
    """Skip, or fail in CI, when a Python package of the extra [dev] is not installed."""
    if importlib.util.find_spec(name) is None:
        _missing(f"no Python package {name}: pip install -e '.[dev]'")


def _require(what: str, tools: tuple[Tool, ...]) -> None:
    missing = [tool for tool in tools if tool.is_missing]
    if not missing:
        return
    names = ", ".join(tool.name for tool in missing)
    reason = f"{what}: no {names}; " + "; ".join(tool.install for tool in missing)
    _missing(reason)


def _missing(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
