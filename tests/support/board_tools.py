"""Which cross compilers and emulators this machine has, for tests that need them.

Without them a test is skipped and pytest's summary says which and why; where CI=true is set
it fails instead, so that no test is missing without anyone noticing.
"""

import os
import shutil

import pytest

from kws.firmware.boards import BOARDS, Board

EMULATED = tuple(board.name for board in BOARDS if board.emulator)


def require_tools(board: Board) -> None:
    """Skip, or fail in CI, when the board's compiler or emulator is not installed."""
    assert board.emulator is not None
    _require(
        board.name,
        {
            board.compiler: board.compiler_package,
            board.emulator.program: board.emulator.package,
        },
    )


def require_valgrind() -> None:
    """Skip, or fail in CI, when nothing here can count this computer's instructions."""
    _require("instructions of this computer", {"valgrind": "valgrind"})


def require_compiler(program: str, package: str) -> None:
    """Skip, or fail in CI, when a compiler is not installed."""
    _require(f"code for {program}", {program: package})


def _require(what: str, tools: dict[str, str]) -> None:
    missing = [program for program in tools if shutil.which(program) is None]
    if not missing:
        return
    reason = f"{what}: no {', '.join(missing)}; sudo apt-get install " + " ".join(
        tools[program] for program in missing
    )
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
