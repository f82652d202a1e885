"""One operator of the planned graph as C: comment, constants, parameter struct, call."""

from dataclasses import dataclass

from kws_codegen.access import plane_of
from kws_codegen.graph import (
    Activation,
    Concatenation,
    Conv2D,
    DepthwiseConv2D,
    Elementwise,
    Lookup,
    Op,
    Pool,
)
from kws_codegen.layer_fields import Array
from kws_codegen.layer_parts import Parts, operand_name, parts_of
from kws_codegen.plan.planner import Plan

_SEVERAL_OUTPUTS = ("SPLIT", "SPLIT_V", "UNPACK")
"""Operators of the file that are one operator of the graph for each output."""


@dataclass(frozen=True)
class Layer:
    """One operator as the template prints it."""

    index: int
    kind: str
    name: str  # prefix of its C names
    title: str
    details: tuple[str, ...]  # lines of its comment
    arrays: tuple[Array, ...]
    struct: str  # its kernel's struct; "" where there is none
    fields: tuple[str, ...]  # designated initialisers of the struct
    call: str  # "" for an operator without code
    output_offset: int
    output_bytes: int


def layer(op: Op, position: int, layout: Plan) -> Layer:
    """The operator at `position` of the graph as C."""
    name = f"op{op.index}"
    if op.kind in _SEVERAL_OUTPUTS:
        name += f"_{op.output.index}"
    parts = parts_of(op, name)
    return Layer(
        op.index,
        op.kind,
        name,
        " + ".join(str(list(t.shape)) for t in op.inputs) + f" -> {list(op.output.shape)}",
        _details(op),
        parts.arrays,
        parts.struct,
        parts.fields,
        _call(op, name, parts, position, layout),
        layout.tensors[op.output.index],
        op.output.size,
    )


def quantization(tensor: Activation) -> str:
    return f"scale {tensor.scale:.9g}, zero point {tensor.zero_point}"


def _details(op: Op) -> tuple[str, ...]:
    lines = [f"in:  {quantization(tensor)}" for tensor in op.inputs]
    lines.append(f"out: {quantization(op.output)}")
    if isinstance(op, Conv2D | DepthwiseConv2D | Pool):
        w = op.window
        line = f"kernel {_by(w.kernel)}, stride {_by(w.stride)}"
        if w.dilation != (1, 1):
            line += f", dilation {_by(w.dilation)}"
        if w.padding != (0, 0):
            line += f", padding {w.padding[0]} above, {w.padding[1]} left"
        lines.append(line)
    if isinstance(op, DepthwiseConv2D) and plane_of(op).transposed:
        lines.append("computed with rows and columns exchanged")
    if op.macs:
        lines.append(f"{op.macs:,} multiply-accumulates")
    return tuple(lines)


def _call(op: Op, name: str, parts: Parts, position: int, layout: Plan) -> str:
    if not parts.function:
        return ""
    operands = op.operands if isinstance(op, Elementwise | Concatenation) else op.inputs
    sources = [
        _at(layout.tensors[operand.index])
        if isinstance(operand, Activation)
        else operand_name(name, number)
        for number, operand in enumerate(operands)
    ]
    if isinstance(op, Concatenation):
        sources = [f"(const int8_t *const[]){{{', '.join(sources)}}}"]
    constants = f"&{name}" if parts.struct else f"{name}_table"
    arguments = [constants, *sources, _at(layout.tensors[op.output.index])]
    if isinstance(op, Lookup):
        arguments.append(str(op.output.size))
    if position in layout.scratch:
        arguments.append(_at(layout.scratch[position]))
    return f"{parts.function}({', '.join(arguments)})"


def _at(offset: int) -> str:
    return f"activations + {offset}"


def _by(pair: tuple[int, int]) -> str:
    return f"{pair[0]}x{pair[1]}"
