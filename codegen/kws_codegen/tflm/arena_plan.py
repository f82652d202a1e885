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
_KEEPER = "VAR_HANDLE"  # has its output in the tail
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
        if op.name == _KEEPER:
            continue
        for index in op.outputs:
            first.setdefault(index, number)
        for index in (*_inputs(op), *op.outputs):
            last[index] = number
    last |= {output.index: len(model.operators) for output in model.outputs}
    for index, start in sorted(first.items()):
        tensor = model.tensors[index]
        if _is_planned(tensor):
            yield Buffer(_aligned(_bytes(tensor)), start, last[index])


def _is_planned(tensor: Tensor) -> bool:
    return tensor.data is None and not tensor.is_variable


def start_bytes(model: TfliteModel, work_buffers: Sequence[int]) -> int:
    """Bytes that planning itself takes on a 32-bit core, where the head lies later.

    Source: AllocationInfo (micro_allocation_info.h) of each tensor and work buffer; the planner's
    lists (greedy_memory_planner.h) of each that it places; ScratchBufferRequest
    (micro_allocator.h), with room for those of one more operator. What the tail gets afterwards,
    tensors of inputs and outputs, has room yet.
    """
    scratch = sum(1 for size in work_buffers if size)
    tensors, placed = len(model.tensors), sum(1 for _ in _tensors(model))
    for graph in model.further:
        kept = {index for op in graph.operators if op.name == _KEEPER for index in op.outputs}
        tensors += len(graph.tensors)
        placed += sum(1 for x in graph.tensors if _is_planned(x) and x.index not in kept)
    needed = 24 * (tensors + scratch) + 40 * (placed + scratch) + 12 * (scratch + 12)
    return needed - 48 * (1 + len(model.outputs))


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
