# SPDX-License-Identifier: Apache-2.0
"""One operator of the planned graph as the template prints it."""

import re
from dataclasses import dataclass

from kws_codegen.operators.c_code import KernelCall, Names, NoCode
from kws_codegen.operators.op import CallSequence, Op, done
from kws_codegen.plan.planner import Plan

_CALLED = re.compile(r"\bkws_\w+(?=\()")


@dataclass(frozen=True)
class Constants:
    """Arrays and struct of a call, and what the comment before them says."""

    title: str
    details: tuple[str, ...]
    name: str
    kernel: KernelCall


@dataclass(frozen=True, kw_only=True)
class GeneratedOperator:
    """The C of an operator: constants, and lines that call kernels and then the hook."""

    index: int
    kind: str
    title: str
    constants: tuple[Constants, ...]
    lines: tuple[str, ...]

    @property
    def functions(self) -> set[str]:
        """The kernels that it calls."""
        return {name for line in self.lines for name in _CALLED.findall(line)}


def generated_operator(op: Op, position: int, layout: Plan) -> GeneratedOperator:
    """The operator at `position` of the graph as C.

    Raises TypeError when it says neither its code nor that it needs none: a bug in its module.
    """
    names = Names(op.c_name, layout.tensors, layout.scratch.get(position))
    code = op.code(names)
    if not isinstance(code, NoCode if op.same_bytes else KernelCall | CallSequence):
        raise TypeError(f"{type(op).__name__} ({op.kind}) has neither code nor the same bytes")
    constants: tuple[Constants, ...] = ()
    lines: tuple[str, ...] = (done(op, names),)
    if isinstance(code, KernelCall):
        constants, lines = (constants_of(op, op.c_name, code),), (f"{code.call};", *lines)
    elif isinstance(code, CallSequence):
        constants = tuple(constants_of(part.op, part.name, part.kernel) for part in code.parts)
        lines = code.lines
    return GeneratedOperator(
        index=op.index, kind=op.kind, title=operator_title(op), constants=constants, lines=lines
    )


def constants_of(op: Op, name: str, kernel: KernelCall) -> Constants:
    """The constants of one call, with their comment."""
    title = f"{op.index}: {op.kind} {operator_title(op)}"
    return Constants(title, operator_details(op), name, kernel)


def operator_title(op: Op) -> str:
    """Shapes of its inputs and of its output."""
    return " + ".join(str(list(t.shape)) for t in op.inputs) + f" -> {list(op.output.shape)}"


def operator_details(op: Op) -> tuple[str, ...]:
    """Quantization, notes and cost, a line each."""
    lines = [f"in:  {tensor.quantization}" for tensor in op.inputs]
    lines.append(f"out: {op.output.quantization}")
    lines += op.notes
    if op.macs:
        lines.append(f"{op.macs:,} multiply-accumulates")
    return tuple(lines)
