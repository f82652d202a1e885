# SPDX-License-Identifier: Apache-2.0
"""MUL, and PRELU, which multiplies negative values only."""

from dataclasses import dataclass

from kws_codegen import fixed_point as fx
from kws_codegen.operators.activation_ranges import activation_range
from kws_codegen.operators.broadcasting import BroadcastingOp, broadcasting_fields
from kws_codegen.operators.c_code import KernelCall, Names, braces, nested
from kws_codegen.operators.lookup import Lookup, function_of_one_value, has_one_variable
from kws_codegen.operators.operands import operand_code
from kws_codegen.operators.operator_view import OperatorView


@dataclass(frozen=True, kw_only=True)
class Mul(BroadcastingOp):
    """Told apart by `kind`: PRELU rescales values that are not negative."""

    zero_points: tuple[int, int]
    multiplier: int
    shift: int
    low: int
    high: int
    positive: tuple[int, int]  # multiplier, shift of what is not negative (PRELU)

    def code(self, names: Names) -> KernelCall:
        arrays, operands = operand_code(self.operands, names)
        fields = [
            nested("broadcast", self.broadcast_fields()),
            f".zero_points = {braces(self.zero_points)}",
            f".multiplier = {self.multiplier}, .shift = {-self.shift}",
        ]
        if self.kind == "PRELU":
            multiplier, shift = self.positive
            fields.append(f".positive_multiplier = {multiplier}, .positive_shift = {-shift}")
        fields.append(f".zero_point = {self.output.zero_point}")
        fields.append(f".low = {self.low}, .high = {self.high}")
        return KernelCall(
            function="kws_prelu_s8" if self.kind == "PRELU" else "kws_mul_s8",
            arguments=(names.struct, *operands, names.tensor(self.output)),
            struct="kws_mul",
            fields=tuple(fields),
            arrays=arrays,
        )


def mul(view: OperatorView) -> Mul | Lookup:
    if has_one_variable(view):
        return function_of_one_value(view)
    fields = broadcasting_fields(view)
    first, second, scale = view.input_at(0), view.input_at(1), view.output.scale
    multiplier, shift = fx.quantize_multiplier(first.scale * second.scale / scale)
    positive = fx.quantize_multiplier(first.scale / scale)
    if shift > 15 or positive[1] > 22:
        view.fail("has an output scale that is too small for 32-bit products")
    low, high = activation_range(view)
    return Mul(
        **fields,
        zero_points=(first.zero_point, second.zero_point),
        multiplier=multiplier,
        shift=shift,
        low=low,
        high=high,
        positive=positive,
    )
