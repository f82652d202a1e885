# SPDX-License-Identifier: Apache-2.0
"""A program of its own: prints the smallest arena that tflite_micro accepts for a model, and how
much of what it then uses is head, tail, and persistent buffers in the tail.

    python -m kws_codegen.tflm.arena_probe < model.tflite

Far too small an arena makes TensorFlow Lite Micro write past its end instead of refusing, so
each size is tried in a forked child; and forking is only safe in a program that has started
no threads. Exit status 1 when no arena is large enough; the interpreter's own words are then
on standard error.
"""

import ctypes
import os
import re
import sys
import tempfile
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
    smallest = smallest_accepted(lambda size: _accepts(model, size), upper)
    print(smallest, *(_parts(model, upper)))
    return 0


def _parts(model: bytes, arena_bytes: int) -> list[int]:
    """What the interpreter prints of its allocations, to C's standard output or error."""
    from tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(model, arena_size=arena_bytes)
    with tempfile.TemporaryFile() as words:
        kept = [os.dup(1), os.dup(2)]
        os.dup2(words.fileno(), 1)
        os.dup2(words.fileno(), 2)
        interpreter.print_allocations()
        ctypes.CDLL(None).fflush(None)
        os.dup2(kept[0], 1)
        os.dup2(kept[1], 2)
        words.seek(0)
        text = words.read().decode()
    return [int(re.findall(rf"{what}\D*(\d+) bytes", text)[0]) for what in _PARTS]


_PARTS = ("allocation head", "allocation tail", "'Persistent buffer data' used")


if __name__ == "__main__":
    sys.exit(main())
