# SPDX-License-Identifier: Apache-2.0
"""QEMU counts the instructions of one call of a function, by a plugin compiled here."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kws.cycles.estimate import Count, CycleEstimate, estimate
from kws.cycles.listing import Listing, read_listing
from kws.cycles.timings import TIMINGS, Timings
from kws.firmware.boards import Board
from kws.source import source_root
from kws.toolchain import HOST_COMPILER_PACKAGES, find_tool, host_compilers, run_tool
from kws_codegen.base.cache import scratch
from kws_codegen.base.errors import KwsError

_OPTIONS = (
    "-std=c11", "-D_POSIX_C_SOURCE=200809L", "-O2", "-shared", "-fPIC",
    "-Wall", "-Wextra", "-Wpedantic", "-Werror",
)  # fmt: skip
_VERSION = re.compile(r"version (\d+)\.")
_SECOND_VERSION_SINCE = 9  # QEMU that takes plugins of version 2 only; older ones take 1


@dataclass(frozen=True)
class Counter:
    """Counts the first call of a function; `options` go to QEMU."""

    options: tuple[str, ...]
    _out: Path
    _listing: Listing
    _timings: Timings
    _clock_hz: int

    def counts(self) -> dict[int, Count]:
        """By address, once the function has returned. KwsError when QEMU counted nothing."""
        if not self._out.is_file():
            raise KwsError("QEMU counted no instructions", "Was it built without plugins?")
        lines = (line.split() for line in self._out.read_text(encoding="ascii").splitlines())
        return {int(line[0], 16): Count(*map(int, line[1:])) for line in lines}

    def estimate(self) -> CycleEstimate:
        """Cycles of the call that was counted."""
        return estimate(self.counts(), self._listing, self._timings, self._clock_hz)


def timings_of(board: Board) -> Timings:
    """KwsError for a board whose core has none, or that QEMU does not run."""
    names = ", ".join(TIMINGS)
    if board.qemu is None or board.core.name not in TIMINGS:
        raise KwsError(
            f"cycles are not estimated for {board.name}",
            f"Choose a board in QEMU with one of these cores: {names} (kws boards).",
        )
    return TIMINGS[board.core.name]


@contextmanager
def counting(
    board: Board, firmware: Path, function: str, clock_hz: int | None = None
) -> Iterator[Counter]:
    """A counter for firmware that is not running yet.

    Args:
        board: runs in QEMU, and its core has timings.
        firmware: an ELF file.
        function: its C name; the first call is counted.
        clock_hz: for milliseconds; the board's clock unless given.

    Raises KwsError when the board will not do, the function is missing or a tool is.
    """
    timings = timings_of(board)
    listing = read_listing(firmware)
    if function not in listing.functions:
        raise KwsError(f"{firmware.name} has no function {function}", "Was it inlined?")
    clock = clock_hz or board.clock_hz
    assert clock is not None
    with scratch() as folder:
        plugin, out = folder / "qemu_counts.so", folder / "counts.txt"
        _compile(plugin, _plugin_version(board))
        values = {"function": hex(listing.functions[function]), "out": str(out)}
        arguments = "".join(f",{key}={_escaped(value)}" for key, value in values.items())
        options = ("-plugin", _escaped(str(plugin)) + arguments)
        yield Counter(options, out, listing, timings, clock)


def _escaped(value: str) -> str:
    """As QEMU's option parser wants commas."""
    return value.replace(",", ",,")


def _compile(plugin: Path, version: int) -> None:
    compiler = find_tool(host_compilers(), HOST_COMPILER_PACKAGES)
    source = source_root() / "firmware" / "pc" / "qemu_counts.c"
    definition = f"-DKWS_QEMU_PLUGIN_VERSION={version}"
    run_tool(
        [compiler, *_OPTIONS, definition, str(source), "-o", str(plugin)],
        "compiling QEMU's plugin",
    )


def _plugin_version(board: Board) -> int:
    said = run_tool([board.core.toolchain.qemu, "--version"], "asking QEMU for its version")
    version = _VERSION.search(said)
    return 2 if version and int(version[1]) >= _SECOND_VERSION_SINCE else 1
