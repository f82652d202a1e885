# SPDX-License-Identifier: Apache-2.0
"""How far an operator's output may lie over its input, from the order of its kernel's accesses."""

import numpy as np

from kws_codegen.operators.op import Op
from kws_codegen.operators.tensors import IntArray
from kws_codegen.plan.placement import ALIGNMENT


def last_reads(op: Op) -> tuple[IntArray, ...]:
    """For each input: the step (counted from 0) that last reads each byte, -1 if none does."""
    result = tuple(np.full(tensor.size, -1, np.int64) for tensor in op.inputs)
    for number, step in enumerate(op.steps()):
        for last, reads in zip(result, step.reads, strict=True):
            last[reads] = number
    return result


def write_steps(op: Op) -> IntArray:
    """The step that writes each byte of the output."""
    result = np.zeros(op.output.size, np.int64)
    for number, step in enumerate(op.steps()):
        result[step.writes] = number
    return result


def safe_distances(last: IntArray, written: IntArray) -> set[int]:
    """Offsets of the input relative to the output at which they overlap without harm.

    Input byte i lies at output byte i + distance, so the step that writes there must not come
    before the last that reads i. Multiples of ALIGNMENT.
    """
    ahead = range(0, -(-len(written) // ALIGNMENT) * ALIGNMENT + 1, ALIGNMENT)
    if np.all(np.diff(written) >= 0):
        # Written in order: byte i is safe from a least distance on, so all are from the most
        # of these, taken over the bytes that the output reaches.
        least = np.maximum.accumulate(np.searchsorted(written, last) - np.arange(len(last)))
        reached = np.minimum(len(last), len(written) - np.array(ahead))
        harmless = (reached <= 0) | (ahead >= least[np.maximum(reached, 1) - 1])
        safe = {distance for distance, fine in zip(ahead, harmless, strict=True) if fine}
    else:
        safe = {distance for distance in ahead if is_safe(last, written, distance)}
    for distance in range(-ALIGNMENT, -len(last), -ALIGNMENT):
        if not is_safe(last, written, distance):
            break  # further back only more harm is done
        safe.add(distance)
    return safe


def is_safe(last: IntArray, written: IntArray, distance: int) -> bool:
    """Whether input byte i may lie at output byte i + distance; see safe_distances()."""
    start = max(0, -distance)
    stop = max(start, min(len(last), len(written) - distance))
    for end in (min(start + 256, stop), stop):  # most harm shows soon
        if np.any(written[start + distance : end + distance] < last[start:end]):
            return False
    return True
