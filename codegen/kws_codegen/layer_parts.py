"""What each operator of the planned graph is made of in C: kernel, struct, constants.

The structs are those of firmware/kernels/kernels.h.
"""

from dataclasses import dataclass
from functools import singledispatch

import numpy as np

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
    Softmax,
    StridedCopy,
)
from kws_codegen.layer_fields import (
    Array,
    braces,
    broadcast_fields,
    four,
    nested,
    pair,
    requantization_fields,
    window_fields,
)


@dataclass(frozen=True)
class Parts:
    """Kernel function and struct ("" for none), initialisers of the struct, arrays."""

    function: str
    struct: str = ""
    fields: tuple[str, ...] = ()
    arrays: tuple[Array, ...] = ()


@singledispatch
def parts_of(op: Op, name: str) -> Parts:  # noqa: ARG001
    """What an operator of this type is made of; an operator without code has no function."""
    return Parts("")


@parts_of.register
def _(op: Conv2D, name: str) -> Parts:
    patch = patch_size(op)
    rows = op.weights.reshape(len(op.weights), -1)
    padded = np.pad(rows, ((0, 0), (0, patch - rows.shape[1])))
    order = "output channel, row, column, input channel"
    if patch > rows.shape[1]:
        order += f", rows padded with zeros to {patch}"
    arrays, fields = _weighted(op, padded, name, order)
    fields = (
        *window_fields(op, op.window),
        f".patch = {patch}",
        f".pad_value = {op.input.zero_point}",
        *fields,
    )
    return Parts("kws_conv_2d_s8", "kws_conv_2d", fields, arrays)


@parts_of.register
def _(op: DepthwiseConv2D, name: str) -> Parts:
    plane = plane_of(op)
    weights = op.weights.transpose(0, 2, 1) if plane.transposed else op.weights
    order = "output channel, column, row" if plane.transposed else "output channel, row, column"
    arrays, fields = _weighted(op, weights, name, order)
    channels = (op.input.image[2], op.output.image[2])
    rows_in, columns_in = plane.order((op.input.image[1] * channels[0], channels[0]))
    rows_out, columns_out = plane.order((op.output.image[1] * channels[1], channels[1]))
    top, left = plane.order(op.window.padding)
    fields = (
        f"{pair('in', plane.order(op.input.image[:2]))}, .in_channels = {channels[0]}",
        f"{pair('out', plane.order(op.output.image[:2]))}, .out_channels = {channels[1]}",
        pair("kernel", plane.order(op.window.kernel)),
        pair("stride", plane.order(op.window.stride)),
        pair("dilation", plane.order(op.window.dilation)),
        f".pad_top = {top}, .pad_left = {left}",
        pair("plane", plane.shape),
        f".multiplier = {op.multiplier}",
        f".pad_value = {op.input.zero_point}",
        f".in_row_stride = {rows_in}, .in_column_stride = {columns_in}",
        f".out_row_stride = {rows_out}, .out_column_stride = {columns_out}",
        *fields,
    )
    return Parts("kws_depthwise_conv_2d_s8", "kws_depthwise_conv_2d", fields, arrays)


@parts_of.register
def _(op: FullyConnected, name: str) -> Parts:
    arrays, fields = _weighted(op, op.weights, name, "output, input")
    outputs, inputs = op.weights.shape
    fields = (f".rows = {op.rows}", f".inputs = {inputs}, .outputs = {outputs}", *fields)
    return Parts("kws_fully_connected_s8", "kws_fully_connected", fields, arrays)


@parts_of.register
def _(op: Pool, name: str) -> Parts:  # noqa: ARG001 - the name is for arrays
    fields = (*window_fields(op, op.window), f".low = {op.low}, .high = {op.high}")
    average = op.kind == "AVERAGE_POOL_2D"
    function = "kws_average_pool_2d_s8" if average else "kws_max_pool_2d_s8"
    return Parts(function, "kws_pool_2d", fields)


@parts_of.register
def _(op: Mean, name: str) -> Parts:
    arrays, fields = requantization_fields(op.requantization, name)
    sizes = f".outer = {op.outer}, .count = {op.count}, .inner = {op.inner}"
    return Parts("kws_mean_s8", "kws_mean", (sizes, *fields), arrays)


@parts_of.register
def _(op: Lookup, name: str) -> Parts:
    values = op.table.astype(np.int64)
    table = Array(f"{name}_table", "int8_t", values, "result for -128, -127, ... 127")
    return Parts("kws_lookup_s8", arrays=(table,))


@parts_of.register
def _(op: Elementwise, name: str) -> Parts:
    """MAXIMUM and MINIMUM."""
    function = "kws_maximum_s8" if op.kind == "MAXIMUM" else "kws_minimum_s8"
    return Parts(function, "kws_broadcast", broadcast_fields(op), _operand_arrays(op, name))


@parts_of.register
def _(op: Add, name: str) -> Parts:
    pairs = list(zip(op.multipliers, op.shifts, strict=True))
    # A shift of 31 makes 0 of every value that occurs, as a factor of 0 does.
    multipliers = tuple(0 if shift < -30 else multiplier for multiplier, shift in pairs)
    shifts = tuple(0 if shift < -30 else -shift for _, shift in pairs)
    fields = (
        nested("broadcast", broadcast_fields(op)),
        f".zero_points = {braces(op.zero_points)}",
        f".multipliers = {braces(multipliers)}",
        f".shifts = {braces(shifts)}",
        f".zero_point = {op.output.zero_point}",
        f".low = {op.low}, .high = {op.high}",
    )
    function = "kws_add_s8" if op.kind == "ADD" else "kws_sub_s8"
    return Parts(function, "kws_add", fields, _operand_arrays(op, name))


@parts_of.register
def _(op: Multiply, name: str) -> Parts:
    fields = [
        nested("broadcast", broadcast_fields(op)),
        f".zero_points = {braces(op.zero_points)}",
        f".multiplier = {op.multiplier}, .shift = {-op.shift}",
    ]
    if op.kind == "PRELU":
        multiplier, shift = op.positive
        fields.append(f".positive_multiplier = {multiplier}, .positive_shift = {-shift}")
    fields.append(f".zero_point = {op.output.zero_point}")
    fields.append(f".low = {op.low}, .high = {op.high}")
    function = "kws_prelu_s8" if op.kind == "PRELU" else "kws_mul_s8"
    return Parts(function, "kws_mul", tuple(fields), _operand_arrays(op, name))


def _operand_arrays(op: Elementwise | Concatenation, name: str) -> tuple[Array, ...]:
    """The constant operands."""
    return tuple(
        Array(
            operand_name(name, number), "int8_t", operand.astype(np.int64),
            f"operand {number}: {list(operand.shape)}",
        )
        for number, operand in enumerate(op.operands)
        if not isinstance(operand, Activation)
    )  # fmt: skip


def operand_name(name: str, number: int) -> str:
    return f"{name}_operand{number}"


@parts_of.register
def _(op: Concatenation, name: str) -> Parts:
    runs = Array(f"{name}_runs", "uint16_t", np.array(op.runs), "bytes of each operand at a time")
    fields = (f".operands = {len(op.operands)}, .outer = {op.outer}", f".runs = {runs.name}")
    arrays = (*_operand_arrays(op, name), runs)
    return Parts("kws_concatenation_s8", "kws_concatenation", fields, arrays)


@parts_of.register
def _(op: StridedCopy, name: str) -> Parts:  # noqa: ARG001
    fields = (
        f".shape = {braces(op.shape)}",
        f".strides = {braces(op.strides)}",
        f".start = {op.start}",
    )
    return Parts("kws_strided_copy_s8", "kws_strided_copy", fields)


@parts_of.register
def _(op: Pad, name: str) -> Parts:  # noqa: ARG001
    fields = (
        f".in_shape = {braces(four(op.input.shape))}",
        f".out_shape = {braces(four(op.output.shape))}",
        f".before = {braces(op.before)}",
        f".value = {op.value}",
    )
    return Parts("kws_pad_s8", "kws_pad", fields)


@parts_of.register
def _(op: Softmax, name: str) -> Parts:  # noqa: ARG001
    fields = (
        f".rows = {op.rows}, .depth = {op.depth}",
        f".multiplier = {op.multiplier}, .shift = {op.shift}",
        f".diff_min = {max(op.diff_min, -256)}",  # no difference of int8 is smaller
    )
    return Parts("kws_softmax_s8", "kws_softmax", fields)


def _weighted(
    op: Conv2D | DepthwiseConv2D | FullyConnected,
    values: Int8Array,
    name: str,
    order: str,
) -> tuple[tuple[Array, ...], tuple[str, ...]]:
    """Weights and requantization: arrays and the initialisers that point to them."""
    comment = f"weights {list(op.weights.shape)}: {order}"
    weights = Array(f"{name}_weights", "int8_t", values.astype(np.int64), comment)
    arrays, fields = requantization_fields(op.requantization, name)
    return (weights, *arrays), (f".weights = {weights.name}", *fields)
