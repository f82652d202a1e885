"""Reads a .tflite file: flatbuffer bytes to plain frozen tensors and operators.

Nothing is interpreted here beyond the file format; graph.py gives the operators meaning.
The schema is the one that the tflite-micro package brings (schema.fbs, TFL3).
"""

import struct
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from kws.errors import KwsError

_DTYPES = {"FLOAT32": np.float32, "INT32": np.int32, "INT64": np.int64, "INT8": np.int8}


@dataclass(frozen=True)
class Tensor:
    """One tensor of the file.

    Attributes:
        shape: dimensions; a dynamic one (-1) reads as 1.
        dtype: name in schema.fbs, such as "INT8".
        scales, zero_points: one each, one a slice along `axis`, or none (not quantised).
        data: values of a constant, in `shape`; None for activations.
    """

    index: int
    name: str
    shape: tuple[int, ...]
    dtype: str
    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    axis: int
    data: npt.NDArray[Any] | None

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


@dataclass(frozen=True)
class Operator:
    """One operator of the file; `inputs` holds -1 for an optional tensor that is left out."""

    index: int
    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: dict[str, Any]


@dataclass(frozen=True)
class TfliteModel:
    """The one subgraph of a .tflite file with one input and one output."""

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    input: Tensor
    output: Tensor

    @cached_property
    def int8_input(self) -> Tensor:
        """The int8 tensor that the firmware writes: the input, or what QUANTIZE makes of it."""
        if self.input.dtype == "INT8":
            return self.input
        readers = [op for op in self.operators if self.input.index in op.inputs]
        if self.input.dtype == "FLOAT32" and [op.name for op in readers] == ["QUANTIZE"]:
            return _quantized(self.tensors[readers[0].outputs[0]], "input", self.input.dtype)
        return _quantized(self.input, "input", self.input.dtype)

    @cached_property
    def int8_output(self) -> Tensor:
        """The int8 tensor that the firmware reads: the output, or what DEQUANTIZE gets."""
        if self.output.dtype == "INT8":
            return self.output
        writer = next((op for op in self.operators if self.output.index in op.outputs), None)
        if self.output.dtype == "FLOAT32" and writer is not None and writer.name == "DEQUANTIZE":
            return _quantized(self.tensors[writer.inputs[0]], "output", self.output.dtype)
        return _quantized(self.output, "output", self.output.dtype)


def read_tflite(model: bytes) -> TfliteModel:
    """Parse a .tflite file.

    Raises KwsError when the bytes are not a .tflite model, are damaged, or hold several
    subgraphs, inputs or outputs.
    """
    from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

    if len(model) < 8 or model[4:8] != b"TFL3":
        raise KwsError(
            "not a .tflite model: the identifier TFL3 is missing",
            "Give the file that the TensorFlow Lite converter wrote.",
        )
    try:
        content = schema.ModelT.InitFromPackedBuf(model)
        return _read_model(content, schema)
    except (struct.error, IndexError, ValueError, TypeError, AttributeError) as error:
        raise KwsError(
            f"the .tflite model is damaged: {error}", "Convert or download it again."
        ) from None


def _read_model(content: Any, schema: Any) -> TfliteModel:
    if len(content.subgraphs) != 1:
        raise KwsError(
            f"the model has {len(content.subgraphs)} subgraphs; control flow is not supported",
            "Convert a model without loops, conditions or several signatures.",
        )
    graph = content.subgraphs[0]
    for what, tensors in (("inputs", graph.inputs), ("outputs", graph.outputs)):
        if len(tensors) != 1:
            raise KwsError(
                f"the model has {len(tensors)} {what}, and exactly one is supported",
                "Convert a model that maps one feature map to one vector of scores.",
            )
    type_names = _names(schema.TensorType)
    tensors = tuple(
        _read_tensor(index, tensor, content.buffers, type_names)
        for index, tensor in enumerate(graph.tensors)
    )
    code_names = _names(schema.BuiltinOperator)
    operators = tuple(
        Operator(
            index,
            _operator_name(content.operatorCodes[op.opcodeIndex], code_names),
            tuple(int(i) for i in op.inputs),
            tuple(int(i) for i in op.outputs),
            dict(vars(op.builtinOptions)) if op.builtinOptions is not None else {},
        )
        for index, op in enumerate(graph.operators)
    )
    return TfliteModel(
        tensors, operators, tensors[int(graph.inputs[0])], tensors[int(graph.outputs[0])]
    )


def _read_tensor(index: int, tensor: Any, buffers: Any, type_names: dict[int, str]) -> Tensor:
    shape = () if tensor.shape is None else tuple(max(1, int(d)) for d in tensor.shape)
    dtype = type_names[tensor.type]
    quantization = tensor.quantization
    scales = None if quantization is None else quantization.scale
    zero_points = None if quantization is None else quantization.zeroPoint
    raw = buffers[tensor.buffer].data
    data = None
    if raw is not None and len(raw) > 0 and dtype in _DTYPES:
        data = np.frombuffer(bytes(raw), _DTYPES[dtype]).reshape(shape)
    return Tensor(
        index,
        (tensor.name or b"").decode(errors="replace"),
        shape,
        dtype,
        () if scales is None else tuple(float(s) for s in scales),
        () if zero_points is None else tuple(int(z) for z in zero_points),
        0 if quantization is None else quantization.quantizedDimension,
        data,
    )


def _operator_name(code: Any, names: dict[int, str]) -> str:
    if code.customCode:
        return f"CUSTOM({code.customCode.decode(errors='replace')})"
    return names[max(code.builtinCode, code.deprecatedBuiltinCode)]


def _names(enum: type) -> dict[int, str]:
    return {value: name for name, value in vars(enum).items() if isinstance(value, int)}


def _quantized(tensor: Tensor, what: str, file_dtype: str) -> Tensor:
    if tensor.dtype != "INT8" or not tensor.scales:
        raise KwsError(
            f"the model's {what} is {file_dtype} {list(tensor.shape)}, not int8",
            "Convert with full int8 quantisation: target_spec.supported_ops = "
            "[TFLITE_BUILTINS_INT8], a representative data set, "
            "inference_input_type = inference_output_type = int8.",
        )
    return tensor
