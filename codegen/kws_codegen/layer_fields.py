"""Constants and designated initialisers that several kernels' structs have in common."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kws_codegen.graph import Activation, Elementwise, Op, Requantization, Window

_BYTES = {"int8_t": 1, "uint8_t": 1, "uint16_t": 2, "int32_t": 4}


@dataclass(frozen=True)
class Array:
    """A constant array of static_model.c."""

    name: str
    c_type: str
    values: npt.NDArray[np.int64]
    comment: str

    @property
    def bytes(self) -> int:
        return _BYTES[self.c_type] * int(self.values.size)


def broadcast_fields(op: Elementwise) -> tuple[str, ...]:
    """Dimensions over which both operands go on evenly become one: equal shapes a single loop."""
    dimensions: list[tuple[int, int, int]] = []  # size, stride of each operand
    for size, first, second in zip(four(op.output.shape), *op.strides, strict=True):
        outer, *outer_strides = dimensions[-1] if dimensions else (1, 0, 0)
        if outer_strides == [size * first, size * second] and outer * size < 1 << 16:
            dimensions[-1:] = [(outer * size, first, second)]
        elif size > 1:
            dimensions.append((size, first, second))
    shape, *strides = zip(*[(1, 0, 0)] * (4 - len(dimensions)), *dimensions, strict=True)
    return (
        f".shape = {braces(shape)}",
        f".strides = {{{braces(strides[0])}, {braces(strides[1])}}}",
    )


def nested(name: str, lines: tuple[str, ...]) -> str:
    """A struct inside the struct."""
    inner = ",\n".join("        " + line for line in lines)
    return f".{name} = {{\n{inner},\n    }}"


def pair(name: str, values: tuple[int, int]) -> str:
    return f".{name}_height = {values[0]}, .{name}_width = {values[1]}"


def window_fields(op: Op, window: Window) -> tuple[str, ...]:
    def image(name: str, tensor: Activation) -> str:
        height, width, channels = tensor.image
        return f"{pair(name, (height, width))}, .{name}_channels = {channels}"

    top, left = window.padding
    lines = (
        image("in", op.input),
        image("out", op.output),
        pair("kernel", window.kernel),
        pair("stride", window.stride),
        pair("dilation", window.dilation),
        f".pad_top = {top}, .pad_left = {left}",
    )
    return (nested("window", lines),)


def requantization_fields(
    r: Requantization, name: str
) -> tuple[tuple[Array, ...], tuple[str, ...]]:
    def array(what: str, c_type: str, values: tuple[int, ...], comment: str) -> Array:
        return Array(f"{name}_{what}", c_type, np.array(values, np.int64), comment)

    shifts = tuple(-shift for shift in r.shift)
    arrays = (
        array("bias", "int32_t", r.bias, "biases, input zero point folded in"),
        array("multiplier", "int32_t", r.multiplier, "output multipliers"),
        array("shift", "int8_t", shifts, "output shifts, to the right"),
    )
    pointers = "\n".join(f"        .{a.name.removeprefix(name + '_')} = {a.name}," for a in arrays)
    lines = (
        pointers,
        f"        .rounding = {_rounding(r)},",
        f"        .zero_point = {r.zero_point}, .low = {r.low}, .high = {r.high},",
    )
    return arrays, (".requantization = {\n" + "\n".join(lines) + "\n    }",)


def _rounding(r: Requantization) -> str:
    """Which of the kernels' three ways to round is enough (kws_rounding in kernels.h)."""
    if not all(1 <= -shift <= 30 for shift in r.shift):
        return "KWS_ROUND_GENERAL"
    return "KWS_ROUND_POSITIVE" if r.low >= r.zero_point else "KWS_ROUND_SIGNED"


def braces(values: tuple[int, ...]) -> str:
    return "{" + ", ".join(str(value) for value in values) + "}"


def four(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (1,) * (4 - len(shape)) + shape
