# SPDX-License-Identifier: Apache-2.0
"""Reads a .tflite file: flatbuffer bytes to plain tensors and operators.

Nothing is interpreted here beyond the file format; operators/ gives the operators meaning.
The schema is the one that the tflite-micro package brings (schema.fbs, TFL3).
"""

import math
import struct
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from kws_codegen.base.errors import KwsError

# What reading offsets that lead nowhere, or sizes that are none, ends in.
_DAMAGE = (
    struct.error, IndexError, KeyError, ValueError, TypeError, AttributeError, OverflowError,
    MemoryError,
)  # fmt: skip
_DTYPES = {
    "FLOAT32": np.float32, "INT16": np.int16, "INT32": np.int32, "INT64": np.int64, "INT8": np.int8,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Tensor:
    """One tensor of the file.

    Attributes:
        shape: dimensions; a dynamic one (-1) reads as 1.
        signature: the same with -1 for those that the file does not know.
        dtype: name in schema.fbs, such as "INT8".
        scales, zero_points: one each, one a slice along `axis`, or none (not quantized).
        data: values of a constant, in `shape`; None for activations.
        is_variable: what an operator such as SVDF keeps in it lasts from step to step.
    """

    index: int
    name: str
    shape: tuple[int, ...]
    signature: tuple[int, ...]
    dtype: str
    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    axis: int
    data: npt.NDArray[Any] | None
    is_variable: bool = False

    @property
    def scale(self) -> float:
        return self.scales[0]

    @property
    def zero_point(self) -> int:
        return self.zero_points[0]

    @property
    def size(self) -> int:
        """Number of elements (1 for a scalar)."""
        return int(np.prod(self.shape, dtype=np.int64))


@dataclass(frozen=True, kw_only=True)
class Operator:
    """One operator of the file; `inputs` holds -1 for an optional tensor that is left out.

    `options` are the fields of its table in schema.fbs, `options_table` that table's name ("" if
    there is none).
    """

    index: int
    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: dict[str, Any]
    options_table: str


@dataclass(frozen=True)
class Subgraph:
    """A further subgraph of the file: what CALL_ONCE runs before the first step."""

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]


@dataclass(frozen=True)
class TfliteModel:
    """The main (first) subgraph of a .tflite file, with one input.

    `further` are the other subgraphs, the second of the file first.
    """

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    input: Tensor
    outputs: tuple[Tensor, ...]
    further: tuple[Subgraph, ...] = ()

    @cached_property
    def int8_input(self) -> Tensor:
        """The int8 tensor that the firmware writes: the input, or what QUANTIZE makes of it."""
        if self.input.dtype == "INT8":
            return _quantized(self.input, "input", self.input)
        readers = [op for op in self.operators if self.input.index in op.inputs]
        if [op.name for op in readers] == ["QUANTIZE"]:
            return _quantized(self.tensors[readers[0].outputs[0]], "input", self.input)
        return _quantized(self.input, "input", self.input)

    @property
    def int8_output(self) -> Tensor:
        """The first of int8_outputs."""
        return self.int8_outputs[0]

    @cached_property
    def int8_outputs(self) -> tuple[Tensor, ...]:
        """The int8 tensors that the firmware reads: each output, or what DEQUANTIZE or QUANTIZE
        at the end gets. (SOFTMAX may give int16.)"""
        return tuple(self._int8_behind(output) for output in self.outputs)

    @property
    def output(self) -> Tensor:
        return self.outputs[0]

    def _int8_behind(self, output: Tensor) -> Tensor:
        if output.dtype == "INT8":
            return _quantized(output, "output", output)
        writer = next((op for op in self.operators if output.index in op.outputs), None)
        if writer is not None and writer.name in ("DEQUANTIZE", "QUANTIZE"):
            output, end = self.tensors[writer.inputs[0]], output
            writer = next((op for op in self.operators if output.index in op.outputs), None)
        else:
            end = output
        if output.dtype == "INT16" and writer is not None and writer.name == "SOFTMAX":
            return output
        return _quantized(output, "output", end)


def read_tflite(model: bytes) -> TfliteModel:
    """Parse a .tflite file.

    Raises KwsError when the bytes are not a .tflite model, are damaged, or hold several inputs.
    """
    try:
        return _read_model(*parse_tflite(model))
    except _DAMAGE as error:
        raise _damaged(error) from None


def parse_tflite(model: bytes) -> tuple[Any, Any]:
    """The file as objects of the schema (ModelT), and the schema's module. KwsError as above."""
    from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

    if len(model) < 8 or model[4:8] != b"TFL3":
        raise KwsError(
            "not a .tflite model: "
            + ("it is empty" if not model else "the identifier TFL3 is missing"),
            "Give the file that the TensorFlow Lite converter wrote.",
        )
    try:
        return schema.ModelT.InitFromPackedBuf(model), schema
    except _DAMAGE as error:
        raise _damaged(error) from None


def _damaged(error: Exception) -> KwsError:
    return KwsError(f"the .tflite model is damaged: {error}", "Convert or download it again.")


def _read_model(content: Any, schema: Any) -> TfliteModel:
    graph = content.subgraphs[0]
    if len(graph.inputs) != 1:
        raise KwsError(
            f"the model has {len(graph.inputs)} inputs, and exactly one is supported",
            "Convert a model of one feature map; what it remembers from step to step can be "
            "variables of its own (tf.Variable), as in a stateful streaming model.",
        )
    if not len(graph.outputs):
        raise KwsError("the model has no output", "Convert the model again.")
    main, *further = (_read_subgraph(subgraph, content, schema) for subgraph in content.subgraphs)
    for tensor in main.tensors:
        _check_quantization(tensor, main.operators)
    return TfliteModel(
        main.tensors,
        main.operators,
        main.tensors[int(graph.inputs[0])],
        tuple(main.tensors[int(index)] for index in graph.outputs),
        tuple(further),
    )


def _read_subgraph(graph: Any, content: Any, schema: Any) -> Subgraph:
    type_names = _names(schema.TensorType)
    tensors = tuple(
        _read_tensor(index, tensor, content.buffers, type_names)
        for index, tensor in enumerate(graph.tensors or ())
    )
    code_names = _names(schema.BuiltinOperator)
    table_names = _names(schema.BuiltinOptions)
    operators = tuple(
        Operator(
            index=index,
            name=_operator_name(content.operatorCodes[op.opcodeIndex], code_names),
            inputs=_indices(op.inputs),
            outputs=_indices(op.outputs),
            options=dict(vars(op.builtinOptions)) if op.builtinOptions is not None else {},
            options_table=(
                table_names[op.builtinOptionsType] if op.builtinOptions is not None else ""
            ),
        )
        for index, op in enumerate(graph.operators or ())
    )
    for op in operators:
        if not all(-1 <= i < len(tensors) for i in op.inputs + op.outputs):
            raise ValueError(f"operator {op.index} has tensors that do not exist")
    return Subgraph(tensors, operators)


def _read_tensor(index: int, tensor: Any, buffers: Any, type_names: dict[int, str]) -> Tensor:
    shape = () if tensor.shape is None else tuple(max(1, int(d)) for d in tensor.shape)
    signature = shape
    if tensor.shapeSignature is not None and len(tensor.shapeSignature) == len(shape):
        signature = tuple(int(d) for d in tensor.shapeSignature)
    dtype = type_names[tensor.type]
    quantization = tensor.quantization
    scales = None if quantization is None else quantization.scale
    zero_points = None if quantization is None else quantization.zeroPoint
    raw = buffers[tensor.buffer].data
    data = None
    if raw is not None and len(raw) > 0 and dtype in _DTYPES:
        data = np.frombuffer(bytes(raw), _DTYPES[dtype]).reshape(shape)
    return Tensor(
        index=index,
        name=(tensor.name or b"").decode(errors="replace"),
        shape=shape,
        signature=signature,
        dtype=dtype,
        scales=() if scales is None else tuple(float(s) for s in scales),
        zero_points=() if zero_points is None else tuple(int(z) for z in zero_points),
        axis=0 if quantization is None else quantization.quantizedDimension,
        data=data,
        is_variable=bool(tensor.isVariable),
    )


def _check_quantization(tensor: Tensor, operators: tuple[Operator, ...]) -> None:
    """KwsError, naming an operator that uses the tensor, for scales that mean nothing."""
    if tensor.dtype != "INT8":  # nothing is computed with the scales of biases
        return
    fault = ""
    if wrong := [scale for scale in tensor.scales if not 0 < scale < math.inf]:
        fault = f"the scale {wrong[0]:g}, and scales are positive numbers"
    elif tensor.scales and len(tensor.zero_points) != len(tensor.scales):
        fault = f"{len(tensor.scales)} scales and {len(tensor.zero_points)} zero points"
    users = [op for op in operators if tensor.index in op.inputs + op.outputs]
    if not (fault and users):
        return
    raise KwsError(
        f"tensor {tensor.index}, {tensor.name!r} of operator {users[0].index}, {users[0].name}, "
        f"has {fault}",
        "Convert the model again: a converter gives each quantized tensor a positive scale and a "
        "zero point, or as many of both as it has channels.",
    )


def _indices(values: Any) -> tuple[int, ...]:
    return () if values is None else tuple(int(i) for i in values)


def _operator_name(code: Any, names: dict[int, str]) -> str:
    if code.customCode:
        return f"CUSTOM({code.customCode.decode(errors='replace')})"
    return names[max(code.builtinCode, code.deprecatedBuiltinCode)]


def _names(enum: type) -> dict[int, str]:
    return {value: name for name, value in vars(enum).items() if isinstance(value, int)}


def _quantized(tensor: Tensor, what: str, end: Tensor) -> Tensor:
    """`tensor`, the one behind the end `end` of the model, when it is int8."""
    if tensor.dtype != "INT8" or len(tensor.scales) != 1:
        inside = "" if tensor is end else f", quantized to {tensor.dtype}"
        raise KwsError(
            f"the model's {what} is {end.dtype} {list(end.shape)}{inside}, not int8",
            "Convert with full int8 quantization: target_spec.supported_ops = "
            "[TFLITE_BUILTINS_INT8], a representative data set, "
            "inference_input_type = inference_output_type = int8.",
        )
    return tensor
