# SPDX-License-Identifier: Apache-2.0
"""One command at a time for what a run folder holds; a second one is told who is at work.

Builds and evaluations of different targets go on side by side; every other step has the run for
itself. The locks are the kernel's: they end with the process, however it ends.
"""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

from kws_codegen.base.errors import KwsError
from kws_codegen.base.locks import flock

FOLDER = ".locks"  # in the run folder
_RUN = "run"

_mine: dict[Path, tuple[int, int]] = {}
"""The locks of this process, open file and users: it never stands in its own way."""
_guard = threading.Lock()


@contextmanager
def run_lock(root: Path, step: str = "") -> Iterator[None]:
    """Hold what `step` needs: "build T" and "evaluate T" target T, any other the whole run.

    KwsError that names the other process when it is in use.
    """
    kind, *target = step.split(" ")
    folder = root.resolve() / FOLDER
    with ExitStack() as stack:
        if kind in ("build", "evaluate"):
            stack.enter_context(_held(folder / _RUN, shared=True))
            stack.enter_context(_held(folder / target[0]))
        else:
            stack.enter_context(_held(folder / _RUN))
        yield


@contextmanager
def _held(path: Path, shared: bool = False) -> Iterator[None]:
    with _guard:
        opened, users = _mine[path] if path in _mine else (_open(path, shared), 0)
        _mine[path] = (opened, users + 1)
    try:
        yield
    finally:
        with _guard:
            opened, users = _mine.pop(path)
            if users > 1:
                _mine[path] = (opened, users - 1)
            else:
                os.close(opened)


def _open(path: Path, shared: bool) -> int:
    """An open file with its lock, and who we are in it."""
    run = path.parent.parent
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        opened = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise KwsError(f"cannot write to {run}: {error.strerror}", "Is it yours?") from None
    try:
        flock(opened, shared)
    except BlockingIOError:
        os.close(opened)
        raise KwsError(
            f"{run} is in use: {', '.join(_holders(path.parent))}",
            "Wait until it is done, or end it.",
        ) from None
    except OSError:  # a file system without locks
        return opened
    if not shared:
        os.truncate(opened, 0)
        command = " ".join(["kws", *sys.argv[1:]])
        text = f"{command} (process {os.getpid()}, since {datetime.now():%H:%M:%S})"
        os.write(opened, text.encode("utf-8", "surrogateescape"))
    return opened


def _holders(folder: Path) -> list[str]:
    """What the holders of the locks wrote of themselves."""
    found = []
    for path in sorted(folder.iterdir()):
        with path.open("rb") as stream:
            try:
                flock(stream.fileno(), shared=True)
            except BlockingIOError:
                found.append(stream.read().decode("utf-8", "replace"))
    return found or ["by another process"]
