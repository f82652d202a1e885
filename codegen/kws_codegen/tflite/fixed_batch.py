# SPDX-License-Identifier: Apache-2.0
"""A .tflite model of unknown batch as one of batch 1: all sizes worked out, none left to compute.

A Keras model converted with a dynamic batch computes sizes at run time (SHAPE, STRIDED_SLICE, PACK
before a RESHAPE), and its file has a 1 wherever a size is unknown, also where batch 1 means
another one: four images behind SPACE_TO_BATCH_ND of a dilated convolution, all rows of a Dense
layer on a sequence. TensorFlow Lite Micro takes sizes from the file and computes nonsense there.

Dilated convolutions, which the converter takes apart when the batch is unknown, are put together
again, as it writes them for a batch of 1. (TensorFlow Lite Micro never sets the value
that its SPACE_TO_BATCH_ND pads with, so that a known batch does not help there.)
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kws_codegen.tflite.dilation import dilation_chain
from kws_codegen.tflite.faults import fail
from kws_codegen.tflite.reader import Operator, TfliteModel, parse_tflite, read_tflite
from kws_codegen.tflite.writer import write_tflite

IntArray = npt.NDArray[np.int64]
Shape = tuple[int, ...]


def with_fixed_batch(model: bytes) -> bytes:
    """The model with batch 1; the same bytes where the file is fit to be run as it is.

    Raises KwsError as read_tflite does.
    """
    content = read_tflite(model)
    chains = _dilation_chains(content)
    if not chains and all(-1 not in tensor.signature for tensor in content.tensors):
        return model
    sizes = _Sizes(content)
    for op in content.operators:
        try:
            sizes.infer(op)
        except (IndexError, KeyError, OverflowError, TypeError, ValueError, ZeroDivisionError):
            fail(content.tensors, op, "has sizes that do not go together", "Convert it again.")
    right = (sizes.shapes[t.index] == t.shape for t in content.tensors if not sizes.is_folded(t))
    if not chains and all(right):
        return model
    return _rewritten(model, content, sizes, chains)


class _Sizes:
    """Shapes of all tensors, and values of those that are computed from shapes alone."""

    def __init__(self, model: TfliteModel) -> None:
        self._model = model
        self.shapes: dict[int, Shape] = {tensor.index: tensor.shape for tensor in model.tensors}
        self.values: dict[int, IntArray] = {
            tensor.index: tensor.data.astype(np.int64)
            for tensor in model.tensors
            if tensor.data is not None and tensor.dtype in ("INT32", "INT64")
        }

    def is_folded(self, tensor: Any) -> bool:
        """Whether the tensor is no constant of the file, but its value is known."""
        return tensor.index in self.values and tensor.data is None

    def infer(self, op: Operator) -> None:
        """Sets the shapes of the operator's outputs, or their values."""
        value = self._value(op)
        if value is not None:
            self.values[op.outputs[0]] = value
            self.shapes[op.outputs[0]] = value.shape
            return
        rule = _RULES.get(op.name)
        for output in op.outputs:
            shape = rule(self, op) if rule else None
            self.shapes[output] = self._default(op, output) if shape is None else shape

    def source(self, op: Operator) -> Shape:
        return self.shapes[op.inputs[1 if op.name == "SPLIT" else 0]] if op.inputs else ()

    def input_value(self, op: Operator, position: int) -> IntArray | None:
        there = position < len(op.inputs)
        return self.values.get(op.inputs[position]) if there else None

    def _default(self, op: Operator, output: int) -> Shape:
        """The file's shape, with unknown sizes from the first input."""
        tensor, source = self._model.tensors[output], self.source(op)
        same_rank = len(source) == len(tensor.shape)
        return tuple(
            source[i] if s == -1 and source and (same_rank or i == 0) else size
            for i, (size, s) in enumerate(zip(tensor.shape, tensor.signature, strict=True))
        )

    def _value(self, op: Operator) -> IntArray | None:
        """The output, where the operator computes with sizes only."""
        if op.name == "SHAPE":
            return np.array(self.source(op), np.int64)
        function = _ON_SIZES.get(op.name)
        known = [self.values.get(index) for index in op.inputs]
        if function is None or not known or any(value is None for value in known):
            return None
        return np.asarray(function(op, *known), np.int64)


def _slice_index(op: Operator, limits: Sequence[IntArray]) -> tuple[slice | int, ...]:
    """The index that a STRIDED_SLICE with these begins, ends and strides stands for."""
    masks = [op.options.get(f"{name}Mask", 0) for name in ("begin", "end", "shrinkAxis")]
    index: list[slice | int] = []
    for axis, (begin, end, stride) in enumerate(zip(*limits, strict=True)):
        first, last, shrink = (mask >> axis & 1 for mask in masks)
        whole = slice(None if first else int(begin), None if last else int(end), int(stride))
        index.append(int(begin) if shrink else whole)
    return tuple(index)


# Operators on sizes: what the converter puts together to compute the shape of a RESHAPE.
_ON_SIZES: dict[str, Callable[..., Any]] = {
    "ADD": lambda _, a, b: a + b,
    "CAST": lambda _, a: a,
    "CONCATENATION": lambda op, *parts: np.concatenate(parts, op.options["axis"]),
    "EXPAND_DIMS": lambda _, a, axis: np.expand_dims(a, int(axis.reshape(-1)[0])),
    "FLOOR_DIV": lambda _, a, b: a // b,
    "GATHER": lambda op, a, indices: np.take(a, indices, op.options.get("axis", 0)),
    "MUL": lambda _, a, b: a * b,
    "PACK": lambda op, *parts: np.stack(parts, op.options.get("axis", 0)),
    "REDUCE_PROD": lambda op, a, axes: a.prod(
        tuple(axes.reshape(-1)), keepdims=bool(op.options.get("keepDims"))
    ),
    "RESHAPE": lambda _, a, shape: a.reshape(shape),
    "SQUEEZE": lambda _, a: a.squeeze(),
    "STRIDED_SLICE": lambda op, a, *limits: a[_slice_index(op, limits)],
    "SUB": lambda _, a, b: a - b,
}


def _reshape(sizes: _Sizes, op: Operator) -> Shape | None:
    value = sizes.input_value(op, 1)
    if value is None:
        value = op.options.get("newShape")
    if value is None:
        return None
    shape = [int(size) for size in value]
    if -1 in shape:
        known = int(np.prod([size for size in shape if size != -1]))
        shape[shape.index(-1)] = int(np.prod(sizes.source(op))) // max(known, 1)
    return tuple(shape)


def _fully_connected(sizes: _Sizes, op: Operator) -> Shape:
    source, (outputs, depth) = sizes.source(op), sizes.shapes[op.inputs[1]]
    if op.options.get("keepNumDims"):
        return (*source[:-1], outputs)
    return int(np.prod(source)) // depth, outputs


def _space_to_batch(sizes: _Sizes, op: Operator) -> Shape | None:
    source, block, paddings = sizes.source(op), sizes.input_value(op, 1), sizes.input_value(op, 2)
    if block is None or paddings is None:
        return None
    axes = zip(source[1 : 1 + len(block)], block, paddings, strict=True)
    inner = [(size + int(added.sum())) // int(b) for size, b, added in axes]
    return (source[0] * int(block.prod()), *inner, *source[1 + len(block) :])


def _batch_to_space(sizes: _Sizes, op: Operator) -> Shape | None:
    source, block, crops = sizes.source(op), sizes.input_value(op, 1), sizes.input_value(op, 2)
    if block is None or crops is None:
        return None
    axes = zip(source[1 : 1 + len(block)], block, crops, strict=True)
    inner = [size * int(b) - int(cut.sum()) for size, b, cut in axes]
    return (source[0] // int(block.prod()), *inner, *source[1 + len(block) :])


def _strided_slice(sizes: _Sizes, op: Operator) -> Shape | None:
    limits = [sizes.input_value(op, position) for position in (1, 2, 3)]
    known = [limit for limit in limits if limit is not None]
    if len(known) < len(limits):
        return None
    return np.empty(sizes.source(op), np.int8)[_slice_index(op, known)].shape


def _fill(sizes: _Sizes, op: Operator) -> Shape | None:
    value = sizes.input_value(op, 0)
    return None if value is None else tuple(int(size) for size in value)


def _transpose(sizes: _Sizes, op: Operator) -> Shape | None:
    order = sizes.input_value(op, 1)
    return None if order is None else tuple(sizes.source(op)[int(axis)] for axis in order)


def _unpack(sizes: _Sizes, op: Operator) -> Shape:
    source = list(sizes.source(op))
    del source[op.options.get("axis", 0)]
    return tuple(source)


def _broadcast(sizes: _Sizes, op: Operator) -> Shape:
    return np.broadcast_shapes(*(sizes.shapes[index] for index in op.inputs))


_RULES: dict[str, Callable[[_Sizes, Operator], Shape | None]] = {
    "BATCH_TO_SPACE_ND": _batch_to_space,
    "FILL": _fill,
    "FULLY_CONNECTED": _fully_connected,
    "RESHAPE": _reshape,
    "SPACE_TO_BATCH_ND": _space_to_batch,
    "STRIDED_SLICE": _strided_slice,
    "TRANSPOSE": _transpose,
    "UNPACK": _unpack,
    **dict.fromkeys(("ADD", "MAXIMUM", "MINIMUM", "MUL", "SQUARED_DIFFERENCE", "SUB"), _broadcast),
}


def _rewritten(
    model: bytes, content: TfliteModel, sizes: _Sizes, chains: list[list[Operator]]
) -> bytes:
    file, schema = parse_tflite(model)
    graph = file.subgraphs[0]
    for read in content.tensors:
        tensor = graph.tensors[read.index]
        tensor.shape, tensor.shapeSignature = list(sizes.shapes[read.index]), None
        if sizes.is_folded(read):
            buffer = schema.BufferT()
            dtype = np.int64 if read.dtype == "INT64" else np.int32
            data = np.ascontiguousarray(sizes.values[read.index], dtype)
            buffer.data = np.frombuffer(data.tobytes(), np.uint8)
            tensor.buffer = len(file.buffers)
            file.buffers.append(buffer)
    folded = {op.index for op in content.operators if _all_folded(content, sizes, op)}
    for chain in chains:
        folded.update(_join(graph, sizes, chain))
    graph.operators = [op for i, op in enumerate(graph.operators) if i not in folded]
    return write_tflite(file)


def _all_folded(content: TfliteModel, sizes: _Sizes, op: Operator) -> bool:
    return all(sizes.is_folded(content.tensors[index]) for index in op.outputs)


def _dilation_chains(content: TfliteModel) -> list[list[Operator]]:
    chains = (dilation_chain(content.operators, op) for op in content.operators)
    return [chain for chain in chains if chain]


def _join(graph: Any, sizes: _Sizes, chain: Sequence[Operator]) -> set[int]:
    """Makes the convolution of a dilation_chain() a dilated one, where its padding is that of
    SAME or VALID. Returns the operators that are left out for it."""
    first, last = chain[0], chain[-1]
    convolution = next(op for op in chain if op.name.endswith("CONV_2D"))
    source, output = sizes.shapes[first.inputs[0]], sizes.shapes[last.outputs[0]]
    block = [int(size) for size in sizes.values[first.inputs[1]]]
    before, cut = (
        [int(size) for size in sizes.values[op.inputs[2]].reshape(-1, 2)[:, 0]]
        for op in (first, last)
    )
    kernel = sizes.shapes[convolution.inputs[1]][3 - len(block) : 3]
    reach = [(k - 1) * b for k, b in zip(kernel, block, strict=True)]
    padding = [b - c for b, c in zip(before, cut, strict=True)]
    ends = source[1 : 1 + len(block)], output[1 : 1 + len(block)]
    same = ends[0] == ends[1] and padding == [r // 2 for r in reach]
    valid = padding == [0] * len(block) and all(
        o == i - r for i, o, r in zip(*ends, reach, strict=True)
    )
    if not same and not valid:
        return set()
    options = graph.operators[convolution.index].builtinOptions
    options.padding = 0 if same else 1
    options.dilationWFactor = block[-1]
    options.dilationHFactor = block[-2] if len(block) > 1 else 1
    # In one dimension the operators that change the rank stay, with the right sizes.
    rank = [1] * (2 - len(block))
    links = [op for op in chain if op not in (first, last)]
    graph.operators[links[0].index].inputs = [first.inputs[0], *links[0].inputs[1:]]
    graph.operators[links[-1].index].outputs = [last.outputs[0]]
    for op, shape in ((links[0], source), (convolution, output)):
        if op is not links[-1]:
            graph.tensors[op.outputs[0]].shape = [shape[0], *rank, *shape[1:]]
    if links[-1].name == "RESHAPE":
        graph.operators[links[-1].index].inputs = [links[-1].inputs[0]]
    return {first.index, last.index}
