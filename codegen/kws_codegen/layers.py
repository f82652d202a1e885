"""One operator of the planned graph as C: its constants, its parameter struct, its call.

The structs are those of firmware/kernels/kernels.h.
"""

from dataclasses import dataclass
from functools import singledispatch

import numpy as np
import numpy.typing as npt

from kws_codegen.access import patch_size, plane_of
from kws_codegen.graph import (
    Activation,
    Add,
    Concatenation,
    Conv2D,
    DepthwiseConv2D,
    Elementwise,
    FullyConnected,
    Int8Array,
    Lookup,
    Mean,
    Multiply,
    Op,
    Pad,
    Pool,
    Requantization,
    Softmax,
    StridedCopy,
    Window,
)
from kws_codegen.planner import Plan

_BYTES = {"int8_t": 1, "uint8_t": 1, "uint16_t": 2, "int32_t": 4}

_SEVERAL_OUTPUTS = ("SPLIT", "SPLIT_V", "UNPACK")
"""Operators of the file that are one operator of the graph for each output."""


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


@dataclass(frozen=True)
class _Parts:
    """Kernel function and struct ("" for none), initialisers of the struct, arrays."""

    function: str
    struct: str = ""
    fields: tuple[str, ...] = ()
    arrays: tuple[Array, ...] = ()


def layer(op: Op, position: int, layout: Plan) -> Layer:
    """The operator at `position` of the graph as C."""
    name = f"op{op.index}"
    if op.kind in _SEVERAL_OUTPUTS:
        name += f"_{op.output.index}"
    parts = _parts(op, name)
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


def quantisation(tensor: Activation) -> str:
    return f"scale {tensor.scale:.9g}, zero point {tensor.zero_point}"


def _details(op: Op) -> tuple[str, ...]:
    lines = [f"in:  {quantisation(tensor)}" for tensor in op.inputs]
    lines.append(f"out: {quantisation(op.output)}")
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


@singledispatch
def _parts(op: Op, name: str) -> _Parts:  # noqa: ARG001
    """What an operator of this type is made of; an operator without code has no function."""
    return _Parts("")


@_parts.register
def _(op: Conv2D, name: str) -> _Parts:
    patch = patch_size(op)
    rows = op.weights.reshape(len(op.weights), -1)
    padded = np.pad(rows, ((0, 0), (0, patch - rows.shape[1])))
    order = "output channel, row, column, input channel"
    if patch > rows.shape[1]:
        order += f", rows padded with zeros to {patch}"
    arrays, fields = _weighted(op, padded, name, order)
    fields = (
        *_window(op, op.window),
        f".patch = {patch}",
        f".pad_value = {op.input.zero_point}",
        *fields,
    )
    return _Parts("kws_conv_2d_s8", "kws_conv_2d", fields, arrays)


@_parts.register
def _(op: DepthwiseConv2D, name: str) -> _Parts:
    plane = plane_of(op)
    weights = op.weights.transpose(0, 2, 1) if plane.transposed else op.weights
    order = "output channel, column, row" if plane.transposed else "output channel, row, column"
    arrays, fields = _weighted(op, weights, name, order)
    channels = (op.input.image[2], op.output.image[2])
    rows_in, columns_in = plane.order((op.input.image[1] * channels[0], channels[0]))
    rows_out, columns_out = plane.order((op.output.image[1] * channels[1], channels[1]))
    top, left = plane.order(op.window.padding)
    fields = (
        f"{_pair('in', plane.order(op.input.image[:2]))}, .in_channels = {channels[0]}",
        f"{_pair('out', plane.order(op.output.image[:2]))}, .out_channels = {channels[1]}",
        _pair("kernel", plane.order(op.window.kernel)),
        _pair("stride", plane.order(op.window.stride)),
        _pair("dilation", plane.order(op.window.dilation)),
        f".pad_top = {top}, .pad_left = {left}",
        _pair("plane", plane.shape),
        f".multiplier = {op.multiplier}",
        f".pad_value = {op.input.zero_point}",
        f".in_row_stride = {rows_in}, .in_column_stride = {columns_in}",
        f".out_row_stride = {rows_out}, .out_column_stride = {columns_out}",
        *fields,
    )
    return _Parts("kws_depthwise_conv_2d_s8", "kws_depthwise_conv_2d", fields, arrays)


@_parts.register
def _(op: FullyConnected, name: str) -> _Parts:
    arrays, fields = _weighted(op, op.weights, name, "output, input")
    outputs, inputs = op.weights.shape
    fields = (f".rows = {op.rows}", f".inputs = {inputs}, .outputs = {outputs}", *fields)
    return _Parts("kws_fully_connected_s8", "kws_fully_connected", fields, arrays)


@_parts.register
def _(op: Pool, name: str) -> _Parts:  # noqa: ARG001 - the name is for arrays
    fields = (*_window(op, op.window), f".low = {op.low}, .high = {op.high}")
    average = op.kind == "AVERAGE_POOL_2D"
    function = "kws_average_pool_2d_s8" if average else "kws_max_pool_2d_s8"
    return _Parts(function, "kws_pool_2d", fields)


@_parts.register
def _(op: Mean, name: str) -> _Parts:
    arrays, fields = _requantization(op.requantization, name)
    sizes = f".outer = {op.outer}, .count = {op.count}, .inner = {op.inner}"
    return _Parts("kws_mean_s8", "kws_mean", (sizes, *fields), arrays)


@_parts.register
def _(op: Lookup, name: str) -> _Parts:
    values = op.table.astype(np.int64)
    table = Array(f"{name}_table", "int8_t", values, "result for -128, -127, ... 127")
    return _Parts("kws_lookup_s8", arrays=(table,))


@_parts.register
def _(op: Elementwise, name: str) -> _Parts:
    """MAXIMUM and MINIMUM."""
    function = "kws_maximum_s8" if op.kind == "MAXIMUM" else "kws_minimum_s8"
    return _Parts(function, "kws_broadcast", _broadcast(op), _operand_arrays(op, name))


@_parts.register
def _(op: Add, name: str) -> _Parts:
    pairs = list(zip(op.multipliers, op.shifts, strict=True))
    # A shift of 31 makes 0 of every value that occurs, as a factor of 0 does.
    multipliers = tuple(0 if shift < -30 else multiplier for multiplier, shift in pairs)
    shifts = tuple(0 if shift < -30 else -shift for _, shift in pairs)
    fields = (
        _nested("broadcast", _broadcast(op)),
        f".zero_points = {_braces(op.zero_points)}",
        f".multipliers = {_braces(multipliers)}",
        f".shifts = {_braces(shifts)}",
        f".zero_point = {op.output.zero_point}",
        f".low = {op.low}, .high = {op.high}",
    )
    function = "kws_add_s8" if op.kind == "ADD" else "kws_sub_s8"
    return _Parts(function, "kws_add", fields, _operand_arrays(op, name))


@_parts.register
def _(op: Multiply, name: str) -> _Parts:
    fields = [
        _nested("broadcast", _broadcast(op)),
        f".zero_points = {_braces(op.zero_points)}",
        f".multiplier = {op.multiplier}, .shift = {-op.shift}",
    ]
    if op.kind == "PRELU":
        multiplier, shift = op.positive
        fields.append(f".positive_multiplier = {multiplier}, .positive_shift = {-shift}")
    fields.append(f".zero_point = {op.output.zero_point}")
    fields.append(f".low = {op.low}, .high = {op.high}")
    function = "kws_prelu_s8" if op.kind == "PRELU" else "kws_mul_s8"
    return _Parts(function, "kws_mul", tuple(fields), _operand_arrays(op, name))


def _broadcast(op: Elementwise) -> tuple[str, ...]:
    """Dimensions over which both operands go on evenly become one: equal shapes a single loop."""
    dimensions: list[tuple[int, int, int]] = []  # size, stride of each operand
    for size, first, second in zip(_four(op.output.shape), *op.strides, strict=True):
        outer, *outer_strides = dimensions[-1] if dimensions else (1, 0, 0)
        if outer_strides == [size * first, size * second] and outer * size < 1 << 16:
            dimensions[-1:] = [(outer * size, first, second)]
        elif size > 1:
            dimensions.append((size, first, second))
    shape, *strides = zip(*[(1, 0, 0)] * (4 - len(dimensions)), *dimensions, strict=True)
    return (
        f".shape = {_braces(shape)}",
        f".strides = {{{_braces(strides[0])}, {_braces(strides[1])}}}",
    )


def _operand_arrays(op: Elementwise | Concatenation, name: str) -> tuple[Array, ...]:
    """The constant operands."""
    return tuple(
        Array(
            _operand_name(name, number), "int8_t", operand.astype(np.int64),
            f"operand {number}: {list(operand.shape)}",
        )
        for number, operand in enumerate(op.operands)
        if not isinstance(operand, Activation)
    )  # fmt: skip


def _operand_name(name: str, number: int) -> str:
    return f"{name}_operand{number}"


@_parts.register
def _(op: Concatenation, name: str) -> _Parts:
    runs = Array(f"{name}_runs", "uint16_t", np.array(op.runs), "bytes of each operand at a time")
    fields = (f".operands = {len(op.operands)}, .outer = {op.outer}", f".runs = {runs.name}")
    arrays = (*_operand_arrays(op, name), runs)
    return _Parts("kws_concatenation_s8", "kws_concatenation", fields, arrays)


@_parts.register
def _(op: StridedCopy, name: str) -> _Parts:  # noqa: ARG001
    fields = (
        f".shape = {_braces(op.shape)}",
        f".strides = {_braces(op.strides)}",
        f".start = {op.start}",
    )
    return _Parts("kws_strided_copy_s8", "kws_strided_copy", fields)


@_parts.register
def _(op: Pad, name: str) -> _Parts:  # noqa: ARG001
    fields = (
        f".in_shape = {_braces(_four(op.input.shape))}",
        f".out_shape = {_braces(_four(op.output.shape))}",
        f".before = {_braces(op.before)}",
        f".value = {op.value}",
    )
    return _Parts("kws_pad_s8", "kws_pad", fields)


@_parts.register
def _(op: Softmax, name: str) -> _Parts:  # noqa: ARG001
    fields = (
        f".rows = {op.rows}, .depth = {op.depth}",
        f".multiplier = {op.multiplier}, .shift = {op.shift}",
        f".diff_min = {max(op.diff_min, -256)}",  # no difference of int8 is smaller
    )
    return _Parts("kws_softmax_s8", "kws_softmax", fields)


def _weighted(
    op: Conv2D | DepthwiseConv2D | FullyConnected,
    values: Int8Array,
    name: str,
    order: str,
) -> tuple[tuple[Array, ...], tuple[str, ...]]:
    """Weights and requantisation: arrays and the initialisers that point to them."""
    comment = f"weights {list(op.weights.shape)}: {order}"
    weights = Array(f"{name}_weights", "int8_t", values.astype(np.int64), comment)
    arrays, fields = _requantization(op.requantization, name)
    return (weights, *arrays), (f".weights = {weights.name}", *fields)


def _nested(name: str, lines: tuple[str, ...]) -> str:
    """A struct inside the struct."""
    inner = ",\n".join("        " + line for line in lines)
    return f".{name} = {{\n{inner},\n    }}"


def _pair(name: str, values: tuple[int, int]) -> str:
    return f".{name}_height = {values[0]}, .{name}_width = {values[1]}"


def _window(op: Op, window: Window) -> tuple[str, ...]:
    def image(name: str, tensor: Activation) -> str:
        height, width, channels = tensor.image
        return f"{_pair(name, (height, width))}, .{name}_channels = {channels}"

    top, left = window.padding
    lines = (
        image("in", op.input),
        image("out", op.output),
        _pair("kernel", window.kernel),
        _pair("stride", window.stride),
        _pair("dilation", window.dilation),
        f".pad_top = {top}, .pad_left = {left}",
    )
    return (_nested("window", lines),)


def _requantization(r: Requantization, name: str) -> tuple[tuple[Array, ...], tuple[str, ...]]:
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


def _call(op: Op, name: str, parts: _Parts, position: int, layout: Plan) -> str:
    if not parts.function:
        return ""
    operands = op.operands if isinstance(op, Elementwise | Concatenation) else op.inputs
    sources = [
        _at(layout.tensors[operand.index])
        if isinstance(operand, Activation)
        else _operand_name(name, number)
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


def _braces(values: tuple[int, ...]) -> str:
    return "{" + ", ".join(str(value) for value in values) + "}"


def _four(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (1,) * (4 - len(shape)) + shape
