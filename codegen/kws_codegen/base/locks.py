# SPDX-License-Identifier: Apache-2.0
"""Locks on files and folders between processes.

They are the kernel's (flock): they end with the process that holds them, however it ends. Windows
has none, as some file systems have none.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:
    fcntl = None  # type: ignore[assignment]


def flock(opened: int, shared: bool = False, wait: bool = False) -> None:
    """Lock an open file or folder. BlockingIOError: another has it; OSError: no locks here."""
    if fcntl is None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    fcntl.flock(opened, kind if wait else kind | fcntl.LOCK_NB)


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
            flock(opened, wait=wait)
            alone = True
        yield alone


def in_use(opened: int) -> None:
    """Say that this process uses an open file or folder, until it closes it; others may too."""
    with suppress(OSError):  # a file system without locks
        flock(opened, shared=True, wait=True)
