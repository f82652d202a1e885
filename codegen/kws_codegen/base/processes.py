# SPDX-License-Identifier: Apache-2.0
"""Worker processes that end with the process that wants their results, however it ends."""

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


@contextmanager
def worker_pool(
    processes: int, prepare: Callable[..., object] | None = None, arguments: tuple[Any, ...] = ()
) -> Iterator[ProcessPoolExecutor]:
    """Fresh processes; `prepare(*arguments)` is called first in each.

    They are started anew ("spawn"): a forked child of a process that has TensorFlow's threads may
    hang. On an exception (Ctrl-C) they are killed at once; the kernel does so when this process is
    killed.
    """
    context = multiprocessing.get_context("spawn")
    settings = (os.getpid(), prepare, arguments)
    pool = ProcessPoolExecutor(processes, context, _start, settings)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in multiprocessing.active_children():
            child.kill()
        raise
    pool.shutdown()


def _start(parent: int, prepare: Callable[..., object] | None, arguments: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent decides
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before that
        os._exit(1)
    if prepare is not None:
        prepare(*arguments)
