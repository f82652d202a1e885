# SPDX-License-Identifier: Apache-2.0
"""A program of its own: prints the smallest arena that tflite_micro accepts for a model.

    python -m kws_codegen.tflm.arena_probe < model.tflite

Far too small an arena makes TensorFlow Lite Micro write past its end instead of refusing, so
each size is tried in a forked child; and forking is only safe in a program that has started
no threads. Exit status 1 when no arena is large enough; the interpreter's own words are then
on standard error.
"""

import os
import sys
from collections.abc import Callable

from kws_codegen.tflm.arena_size import STEP_BYTES


def smallest_accepted(accepts: Callable[[int], bool], upper: int) -> int:
    """Smallest multiple of STEP_BYTES that `accepts` takes; by bisection.

    `accepts` is false below some size and true from there on, and true for `upper`.
    """
    refused, taken = 0, -(-upper // STEP_BYTES)
    while taken - refused > 1:
        middle = (refused + taken) // 2
        if accepts(middle * STEP_BYTES):
            taken = middle
        else:
            refused = middle
    return taken * STEP_BYTES


def _accepts(model: bytes, arena_bytes: int, quiet: bool = True) -> bool:
    """Whether an interpreter can be made; every way to fail, crashes included, is a no."""
    from tflite_micro import runtime

    child = os.fork()
    if child == 0:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        if quiet:
            os.dup2(nowhere, 2)
        status = 1
        try:
            runtime.Interpreter.from_bytes(model, arena_size=arena_bytes)
            status = 0
        except Exception as error:
            print(error, file=sys.stderr, flush=True)
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1] == 0


def main() -> int:
    model = sys.stdin.buffer.read()
    upper = 10 * len(model) + (1 << 20)  # tflite-micro's rule of thumb and 1 MiB
    if not _accepts(model, upper, quiet=False):
        return 1
    print(smallest_accepted(lambda size: _accepts(model, size), upper))
    return 0


if __name__ == "__main__":
    sys.exit(main())
