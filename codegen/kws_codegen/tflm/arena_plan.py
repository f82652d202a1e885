# SPDX-License-Identifier: Apache-2.0
"""The head of an arena as TensorFlow Lite Micro plans it: tensors and work buffers over time.

Source: tensorflow/lite/micro/micro_allocation_info.cc (who lives when) and
memory_planner/greedy_memory_planner.cc (the largest first, each in the first gap that it fits).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from kws_codegen.tflite.reader import Operator, Tensor, TfliteModel

_ALIGNMENT = 16
_ELEMENT_BYTES = {"INT8": 1, "UINT8": 1, "BOOL": 1, "INT16": 2, "INT64": 8, "RESOURCE": 4}


@dataclass(frozen=True)
class Buffer:
    """Bytes, and the first and last operator that need them."""

    size: int
    first: int
    last: int

    def meets(self, other: "Buffer") -> bool:
        return self.first <= other.last and other.first <= self.last


def head_bytes(model: TfliteModel, work_buffers: Sequence[int]) -> int:
    """Bytes of the head; `work_buffers` are those of each operator, 0 for none."""
    scratch = (Buffer(_aligned(size), i + 1, i + 1) for i, size in enumerate(work_buffers) if size)
    return _planned([*_tensors(model), *scratch])


def _tensors(model: TfliteModel) -> Iterator[Buffer]:
    first: dict[int, int] = {model.input.index: 0}
    last: dict[int, int] = {model.input.index: 0}
    for number, op in enumerate(model.operators, 1):
        for index in op.outputs:
            first.setdefault(index, number)
        for index in (*_inputs(op), *op.outputs):
            last[index] = number
    last |= {output.index: len(model.operators) for output in model.outputs}
    for index, start in sorted(first.items()):
        tensor = model.tensors[index]
        if tensor.data is None and not tensor.is_variable:
            yield Buffer(_aligned(_bytes(tensor)), start, last[index])


def _inputs(op: Operator) -> Iterator[int]:
    return (index for index in op.inputs if index >= 0)


def _bytes(tensor: Tensor) -> int:
    return _ELEMENT_BYTES.get(tensor.dtype, 4) * int(np.prod(tensor.shape, dtype=np.int64))


def _planned(buffers: list[Buffer]) -> int:
    placed: list[tuple[int, Buffer]] = []
    last_first = buffers[::-1]  # of equals the last comes first
    last_first.sort(key=_falling_size)
    for buffer in last_first:
        offset = 0
        for start, other in sorted(placed, key=lambda item: item[0]):
            if not other.meets(buffer):
                continue
            if start - offset >= buffer.size:
                break
            offset = max(offset, start + other.size)
        placed.append((offset, buffer))
    return max((offset + buffer.size for offset, buffer in placed), default=0)


def _falling_size(buffer: Buffer) -> int:
    return -buffer.size


def _aligned(count: int) -> int:
    return -(-count // _ALIGNMENT) * _ALIGNMENT
