# SPDX-License-Identifier: Apache-2.0
"""Operators of a model as calls of TensorFlow Lite Micro's MicroMutableOpResolver."""

from kws_codegen.tflite.reader import Operator, TfliteModel

# Where the method is not simply the operator's name in camel case.
_IRREGULAR = {
    "BATCH_MATMUL": "AddBatchMatMul",
    "CUMSUM": "AddCumSum",
    "PADV2": "AddPadV2",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "AddUnidirectionalSequenceLSTM",
}

# Kernels that tflite-micro also has for int8 alone, and how many of their inputs must be int8.
_INT8_KERNELS = {
    "ADD": 2,
    "AVERAGE_POOL_2D": 1,
    "CONV_2D": 2,
    "DEPTHWISE_CONV_2D": 2,
    "FULLY_CONNECTED": 2,
    "MAX_POOL_2D": 1,
    "SOFTMAX": 1,
}


def resolver_calls(model: TfliteModel) -> tuple[str, ...]:
    """One call of the resolver for each kind of operator in `model`, sorted.

    Kernels for int8 alone, such as AddConv2D(Register_CONV_2D_INT8()), where all operators
    of the kind are int8: with CMSIS-NN they leave 16-bit and float code out of the flash.

    Source of the names: tensorflow/lite/micro/micro_mutable_op_resolver.h and kernels/*.h.
    """
    first_values = (op for graph in model.further for op in graph.operators)  # of CALL_ONCE
    kinds = sorted({op.name for op in (*model.operators, *first_values)})
    return tuple(_call(model, kind) for kind in kinds)


def _call(model: TfliteModel, kind: str) -> str:
    method = _IRREGULAR.get(kind, "Add" + kind.title().replace("_", ""))
    operators = [operator for operator in model.operators if operator.name == kind]
    if kind in _INT8_KERNELS and all(_is_int8(model, operator) for operator in operators):
        return f"{method}(Register_{kind}_INT8())"
    return f"{method}()"


def _is_int8(model: TfliteModel, operator: Operator) -> bool:
    tensors = operator.inputs[: _INT8_KERNELS[operator.name]] + operator.outputs
    return all(model.tensors[index].dtype == "INT8" for index in tensors)
