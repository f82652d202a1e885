# SPDX-License-Identifier: Apache-2.0
"""Child processes that never outlive their parent."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO

_STOP_TIMEOUT_S = 3.0


@contextmanager
def child_process(
    command: Sequence[str], pass_fds: Sequence[int] = (), stderr: IO[str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Run a program as long as the block lasts; its standard output is a pipe.

    `pass_fds` are the open files that it keeps, `stderr` is where its messages go instead of
    this program's own.

    It is stopped at the end of the block, on an exception and on Ctrl-C, which a terminal sends to
    this process, not to it; where Linux's `setpriv` exists the kernel stops it even when this
    process is killed.
    """
    setpriv = shutil.which("setpriv")
    guard = [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []
    process = subprocess.Popen(
        [*guard, *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        pass_fds=pass_fds,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
