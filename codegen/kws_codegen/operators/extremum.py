# SPDX-License-Identifier: Apache-2.0
"""MAXIMUM, MINIMUM."""

from dataclasses import dataclass

from kws_codegen.operators.broadcasting import BroadcastingOp, broadcasting_fields
from kws_codegen.operators.c_code import KernelCall, Names
from kws_codegen.operators.lookup import Lookup, function_of_one_value, has_one_variable
from kws_codegen.operators.operands import operand_code
from kws_codegen.operators.operator_view import OperatorView


@dataclass(frozen=True, kw_only=True)
class Extremum(BroadcastingOp):
    """Told apart by `kind`."""

    def code(self, names: Names) -> KernelCall:
        arrays, operands = operand_code(self.operands, names)
        return KernelCall(
            function="kws_maximum_s8" if self.kind == "MAXIMUM" else "kws_minimum_s8",
            arguments=(names.struct, *operands, names.tensor(self.output)),
            struct="kws_broadcast",
            fields=self.broadcast_fields(),
            arrays=arrays,
        )


def extremum(view: OperatorView) -> Extremum | Lookup:
    if has_one_variable(view):
        return function_of_one_value(view)
    fields = broadcasting_fields(view)
    for position in (0, 1):
        view.require_same_quantization(view.input_at(position))
    return Extremum(**fields)
