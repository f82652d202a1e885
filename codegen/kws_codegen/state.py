# SPDX-License-Identifier: Apache-2.0
"""What a streaming model remembers: variables of the file as places in the activation buffer.

A step reads the old value and makes the new one, mostly the same rows moved on by one. Both lie at
the same place, so that nothing is copied in and out; between the last reader of the old value
and the operator that makes the new one, other tensors may use it. That operator is put off until
the old value and its own inputs are read for the last time: rows are then moved on where they lie.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kws_codegen.base.errors import KwsError
from kws_codegen.operators.c_code import KernelCall, Names
from kws_codegen.operators.op import Op, Step
from kws_codegen.operators.operator_view import activation
from kws_codegen.operators.tensors import Activation, Int8Array
from kws_codegen.plan.overlap import last_reads, write_steps
from kws_codegen.tflite.reader import TfliteModel
from kws_codegen.tflite.variables import Variable


@dataclass(frozen=True, kw_only=True)
class State:
    """One buffer that lasts from step to step.

    Attributes:
        name: for comments.
        old: what a step reads of it, as a tensor.
        new: what the step leaves in it; `old` when one operator does both, or nothing does.
        initial: int8 values (bytes) before the first step, in the order of memory.
    """

    name: str
    old: Activation
    new: Activation
    initial: Int8Array


@dataclass(frozen=True, kw_only=True)
class Store(Op):
    """ASSIGN_VARIABLE of what cannot be made in place: a copy."""

    stored: int  # tensor of the file

    @property
    def checked_tensor(self) -> int:
        return self.stored

    def steps(self) -> Iterator[Step]:
        everything = np.arange(self.output.size)
        yield Step((everything,), everything)

    def code(self, names: Names) -> KernelCall:
        target, source = names.tensor(self.output), names.tensor(self.input)
        return KernelCall(function="kws_copy_s8", arguments=(source, target, str(self.output.size)))


def with_states(
    model: TfliteModel, ops: Sequence[Op], variables: Sequence[Variable], kept: set[int]
) -> tuple[tuple[Op, ...], tuple[State, ...]]:
    """The operators in an order that suits the states, and the states.

    `variables` are those that the operators read; `kept` tensors (the model's input and outputs)
    are never made in the place of a state.
    """
    ordered = list(ops)
    states: list[State] = []
    olds = {v.reads[0] for v in variables}
    taken = set(kept) | {index for v in variables for index in v.reads}
    for variable in variables:
        old = activation(model.tensors[variable.reads[0]])
        new = old
        if variable.stored is not None and variable.stored not in variable.reads:
            new = _made_in_place(ordered, old, variable.stored, taken) or _copied(
                model, ordered, variable.stored, -1 - 2 * len(states), olds
            )
            taken.add(new.index)
        initial = _first_values(variable, old)
        states.append(State(name=variable.name, old=old, new=new, initial=initial))
    states += [
        State(name=f"{op.kind} {op.index}", old=own, new=own, initial=_zero_points(own))
        for op in ordered
        for own in op.states
    ]
    return tuple(ordered), tuple(states)


def _first_values(variable: Variable, old: Activation) -> Int8Array:
    """KwsError for float values that the int8 state cannot hold exactly."""
    if variable.initial is None:
        return _zero_points(old)
    values = variable.initial.reshape(-1)
    if values.dtype != np.float32:
        return values.astype(np.int8)
    steps = np.round(values / np.float32(old.scale))
    result: Int8Array = (steps + old.zero_point).clip(-128, 127).astype(np.int8)
    real = (result.astype(np.float32) - np.float32(old.zero_point)) * np.float32(old.scale)
    if not np.array_equal(real, values):
        raise KwsError(
            f"the streaming state {variable.name} begins with float values that its int8 form, "
            f"{old.quantization}, does not have",
            "Initialise it with zeros.",
        )
    return result


def _zero_points(state: Activation) -> Int8Array:
    """Source: ResetTensorData in tensorflow/lite/micro/micro_interpreter_graph.cc."""
    value = state.zero_point if state.element_bytes == 1 else 0
    return np.full(state.size, value, np.int8)


def _copied(
    model: TfliteModel, ops: list[Op], stored: int, index: int, olds: set[int]
) -> Activation:
    """Copies tensor `stored` into the state when all else is done. Returns the new value, a tensor
    that the file lacks; `index` and the number below are free for such.

    The old value of another state is put aside first, for it may be overwritten before the end.
    """
    op = next(o for o in model.operators if o.name == "ASSIGN_VARIABLE" and o.inputs[1] == stored)
    source = activation(model.tensors[stored])
    new = replace(source, index=index)
    if _root(ops, stored) in olds:
        old = replace(source, index=_root(ops, stored))
        source = replace(source, index=index - 1)
        ops.insert(
            0, Store(index=op.index, kind=op.name, inputs=(old,), output=source, stored=stored)
        )
    ops.append(Store(index=op.index, kind=op.name, inputs=(source,), output=new, stored=stored))
    return new


def _made_in_place(
    ops: list[Op], old: Activation, stored: int, taken: set[int]
) -> Activation | None:
    """The tensor that becomes the new value where its operator writes it; None for a copy.

    Moves that operator, in `ops`, behind the last reader of the old value and of its inputs.
    """
    made = {op.output.index: position for position, op in enumerate(ops)}
    while stored in made and ops[made[stored]].same_bytes:
        stored = ops[made[stored]].input.index
    if stored not in made or stored in taken:
        return None
    position = made[stored]
    op = ops[position]
    last = max(
        [position]
        + [_last_reader(ops, tensor.index) for tensor in op.inputs]
        + [_last_reader(ops, old.index)]
    )
    first_reader = min(_readers(ops, stored), default=len(ops))
    if _last_reader(ops, old.index) >= first_reader:
        return None
    if first_reader > last:
        ops.insert(last, ops.pop(position))
        position = last
    if _last_reader(ops, old.index) > position:
        return None
    if any(_root(ops, tensor.index) == old.index for tensor in op.inputs):
        return op.output if _may_overwrite(op, ops, old) else None
    return op.output


def _readers(ops: Sequence[Op], tensor: int) -> list[int]:
    """Positions of the operators that read the tensor, under whatever shape."""
    return [
        position
        for position, op in enumerate(ops)
        if any(_root(ops, source.index) == _root(ops, tensor) for source in op.inputs)
    ]


def _last_reader(ops: Sequence[Op], tensor: int) -> int:
    return max(_readers(ops, tensor), default=-1)


def _root(ops: Sequence[Op], tensor: int) -> int:
    """The tensor whose bytes these are."""
    sources = {op.output.index: op.input.index for op in ops if op.same_bytes}
    while tensor in sources:
        tensor = sources[tensor]
    return tensor


def _may_overwrite(op: Op, ops: Sequence[Op], old: Activation) -> bool:
    """Whether the operator may write its output exactly over this input."""
    written = write_steps(op)
    return all(
        bool(np.all(written[: len(last)] >= last))
        for tensor, last in zip(op.inputs, last_reads(op), strict=True)
        if _root(ops, tensor.index) == old.index
    )
