# SPDX-License-Identifier: Apache-2.0
"""Resource variables of a .tflite file: what a streaming model remembers from step to step.

VAR_HANDLE names one, READ_VARIABLE and ASSIGN_VARIABLE move whole tensors out and in, and
CALL_ONCE runs the subgraph that assigns the first values. A reader of a variable that the step has
already assigned gets the new value.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kws_codegen.tflite.faults import fail
from kws_codegen.tflite.reader import Operator, TfliteModel

OPERATORS = ("ASSIGN_VARIABLE", "CALL_ONCE", "READ_VARIABLE", "VAR_HANDLE")


@dataclass(frozen=True, kw_only=True)
class Variable:
    """One resource variable, as a step sees it.

    Attributes:
        name: shared name of the file.
        reads: tensors that READ_VARIABLE fills with the value that the step began with.
        stored: the tensor whose value the step leaves in it; None when it never assigns.
        initial: values before the first step; None: all 0, as real numbers.
    """

    name: str
    reads: tuple[int, ...]
    stored: int | None
    initial: npt.NDArray[Any] | None


@dataclass(frozen=True)
class Variables:
    """All of a model; `copies` are tensors read after an assignment, by what was assigned."""

    all: tuple[Variable, ...]
    copies: dict[int, int]


def find_variables(model: TfliteModel) -> Variables:
    """The variables in the order of their first mention. KwsError for what is not followed."""
    names: dict[int, str] = {}  # of handles
    reads: dict[str, list[int]] = {}
    stored: dict[str, int] = {}
    copies: dict[int, int] = {}
    initial: dict[str, npt.NDArray[Any]] = {}
    for op in model.operators:
        if op.name == "VAR_HANDLE":
            names[op.outputs[0]] = _name(op)
            reads.setdefault(_name(op), [])
        elif op.name == "CALL_ONCE":
            initial |= _first_values(model, op)
        elif op.name == "READ_VARIABLE":
            name = _handle(model, op, names)
            if name in stored:
                copies[op.outputs[0]] = stored[name]
            else:
                reads[name].append(op.outputs[0])
        elif op.name == "ASSIGN_VARIABLE":
            stored[_handle(model, op, names)] = op.inputs[1]
    return Variables(
        tuple(
            Variable(
                name=name,
                reads=tuple(tensors),
                stored=stored.get(name),
                initial=initial.get(name),
            )
            for name, tensors in reads.items()
        ),
        copies,
    )


def has_state(model: TfliteModel) -> bool:
    """Whether a step's outputs depend on the steps before it."""
    return any(op.name == "READ_VARIABLE" for op in model.operators) or any(
        tensor.is_variable for tensor in model.tensors
    )


def starts_at_zero(model: TfliteModel) -> bool:
    """Whether every variable is 0 before the first step, as TensorFlow Lite Micro's reset makes it.

    (It does not run CALL_ONCE again.)
    """
    tensors = {v.name: model.tensors[v.reads[0]] for v in find_variables(model).all if v.reads}
    return all(
        v.initial is None
        or v.name not in tensors
        or bool(np.all(v.initial == (*tensors[v.name].zero_points, 0)[0]))
        for v in find_variables(model).all
    )


def _name(op: Operator) -> str:
    parts = (op.options.get(key) or b"" for key in ("container", "sharedName"))
    return "/".join(part.decode(errors="replace") for part in parts if part)


def _handle(model: TfliteModel, op: Operator, names: dict[int, str]) -> str:
    if op.inputs[0] not in names:
        fail(model.tensors, op, "works on a resource that no VAR_HANDLE names")
    return names[op.inputs[0]]


def _first_values(model: TfliteModel, op: Operator) -> dict[str, npt.NDArray[Any]]:
    """What the subgraph of a CALL_ONCE assigns."""
    number = int(op.options.get("initSubgraphIndex", 0))
    if not 1 <= number <= len(model.further):
        fail(model.tensors, op, f"calls subgraph {number}, which the file does not have")
    graph = model.further[number - 1]
    names: dict[int, str] = {}
    values: dict[str, npt.NDArray[Any]] = {}
    for inner in graph.operators:
        if inner.name == "VAR_HANDLE":
            names[inner.outputs[0]] = _name(inner)
            continue
        data = graph.tensors[inner.inputs[1]].data if len(inner.inputs) > 1 else None
        if inner.name != "ASSIGN_VARIABLE" or data is None or inner.inputs[0] not in names:
            fail(
                model.tensors,
                op,
                f"computes the first values of the streaming state ({inner.name} in subgraph "
                f"{number}), which is not supported",
                "Initialise the state with constants.",
            )
        values[names[inner.inputs[0]]] = data
    return values
