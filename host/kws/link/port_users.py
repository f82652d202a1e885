# SPDX-License-Identifier: Apache-2.0
"""Who else has a serial port open (Linux)."""

import os
from contextlib import suppress
from pathlib import Path

MOST_SHOWN = 3
COMMAND_CHARACTERS = 60  # of each command line
_MEMORY_DEVICES = 1  # major number of /dev/null and its like


def port_users(port: str) -> list[str]:
    """Command and number of other processes that have the port open, as far as we may see.

    The first few, and how many more there are; none of what is no port at all.
    """
    with suppress(OSError):
        if os.major(Path(port).stat().st_rdev) == _MEMORY_DEVICES:
            return []
    found = []
    for process in sorted(Path("/proc").glob("[0-9]*")):
        with suppress(OSError):
            files = [os.path.realpath(file) for file in (process / "fd").iterdir()]
            if os.path.realpath(port) in files and int(process.name) != os.getpid():
                found.append(f"{_command(process)} (process {process.name})")
    more = [f"{len(found) - MOST_SHOWN} more"] if len(found) > MOST_SHOWN else []
    return found[:MOST_SHOWN] + more


def _command(process: Path) -> str:
    """Its command line, on one line and not too long."""
    words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    line = " ".join(words.split())
    return line if len(line) <= COMMAND_CHARACTERS else line[:COMMAND_CHARACTERS] + "..."
