# SPDX-License-Identifier: Apache-2.0
"""From a .tflite model to the typed graph: the operators that matter, each lowered by its module.

operators/registry.py says who lowers what.
"""

from collections.abc import Iterator

from kws_codegen.base.errors import KwsError
from kws_codegen.graph import Graph
from kws_codegen.operators.op import Op
from kws_codegen.operators.operator_view import OperatorView, activation
from kws_codegen.operators.registry import CHAINS, HINTS, LOWERINGS, LowerChain
from kws_codegen.tflite.faults import fail
from kws_codegen.tflite.reader import Operator, Tensor, TfliteModel, read_tflite


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
    return tuple(sorted(LOWERINGS))


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
        if found := next(_chains(operators, op), None):
            chain, lower_chain = found
            inside.update(link.index for link in chain)
            yield lower_chain(model.tensors, chain)
            continue
        if op.name not in LOWERINGS:
            hint = HINTS.get(op.name, f"Supported: {', '.join(supported_operators())}.")
            fail(model.tensors, op, "is not supported", hint)
        for number, output in enumerate(op.outputs):
            if output in read:
                view = OperatorView(model.tensors, op, number)
                view.require_int8(view.output)
                yield LOWERINGS[op.name](view)


def _chains(
    operators: list[Operator], first: Operator
) -> Iterator[tuple[list[Operator], LowerChain]]:
    for find, lower_chain in CHAINS:
        if chain := find(operators, first):
            yield chain, lower_chain


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
