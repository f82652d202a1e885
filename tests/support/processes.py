# SPDX-License-Identifier: Apache-2.0
"""Which processes there are (Linux)."""

import time
from collections.abc import Sequence
from pathlib import Path

_GONE_S = 60.0  # a busy machine
_TICK_S = 0.05


def alive(process: int) -> bool:
    """Whether it runs; a zombie does not."""
    return bool(stat := _stat(process)) and stat[0] != "Z"


def gone(processes: Sequence[int]) -> bool:
    """Whether all of them end, which a busy machine may take a while for."""
    end_s = time.monotonic() + _GONE_S
    while left := any(map(alive, processes)):
        if time.monotonic() >= end_s:
            break
        time.sleep(_TICK_S)
    return not left


def children(process: int) -> list[int]:
    """The processes that it started and that are there."""
    numbers = (int(path.name) for path in Path("/proc").glob("[0-9]*"))
    return [n for n in numbers if (stat := _stat(n)) and int(stat[1]) == process]


def _stat(process: int) -> list[str]:
    """State, parent and more of a process; [] when it is gone."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()
