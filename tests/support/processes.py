# SPDX-License-Identifier: Apache-2.0
"""Which processes there are (Linux)."""

from pathlib import Path


def alive(process: int) -> bool:
    """Whether it runs; a zombie does not."""
    return bool(stat := _stat(process)) and stat[0] != "Z"


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
