# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C that nothing swallows.

Python raises KeyboardInterrupt wherever the main thread is: in a destructor, in a callback of the
garbage collection, in Python called by a library's C code. There it may be dropped. So it is raised
again, until it ends the program or someone calls `dealt_with()`.
"""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

_AGAIN_S = 1.0


@contextmanager
def lasting_interrupts() -> Iterator[None]:
    """Raise an interrupt again, as long as the block lasts, while nothing deals with it.

    Nothing changes where Ctrl-C is ignored (nohup) or handled by a caller, nor where there are no
    alarms (Windows).
    """
    ours = threading.current_thread() is threading.main_thread() and hasattr(signal, "SIGALRM")
    if not ours or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    alarm = signal.signal(signal.SIGALRM, _again)
    dropped, sys.unraisablehook = sys.unraisablehook, _unraisable
    signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
    finally:
        dealt_with()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGALRM, alarm)
        sys.unraisablehook = dropped


def dealt_with() -> None:
    """The interrupt was caught, and is not to be raised again."""
    signal.setitimer(signal.ITIMER_REAL, 0)


def _interrupt(_: int, __: FrameType | None) -> NoReturn:
    signal.setitimer(signal.ITIMER_REAL, _AGAIN_S)
    raise KeyboardInterrupt


def _again(_: int, __: FrameType | None) -> None:
    signal.setitimer(signal.ITIMER_REAL, _AGAIN_S)
    if not _ends(sys.exc_info()[1]):
        raise KeyboardInterrupt


def _ends(error: BaseException | None) -> bool:
    """Whether what runs here cleans up after an interrupt."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__context__
    return False


def _unraisable(dropped: "sys.UnraisableHookArgs") -> None:
    """An interrupt that Python drops comes again and needs no words."""
    if not isinstance(dropped.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(dropped)
