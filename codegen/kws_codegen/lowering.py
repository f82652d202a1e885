"""From a .tflite model to the typed graph: shapes checked, constants folded, faults named.

This file chooses the operators that matter and who lowers each; lowering_weights.py,
lowering_arithmetic.py and lowering_moves.py do it.
"""

from collections.abc import Callable, Iterator

from kws_codegen import lowering_arithmetic as arithmetic
from kws_codegen import lowering_moves as moves
from kws_codegen import lowering_weights as weights
from kws_codegen.base.errors import KwsError
from kws_codegen.graph import Graph, Op
from kws_codegen.lowering_dilation import dilated_convolution, dilation_chain
from kws_codegen.operator_view import OperatorView, activation, fail
from kws_codegen.tflite.reader import Operator, Tensor, TfliteModel, read_tflite

_HANDLERS: dict[str, Callable[[OperatorView], Op]] = {
    "ADD": arithmetic.add,
    "AVERAGE_POOL_2D": arithmetic.pool,
    "CONCATENATION": moves.concatenation,
    "CONV_2D": weights.conv_2d,
    "DEPTHWISE_CONV_2D": weights.depthwise_conv_2d,
    "EXPAND_DIMS": moves.reshape,
    "FULLY_CONNECTED": weights.fully_connected,
    "MAXIMUM": arithmetic.extremum,
    "MAX_POOL_2D": arithmetic.pool,
    "MEAN": arithmetic.mean,
    "MINIMUM": arithmetic.extremum,
    "MUL": arithmetic.multiply,
    "PACK": moves.concatenation,
    "PAD": moves.pad,
    "PADV2": moves.pad,
    "PRELU": arithmetic.multiply,
    "REDUCE_MAX": arithmetic.reduce_max,
    "RESHAPE": moves.reshape,
    "SLICE": moves.slice_,
    "SOFTMAX": arithmetic.softmax,
    "SPLIT": moves.split,
    "SPLIT_V": moves.split,
    "SQUEEZE": moves.reshape,
    "STRIDED_SLICE": moves.strided_slice,
    "SUB": arithmetic.add,
    "SUM": arithmetic.mean,
    "TRANSPOSE": moves.transpose,
    "UNPACK": moves.unpack,
    **dict.fromkeys(
        ("ABS", "ELU", "HARD_SWISH", "LEAKY_RELU", "LOGISTIC", "QUANTIZE", "RELU", "RELU6", "TANH"),
        arithmetic.function_of_one_value,
    ),
}

# Functions of one value that the converter leaves in float, between DEQUANTIZE and QUANTIZE.
_FLOAT_FUNCTIONS = ("ABS", "COS", "ELU", "EXP", "LOG", "NEG", "RSQRT", "SIN", "SQRT", "SQUARE")

_FIXED_BATCH = "Convert the model with a fixed batch: Input(..., batch_size=1)."
_HINTS = {
    "BATCH_MATMUL": "Attention between computed tensors is not supported.",
    "FILL": _FIXED_BATCH,
    "GELU": "TensorFlow Lite Micro has no GELU; swish is LOGISTIC and MUL.",
    "SHAPE": _FIXED_BATCH,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "Recurrent layers work unrolled: LSTM(..., unroll=True).",
}


def read_graph(model: bytes) -> Graph:
    """The typed graph of a .tflite file.

    A leading QUANTIZE of a float input and a trailing DEQUANTIZE are left out: the firmware
    works on the int8 tensors behind them. Operators that only compute shapes (of a dynamic
    batch, which counts as 1) are left out too.

    Raises KwsError when the file is no int8 model, or holds an operator, an option or a shape
    that is not supported; the message names operator, index and shape.
    """
    return lower(read_tflite(model))


def supported_operators() -> tuple[str, ...]:
    """Names of schema.fbs, sorted."""
    return tuple(sorted(_HANDLERS))


def lower(model: TfliteModel) -> Graph:
    """read_graph for a file that is read already."""
    source, scores = model.int8_input, model.int8_output
    if len(source.shape) > 1 and source.shape[0] != 1:
        raise KwsError(
            f"the model's input {list(source.shape)} has a batch of {source.shape[0]}, not 1",
            "Convert the model with a batch of 1: Input(..., batch_size=1).",
        )
    ops = tuple(_lowered(model, _needed(model, source, scores)))
    _check_made(model, ops, source, scores)
    return Graph(ops, activation(source), activation(scores))


def _needed(model: TfliteModel, source: Tensor, scores: Tensor) -> list[Operator]:
    """Operators between input and output, in file order."""
    wanted = {scores.index}
    needed = []
    for op in reversed(model.operators):
        if wanted & set(op.outputs) and source.index not in op.outputs:
            needed.append(op)
            wanted.update(op.inputs[:1] if op.name == "RESHAPE" else op.inputs)
    return needed[::-1]


def _lowered(model: TfliteModel, operators: list[Operator]) -> Iterator[Op]:
    """The operators in order; what becomes one operator of the graph is taken together."""
    read = {index for op in operators for index in op.inputs} | {model.int8_output.index}
    inside: set[int] = set()  # operators of a chain that is lowered already
    for op in operators:
        if op.index in inside:
            continue
        if chain := _float_chain(operators, op):
            inside.update(link.index for link in chain)
            yield arithmetic.lookup(OperatorView(model.tensors, chain[-1]), chain)
            continue
        if chain := dilation_chain(operators, op):
            inside.update(link.index for link in chain)
            yield dilated_convolution(model.tensors, chain)
            continue
        if op.name not in _HANDLERS:
            hint = _HINTS.get(op.name, f"Supported: {', '.join(supported_operators())}.")
            fail(model.tensors, op, "is not supported", hint)
        for number, output in enumerate(op.outputs):
            if output in read:
                view = OperatorView(model.tensors, op, number)
                view.require_int8(view.output)
                yield _HANDLERS[op.name](view)


def _float_chain(operators: list[Operator], first: Operator) -> list[Operator]:
    """DEQUANTIZE, functions of one value in float, QUANTIZE: all of them, or nothing."""
    chain = [first]
    if first.name != "DEQUANTIZE":
        return []
    while True:
        readers = [op for op in operators if chain[-1].outputs[0] in op.inputs]
        if len(readers) != 1 or readers[0].name not in (*_FLOAT_FUNCTIONS, "QUANTIZE"):
            return []
        chain.append(readers[0])
        if readers[0].name == "QUANTIZE":
            return chain


def _check_made(model: TfliteModel, ops: tuple[Op, ...], source: Tensor, scores: Tensor) -> None:
    """Every tensor that is read must be the input or made by an operator before."""
    made = {source.index}
    for op in ops:
        for tensor in op.inputs:
            if tensor.index not in made:
                file_op = next(o for o in model.operators if o.index == op.index)
                fail(
                    model.tensors,
                    file_op,
                    f"reads tensor {tensor.index}, which does not depend on the model's input",
                    "Let the converter fold constants.",
                )
        made.add(op.output.index)
    if scores.index not in made:
        raise KwsError(
            "the model's output does not depend on its input", "Convert the model again."
        )
