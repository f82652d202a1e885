# SPDX-License-Identifier: Apache-2.0
"""Who else has a serial port open (Linux)."""

import os
from contextlib import suppress
from pathlib import Path


def port_users(port: str) -> list[str]:
    """Command and number of each other process that has the port open, as far as we may see."""
    found = []
    for process in sorted(Path("/proc").glob("[0-9]*")):
        with suppress(OSError):
            files = [os.path.realpath(file) for file in (process / "fd").iterdir()]
            if os.path.realpath(port) in files and int(process.name) != os.getpid():
                words = (process / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
                command = b" ".join(words).decode("utf-8", "replace")
                found.append(f"{command} (process {process.name})")
    return found
