# SPDX-License-Identifier: Apache-2.0
"""One operator of the planned graph as the template prints it."""

from dataclasses import dataclass

from kws_codegen.operators.c_code import KernelCall, Names, NoCode
from kws_codegen.operators.op import Op
from kws_codegen.plan.planner import Plan


@dataclass(frozen=True, kw_only=True)
class GeneratedOperator:
    """The C of an operator, and what its comment says. `kernel` is None where it has no code."""

    index: int
    kind: str
    name: str  # prefix of its C names
    title: str
    details: tuple[str, ...]  # lines of its comment
    kernel: KernelCall | None
    output_offset: int
    output_bytes: int

    @property
    def call(self) -> str:
        """The statement; empty for an operator without code."""
        return f"{self.kernel.function}({', '.join(self.kernel.arguments)})" if self.kernel else ""


def generated_operator(op: Op, position: int, layout: Plan) -> GeneratedOperator:
    """The operator at `position` of the graph as C.

    Raises TypeError when it says neither its code nor that it needs none: a bug in its module.
    """
    code = op.code(Names(op.c_name, layout.tensors, layout.scratch.get(position)))
    if not isinstance(code, NoCode if op.same_bytes else KernelCall):
        raise TypeError(f"{type(op).__name__} ({op.kind}) has neither code nor the same bytes")
    return GeneratedOperator(
        index=op.index,
        kind=op.kind,
        name=op.c_name,
        title=operator_title(op),
        details=operator_details(op),
        kernel=code if isinstance(code, KernelCall) else None,
        output_offset=layout.tensors[op.output.index],
        output_bytes=op.output.size,
    )


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
