# SPDX-License-Identifier: Apache-2.0
"""Several things at once that wait for devices most of the time."""

import threading
import time
from collections.abc import Callable, Sequence

STOP_S = 3.0  # for what is at work when the program is interrupted


def side_by_side(tasks: Sequence[Callable[[], None]], stop: Callable[[], None]) -> None:
    """Run tasks, several of them in a thread each, until all have ended.

    An exception of a task, or Ctrl-C, calls `stop`, on which the others are to end soon, and is
    raised here.
    """
    if len(tasks) == 1:
        tasks[0]()
        return
    raised: list[BaseException] = []

    def run(task: Callable[[], None]) -> None:
        try:
            task()
        except BaseException as error:
            raised.append(error)
            stop()

    threads = [threading.Thread(target=run, args=(task,), daemon=True) for task in tasks]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except BaseException:
        stop()
        deadline_s = time.monotonic() + STOP_S
        for thread in threads:
            thread.join(max(0.0, deadline_s - time.monotonic()))
        raise
    if raised:
        raise raised[0]
