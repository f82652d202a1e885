# SPDX-License-Identifier: Apache-2.0
"""Variables in float of a model that is int8 otherwise, as int8.

Some converters keep a streaming state in float: DEQUANTIZE before ASSIGN_VARIABLE, QUANTIZE behind
READ_VARIABLE, and between them nothing but operators that move values. Each of these values is one
of 256: the tensors become int8 of the quantization that they come from, and the QUANTIZE behind
them a table, where its quantization is another.
"""

from dataclasses import replace

from kws_codegen.tflite.faults import fail
from kws_codegen.tflite.reader import Operator, Tensor, TfliteModel

_MOVES = {
    "CONCATENATION", "EXPAND_DIMS", "PACK", "RESHAPE", "SLICE", "SPLIT", "SPLIT_V", "SQUEEZE",
    "STRIDED_SLICE", "TRANSPOSE", "UNPACK",
}  # fmt: skip


def with_int8_state(model: TfliteModel) -> TfliteModel:
    """The model with its float variables as int8; itself where it has none.

    KwsError, naming the operator, when values of two quantizations are joined.
    """
    reads = [op for op in model.operators if op.name == "READ_VARIABLE"]
    if all(model.tensors[op.outputs[0]].dtype != "FLOAT32" for op in reads):
        return model
    origins = _origins(model)
    tensors = [_as_int8(tensor, model.tensors, origins) for tensor in model.tensors]
    operators: list[Operator] = []
    for op in model.operators:
        if op.name == "DEQUANTIZE" and op.outputs[0] in origins:
            operators.append(_same_values(op))
        elif op.name == "QUANTIZE" and op.inputs[0] in origins:
            source, target = tensors[op.inputs[0]], tensors[op.outputs[0]]
            if (source.scales, source.zero_points) == (target.scales, target.zero_points):
                operators.append(_same_values(op))
                continue
            real = replace(source, index=len(tensors), dtype="FLOAT32", scales=(), zero_points=())
            tensors.append(real)
            operators.append(
                replace(
                    op,
                    index=len(model.operators) + len(operators),
                    name="DEQUANTIZE",
                    outputs=(real.index,),
                    options={},
                    options_table="",
                )
            )
            operators.append(replace(op, inputs=(real.index,)))
        else:
            operators.append(op)
    return TfliteModel(
        tuple(tensors),
        tuple(operators),
        model.input,
        tuple(tensors[output.index] for output in model.outputs),
        model.further,
    )


def _origins(model: TfliteModel) -> dict[int, int]:
    """Each float tensor of moved values to an int8 tensor with the quantization of all of them."""
    origins: dict[int, int] = {}
    handles = {op.outputs[0]: op.options.get("sharedName") for op in model.operators
               if op.name == "VAR_HANDLE"}  # fmt: skip
    variables: dict[object, int] = {}
    before = (-1, -1)
    while before != (len(origins), len(variables)):
        before = (len(origins), len(variables))
        for op in model.operators:
            if op.name == "DEQUANTIZE" and model.tensors[op.inputs[0]].dtype == "INT8":
                origins[op.outputs[0]] = op.inputs[0]
            elif op.name == "READ_VARIABLE" and handles.get(op.inputs[0]) in variables:
                origins[op.outputs[0]] = variables[handles.get(op.inputs[0])]
            elif op.name == "ASSIGN_VARIABLE" and op.inputs[1] in origins:
                variables[handles.get(op.inputs[0])] = origins[op.inputs[1]]
            elif op.name in _MOVES:
                known = [origins[index] for index in op.inputs if index in origins]
                origins |= {output: known[0] for output in op.outputs if known}
    _check_joined(model, origins)
    return origins


def _check_joined(model: TfliteModel, origins: dict[int, int]) -> None:
    for op in model.operators:
        if op.name not in _MOVES or op.outputs[0] not in origins:
            continue
        joined = [model.tensors[i] for i in op.inputs if model.tensors[i].dtype == "FLOAT32"]
        kinds = {
            (model.tensors[origins[t.index]].scales, model.tensors[origins[t.index]].zero_points)
            if t.index in origins
            else None
            for t in joined
        }
        if len(kinds) > 1:
            fail(
                model.tensors,
                op,
                "joins float values of several quantizations in a streaming state",
                "Convert with full int8 quantization (TFLITE_BUILTINS_INT8).",
            )


def _as_int8(tensor: Tensor, tensors: tuple[Tensor, ...], origins: dict[int, int]) -> Tensor:
    if tensor.index not in origins:
        return tensor
    origin = tensors[origins[tensor.index]]
    return replace(
        tensor, dtype="INT8", scales=origin.scales, zero_points=origin.zero_points, axis=origin.axis
    )


def _same_values(op: Operator) -> Operator:
    return replace(op, name="RESHAPE", inputs=op.inputs[:1], options={}, options_table="")
