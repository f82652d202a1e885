# SPDX-License-Identifier: Apache-2.0
"""Locks on files and folders between processes.

They are the kernel's (flock): they end with the process that holds them, however it ends.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path


@contextmanager
def locked(path: Path, wait: bool = True) -> Iterator[bool]:
    """Hold a file or folder for this process alone.

    False when that is not so: it is gone, in use (without `wait`), or its file system has no locks.
    """
    with ExitStack() as stack:
        alone = False
        with suppress(OSError):
            opened = os.open(path, os.O_RDONLY)
            stack.callback(os.close, opened)
            fcntl.flock(opened, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            alone = True
        yield alone


def in_use(opened: int) -> None:
    """Say that this process uses an open file or folder, until it closes it; others may too."""
    with suppress(OSError):  # a file system without locks
        fcntl.flock(opened, fcntl.LOCK_SH)
