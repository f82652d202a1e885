# SPDX-License-Identifier: Apache-2.0
"""Who else has a serial port open (Linux)."""

import os
from contextlib import suppress
from pathlib import Path

_MOST = 3
_SHOWN = 60  # characters of a command


def port_users(port: str) -> list[str]:
    """Command and number of other processes that have the port open, as far as we may see.

    The first few; a command is one line, cut short where it is long.
    """
    found = []
    for process in sorted(Path("/proc").glob("[0-9]*")):
        with suppress(OSError):
            files = [os.path.realpath(file) for file in (process / "fd").iterdir()]
            if os.path.realpath(port) in files and int(process.name) != os.getpid():
                words = (process / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
                command = " ".join(b" ".join(words).decode("utf-8", "replace").split())
                shown = command if len(command) <= _SHOWN else f"{command[:_SHOWN]}..."
                found.append(f"{shown} (process {process.name})")
        if len(found) == _MOST:
            break
    return found
