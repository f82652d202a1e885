# SPDX-License-Identifier: Apache-2.0
"""Functions of one int8 value as tables of 256 results, read off TensorFlow Lite Micro's kernels.

A model of nothing but these operators is run by TensorFlow Lite Micro over all 256 values: so
the table is exact, however an operator computes (fixed point, a table of its own, or float
between DEQUANTIZE and QUANTIZE), and follows the installed version.
"""

from collections.abc import Sequence
from typing import Any

import flatbuffers  # type: ignore[import-untyped]
import numpy as np

from kws_codegen.operators.tensors import Int8Array
from kws_codegen.tflite.reader import Operator, Tensor

_VALUES = np.arange(-128, 128).astype(np.int8)


def lookup_table(tensors: Sequence[Tensor], chain: Sequence[Operator]) -> Int8Array:
    """int8 [256]: results for -128 to 127 of operators that each work on the output of the last.

    Further inputs must be constants of one element. Raises RuntimeError when TensorFlow Lite
    Micro has no kernel for one of them.
    """
    from tflite_micro import runtime

    model = one_operator_model(tensors, chain, len(_VALUES))
    interpreter = runtime.Interpreter.from_bytes(model, arena_size=1 << 16)
    interpreter.set_input(_VALUES.reshape(1, 256), 0)
    interpreter.invoke()
    table: Int8Array = interpreter.get_output(0).reshape(-1).astype(np.int8)
    return table


def one_operator_model(tensors: Sequence[Tensor], chain: Sequence[Operator], count: int) -> bytes:
    """A .tflite file of nothing but these operators, on `count` values."""
    from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

    buffers = [schema.BufferT()]
    numbers: dict[int, int] = {}  # of a tensor of the file in this model
    made: list[Any] = []

    def number(index: int) -> int:
        if index not in numbers:
            numbers[index] = len(made)
            made.append(_tensor(schema, tensors[index], buffers, count))
        return numbers[index]

    operators, codes = [], []
    for position, op in enumerate(chain):
        operator = schema.OperatorT()
        operator.opcodeIndex = position
        operator.inputs = [number(index) for index in op.inputs]
        operator.outputs = [number(op.outputs[0])]
        if op.options_table:
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, op.options_table)
            operator.builtinOptions = getattr(schema, op.options_table + "T")()
            vars(operator.builtinOptions).update(op.options)
        operators.append(operator)
        code = schema.OperatorCodeT()
        code.builtinCode = getattr(schema.BuiltinOperator, op.name)
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
        codes.append(code)

    graph = schema.SubGraphT()
    graph.tensors, graph.operators = made, operators
    first = next(i for i in chain[0].inputs if tensors[i].data is None)
    graph.inputs, graph.outputs = [numbers[first]], [numbers[chain[-1].outputs[0]]]
    model = schema.ModelT()
    model.version = 3
    model.subgraphs, model.buffers, model.operatorCodes = [graph], buffers, codes
    builder = flatbuffers.Builder(4096)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _tensor(schema: Any, tensor: Tensor, buffers: list[Any], count: int) -> Any:
    result = schema.TensorT()
    result.name = f"t{tensor.index}".encode()
    result.type = getattr(schema.TensorType, tensor.dtype)
    result.shape = [1, count] if tensor.data is None else [1]
    result.buffer = 0
    if tensor.data is not None:
        result.buffer = len(buffers)
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(tensor.data.tobytes(), np.uint8)
        buffers.append(buffer)
    if tensor.scales:
        result.quantization = schema.QuantizationParametersT()
        result.quantization.scale = list(tensor.scales)
        result.quantization.zeroPoint = list(tensor.zero_points)
    return result
