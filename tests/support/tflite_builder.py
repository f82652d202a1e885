# SPDX-License-Identifier: Apache-2.0
"""Builds small .tflite files for tests, operator by operator, without TensorFlow."""

from collections.abc import Sequence
from typing import Any

import flatbuffers
import numpy as np
import numpy.typing as npt
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

Scales = float | Sequence[float]


class TfliteBuilder:
    """One subgraph: add tensors and operators, then build().

    Tensors are named by the index that tensor() and constant() return. subgraph() adds another.
    """

    def __init__(self) -> None:
        self._buffers = [_buffer(None)]
        self._tensors: list[Any] = []
        self._operators: list[Any] = []
        self._codes: list[int] = []
        self._further: list[TfliteBuilder] = []

    def subgraph(self) -> "TfliteBuilder":
        """A further subgraph of the file, without inputs and outputs."""
        further = TfliteBuilder()
        further._buffers, further._codes = self._buffers, self._codes
        self._further.append(further)
        return further

    def tensor(
        self,
        shape: Sequence[int],
        scale: Scales = 1.0,
        zero_point: int = 0,
        *,
        dtype: str = "INT8",
        axis: int = 0,
        data: npt.NDArray[Any] | None = None,
        signature: Sequence[int] | None = None,
        variable: bool = False,
    ) -> int:
        tensor = schema.TensorT()
        tensor.shape = list(shape)
        tensor.shapeSignature = None if signature is None else list(signature)
        tensor.type = getattr(schema.TensorType, dtype)
        tensor.name = f"t{len(self._tensors)}".encode()
        tensor.isVariable = variable
        tensor.buffer = 0
        if data is not None:
            tensor.buffer = len(self._buffers)
            self._buffers.append(_buffer(data))
        if dtype in ("INT8", "INT16", "UINT8") or not isinstance(scale, float):
            scales = [scale] if isinstance(scale, float) else list(scale)
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale = scales
            tensor.quantization.zeroPoint = [zero_point] * len(scales)
            tensor.quantization.quantizedDimension = axis
        self._tensors.append(tensor)
        return len(self._tensors) - 1

    def constant(
        self, data: npt.NDArray[Any], scale: Scales = 1.0, zero_point: int = 0, axis: int = 0
    ) -> int:
        dtype = {"int8": "INT8", "int16": "INT16", "int32": "INT32"}[data.dtype.name]
        return self.tensor(data.shape, scale, zero_point, dtype=dtype, axis=axis, data=data)

    def tensor_at(self, index: int) -> Any:
        """A tensor (TensorT of the schema), to change."""
        return self._tensors[index]

    def operator(
        self, name: str, inputs: Sequence[int], outputs: Sequence[int], **options: Any
    ) -> None:
        """`options` are fields of the operator's table in schema.fbs."""
        code = getattr(schema.BuiltinOperator, name)
        if code not in self._codes:
            self._codes.append(code)
        operator = schema.OperatorT()
        operator.opcodeIndex = self._codes.index(code)
        operator.inputs = list(inputs)
        operator.outputs = list(outputs)
        table = _OPTIONS.get(name)
        if table is not None:
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, table)
            operator.builtinOptions = getattr(schema, table + "T")()
            for key, value in options.items():
                setattr(operator.builtinOptions, key, value)
        self._operators.append(operator)

    def build(self, inputs: Sequence[int], outputs: Sequence[int]) -> bytes:
        graphs = [self._graph(inputs, outputs), *(f._graph([], []) for f in self._further)]
        model = schema.ModelT()
        model.version = 3
        model.subgraphs, model.buffers = graphs, self._buffers
        model.operatorCodes = [_code(code) for code in self._codes]
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    def _graph(self, inputs: Sequence[int], outputs: Sequence[int]) -> Any:
        graph = schema.SubGraphT()
        graph.tensors, graph.operators = self._tensors, self._operators
        graph.inputs, graph.outputs = list(inputs), list(outputs)
        return graph


_OPTIONS = {
    "BATCH_MATMUL": "BatchMatMulOptions",
    "CONV_2D": "Conv2DOptions",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
    "FULLY_CONNECTED": "FullyConnectedOptions",
    "AVERAGE_POOL_2D": "Pool2DOptions",
    "MAX_POOL_2D": "Pool2DOptions",
    "MEAN": "ReducerOptions",
    "ADD": "AddOptions",
    "SUB": "SubOptions",
    "SUM": "ReducerOptions",
    "MUL": "MulOptions",
    "MAXIMUM": "MaximumMinimumOptions",
    "MINIMUM": "MaximumMinimumOptions",
    "LEAKY_RELU": "LeakyReluOptions",
    "CONCATENATION": "ConcatenationOptions",
    "PACK": "PackOptions",
    "UNPACK": "UnpackOptions",
    "SPLIT": "SplitOptions",
    "SPLIT_V": "SplitVOptions",
    "STRIDED_SLICE": "StridedSliceOptions",
    "GATHER": "GatherOptions",
    "REDUCE_PROD": "ReducerOptions",
    "SQUEEZE": "SqueezeOptions",
    "TRANSPOSE": "TransposeOptions",
    "REDUCE_MAX": "ReducerOptions",
    "SOFTMAX": "SoftmaxOptions",
    "RESHAPE": "ReshapeOptions",
    "CALL_ONCE": "CallOnceOptions",
    "VAR_HANDLE": "VarHandleOptions",
    "READ_VARIABLE": "ReadVariableOptions",
    "ASSIGN_VARIABLE": "AssignVariableOptions",
    "RESIZE_NEAREST_NEIGHBOR": "ResizeNearestNeighborOptions",
    "SPACE_TO_DEPTH": "SpaceToDepthOptions",
    "SVDF": "SVDFOptions",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "UnidirectionalSequenceLSTMOptions",
}


def _code(code: int) -> Any:
    result = schema.OperatorCodeT()
    result.builtinCode = code
    result.deprecatedBuiltinCode = min(code, 127)
    result.version = 1
    return result


def _buffer(data: npt.NDArray[Any] | None) -> Any:
    buffer = schema.BufferT()
    if data is not None:
        buffer.data = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
    return buffer
