# SPDX-License-Identifier: Apache-2.0
"""ADD, SUB."""

from dataclasses import dataclass

from kws_codegen import fixed_point as fx
from kws_codegen.operators.activation_ranges import activation_range
from kws_codegen.operators.broadcasting import BroadcastingOp, broadcasting_fields
from kws_codegen.operators.c_code import KernelCall, Names, braces, nested
from kws_codegen.operators.lookup import Lookup, function_of_one_value, has_one_variable
from kws_codegen.operators.operands import operand_code
from kws_codegen.operators.operator_view import OperatorView


@dataclass(frozen=True, kw_only=True)
class Add(BroadcastingOp):
    """Told apart by `kind`."""

    zero_points: tuple[int, int]
    multipliers: tuple[int, int, int]  # first, second operand, output
    shifts: tuple[int, int, int]
    low: int
    high: int

    def code(self, names: Names) -> KernelCall:
        pairs = list(zip(self.multipliers, self.shifts, strict=True))
        # A shift of 31 makes 0 of every value that occurs, as a factor of 0 does.
        multipliers = tuple(0 if shift < -30 else multiplier for multiplier, shift in pairs)
        shifts = tuple(0 if shift < -30 else -shift for _, shift in pairs)
        arrays, operands = operand_code(self.operands, names)
        return KernelCall(
            function="kws_add_s8" if self.kind == "ADD" else "kws_sub_s8",
            arguments=(names.struct, *operands, names.tensor(self.output)),
            struct="kws_add",
            fields=(
                nested("broadcast", self.broadcast_fields()),
                f".zero_points = {braces(self.zero_points)}",
                f".multipliers = {braces(multipliers)}",
                f".shifts = {braces(shifts)}",
                f".zero_point = {self.output.zero_point}",
                f".low = {self.low}, .high = {self.high}",
            ),
            arrays=arrays,
        )


def add(view: OperatorView) -> Add | Lookup:
    """Source of the arithmetic: the Prepare functions of add_common.cc and sub_common.cc."""
    if has_one_variable(view):
        return function_of_one_value(view)
    fields = broadcasting_fields(view)
    first, second = view.input_at(0), view.input_at(1)
    twice = 2 * max(first.scale, second.scale)
    (m0, s0), (m1, s1), (m2, s2) = (
        fx.quantize_multiplier(first.scale / twice),
        fx.quantize_multiplier(second.scale / twice),
        fx.quantize_multiplier(twice / ((1 << 20) * view.output.scale)),
    )
    if max(s0, s1, s2) > 0:
        view.fail("has an output scale that is too small for TensorFlow Lite Micro's addition")
    low, high = activation_range(view)
    return Add(
        **fields,
        zero_points=(first.zero_point, second.zero_point),
        multipliers=(m0, m1, m2),
        shifts=(s0, s1, s2),
        low=low,
        high=high,
    )
