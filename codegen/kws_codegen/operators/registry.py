# SPDX-License-Identifier: Apache-2.0
"""The one list of operators: name in schema.fbs to the function that lowers it."""

from collections.abc import Callable, Sequence

from kws_codegen.operators.add import add
from kws_codegen.operators.batch_matmul import batch_matmul
from kws_codegen.operators.concatenation import concatenation
from kws_codegen.operators.conv_2d import conv_2d
from kws_codegen.operators.depthwise_conv_2d import depthwise_conv_2d
from kws_codegen.operators.dilation import dilated_convolution
from kws_codegen.operators.extremum import extremum
from kws_codegen.operators.fully_connected import fully_connected
from kws_codegen.operators.lookup import float_chain, function_chain, function_of_one_value
from kws_codegen.operators.lstm import lstm
from kws_codegen.operators.mean import mean
from kws_codegen.operators.mul import mul
from kws_codegen.operators.op import Op
from kws_codegen.operators.operator_view import OperatorView
from kws_codegen.operators.pad import pad
from kws_codegen.operators.pool_2d import pool_2d, reduce_max
from kws_codegen.operators.reshape import reshape
from kws_codegen.operators.resize_nearest_neighbor import resize_nearest_neighbor
from kws_codegen.operators.softmax import softmax
from kws_codegen.operators.strided_copy import slice_, split, strided_slice, transpose, unpack
from kws_codegen.operators.svdf import svdf
from kws_codegen.tflite.dilation import dilation_chain
from kws_codegen.tflite.reader import Operator, Tensor

LOWERINGS: dict[str, Callable[[OperatorView], Op]] = {
    "ABS": function_of_one_value,
    "ADD": add,
    "AVERAGE_POOL_2D": pool_2d,
    "BATCH_MATMUL": batch_matmul,
    "CONCATENATION": concatenation,
    "CONV_2D": conv_2d,
    "DEPTHWISE_CONV_2D": depthwise_conv_2d,
    "ELU": function_of_one_value,
    "EXPAND_DIMS": reshape,
    "FULLY_CONNECTED": fully_connected,
    "HARD_SWISH": function_of_one_value,
    "LEAKY_RELU": function_of_one_value,
    "LOGISTIC": function_of_one_value,
    "MAXIMUM": extremum,
    "MAX_POOL_2D": pool_2d,
    "MEAN": mean,
    "MINIMUM": extremum,
    "MUL": mul,
    "PACK": concatenation,
    "PAD": pad,
    "PADV2": pad,
    "PRELU": mul,
    "QUANTIZE": function_of_one_value,
    "REDUCE_MAX": reduce_max,
    "RELU": function_of_one_value,
    "RELU6": function_of_one_value,
    "RESHAPE": reshape,
    "RESIZE_NEAREST_NEIGHBOR": resize_nearest_neighbor,
    "SLICE": slice_,
    "SOFTMAX": softmax,
    "SPLIT": split,
    "SPLIT_V": split,
    "SQUEEZE": reshape,
    "STRIDED_SLICE": strided_slice,
    "SUB": add,
    "SUM": mean,
    "SVDF": svdf,
    "TANH": function_of_one_value,
    "TRANSPOSE": transpose,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": lstm,
    "UNPACK": unpack,
}

WIDE_OUTPUTS = ("SOFTMAX",)
"""Operators that may end a model in int16."""

_FIXED_BATCH = "Convert the model with a fixed batch: Input(..., batch_size=1)."
HINTS = {
    "FILL": _FIXED_BATCH,
    "GELU": "TensorFlow Lite Micro has no GELU; swish is LOGISTIC and MUL.",
    "SHAPE": _FIXED_BATCH,
}
"""What helps with operators that are not supported."""

FindChain = Callable[[Sequence[Operator], Operator], list[Operator]]
LowerChain = Callable[[tuple[Tensor, ...], Sequence[Operator]], Op]

CHAINS: tuple[tuple[FindChain, LowerChain], ...] = (
    (float_chain, function_chain),
    (dilation_chain, dilated_convolution),
)
"""Several operators of the file that are one of the graph: how to find them, how to lower them.

The first function gets all operators and the one that the chain would begin with; it returns the
chain, or nothing.
"""
