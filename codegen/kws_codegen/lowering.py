# SPDX-License-Identifier: Apache-2.0
"""From a .tflite model to the typed graph: the operators that matter, each lowered by its module.

operators/registry.py says who lowers what.
"""

from collections.abc import Iterator
from dataclasses import replace

from kws_codegen.base.errors import KwsError
from kws_codegen.graph import Graph
from kws_codegen.operators.op import Op
from kws_codegen.operators.operator_view import OperatorView, activation
from kws_codegen.operators.padded import without_pads
from kws_codegen.operators.registry import CHAINS, HINTS, LOWERINGS, WIDE_OUTPUTS, LowerChain
from kws_codegen.operators.reshape import same_bytes
from kws_codegen.state import with_states
from kws_codegen.tflite.faults import fail
from kws_codegen.tflite.float_state import with_int8_state
from kws_codegen.tflite.reader import Operator, Tensor, TfliteModel, read_tflite
from kws_codegen.tflite.variables import Variable, Variables, find_variables


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
    model = with_int8_state(model)
    source, scores = model.int8_input, model.int8_outputs
    if len(source.shape) > 1 and source.shape[0] != 1:
        raise KwsError(
            f"the model's input {list(source.shape)} has a batch of {source.shape[0]}, not 1",
            "Convert the model with a batch of 1: Input(..., batch_size=1).",
        )
    variables = find_variables(model)
    needed = _needed(model, source, variables)
    read = {op.outputs[0] for op in needed if op.name == "READ_VARIABLE"}
    remembered = [_only(v, read) for v in variables.all if read & set(v.reads)]
    ops = tuple(_lowered(model, needed, variables, remembered))
    _check_made(model, ops, [source.index, *(v.reads[0] for v in remembered)])
    kept = {source.index, *(tensor.index for tensor in scores)}
    stored = {v.stored for v in variables.all if v.stored is not None}
    ops = without_pads(ops, kept | stored)
    ops, states = with_states(model, ops, remembered, kept)
    first, *more = (activation(tensor) for tensor in scores)
    return Graph(ops, activation(source), first, states, tuple(more))


def _needed(model: TfliteModel, source: Tensor, variables: Variables) -> list[Operator]:
    """Operators between input and outputs, in file order; what a state that they read becomes is
    an output too."""
    makers = {output: op for op in model.operators for output in op.outputs}
    stored = {read: v.stored for v in variables.all for read in v.reads}
    wanted = [tensor.index for tensor in model.int8_outputs]
    needed: set[int] = set()
    while wanted:
        op = makers.get(wanted.pop())
        if op is None or op.index in needed or source.index in op.outputs:
            continue
        needed.add(op.index)
        if op.name == "READ_VARIABLE":
            read = op.outputs[0]
            wanted += [i for i in (stored.get(read), variables.copies.get(read)) if i is not None]
        else:
            wanted += op.inputs[:1] if op.name == "RESHAPE" else op.inputs
    return [op for op in model.operators if op.index in needed]


def _only(variable: Variable, read: set[int]) -> Variable:
    return replace(variable, reads=tuple(index for index in variable.reads if index in read))


def _lowered(
    model: TfliteModel,
    operators: list[Operator],
    variables: Variables,
    remembered: list[Variable],
) -> Iterator[Op]:
    """The operators in order; what becomes one operator of the graph is taken together."""
    outputs = {tensor.index for tensor in model.int8_outputs}
    stored = {v.stored for v in remembered} | set(variables.copies.values())
    read = {index for op in operators for index in op.inputs} | outputs | stored
    first_reads = {index: v.reads[0] for v in remembered for index in v.reads}
    inside: set[int] = set()  # operators of a chain that is lowered already
    for op in operators:
        if op.index in inside:
            continue
        if op.name == "READ_VARIABLE":
            view = OperatorView(model.tensors, op)
            view.require_int8(view.output)
            origin = variables.copies.get(op.outputs[0], first_reads.get(op.outputs[0]))
            if origin is not None and origin != op.outputs[0]:
                yield same_bytes(view, model.tensors[origin])
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
                if op.name not in WIDE_OUTPUTS:
                    view.require_int8(view.output)
                yield LOWERINGS[op.name](view)


def _chains(
    operators: list[Operator], first: Operator
) -> Iterator[tuple[list[Operator], LowerChain]]:
    for find, lower_chain in CHAINS:
        if chain := find(operators, first):
            yield chain, lower_chain


def _check_made(model: TfliteModel, ops: tuple[Op, ...], given: list[int]) -> None:
    """Every tensor that is read must be given or made by an operator before."""
    made = set(given)
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
    for scores in model.int8_outputs:
        if scores.index not in made:
            raise KwsError(
                "the model's output does not depend on its input", "Convert the model again."
            )
