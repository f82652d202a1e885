# SPDX-License-Identifier: Apache-2.0
"""Functions of one int8 value as a table: RELU, QUANTIZE, LOGISTIC, ADD of one constant value."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kws_codegen.operators.activation_ranges import activation_range
from kws_codegen.operators.c_code import KernelCall, Names
from kws_codegen.operators.lookup_tables import lookup_table
from kws_codegen.operators.op import Op, Step, value_by_value
from kws_codegen.operators.operator_view import OperatorView, activation
from kws_codegen.operators.tensors import Int8Array
from kws_codegen.operators.time_use import RowWise, TimeUse
from kws_codegen.tflite.reader import Operator, Tensor

# Functions of one value that the converter leaves in float, between DEQUANTIZE and QUANTIZE.
_FLOAT_FUNCTIONS = ("ABS", "COS", "ELU", "EXP", "LOG", "NEG", "RSQRT", "SIN", "SQRT", "SQUARE")

_LARGEST_SCALE = 2.0**12
_LARGEST_RATIO = 2.0**18


@dataclass(frozen=True, kw_only=True)
class Lookup(Op):
    table: Int8Array  # [256], by value + 128

    def time_use(self, rows: int) -> TimeUse:
        return RowWise(rows)

    def steps(self) -> Iterator[Step]:
        return value_by_value(self)

    def code(self, names: Names) -> KernelCall:
        table = names.array("table", "int8_t", self.table, "result for -128, -127, ... 127")
        return KernelCall(
            function="kws_lookup_s8",
            arguments=(
                table.name,
                names.tensor(self.input),
                names.tensor(self.output),
                str(self.output.size),
            ),
            arrays=(table,),
        )


def function_of_one_value(view: OperatorView) -> Lookup:
    """One operator whose other inputs, if it has any, are constants of one element."""
    return function_chain(view.tensors, [view.op])


def has_one_variable(view: OperatorView) -> bool:
    """Whether one of two operands is a constant of one element: a function of the other."""
    tensors = (view.input_at(0), view.input_at(1))
    for tensor in tensors:
        view.require_int8(tensor)
    return any(t.data is not None and t.size == 1 for t in tensors) and any(
        t.data is None and t.size == view.output.size for t in tensors
    )


def float_chain(operators: Sequence[Operator], first: Operator) -> list[Operator]:
    """DEQUANTIZE, functions of one value in float, QUANTIZE: all of them, or nothing."""
    chain = [first]
    if first.name != "DEQUANTIZE":
        return []
    while True:
        readers = [op for op in operators if chain[-1].outputs[0] in op.inputs]
        if len(readers) != 1 or readers[0].name not in (*_FLOAT_FUNCTIONS, "QUANTIZE"):
            return []
        chain.append(readers[0])
        if readers[0].name == "QUANTIZE":
            return chain


def function_chain(tensors: tuple[Tensor, ...], chain: Sequence[Operator]) -> Lookup:
    """Operators of one value, each on the output of the one before, as one table."""
    first, last = OperatorView(tensors, chain[0]), OperatorView(tensors, chain[-1])
    source = next((i for i in chain[0].inputs if tensors[i].data is None), chain[0].inputs[0])
    for tensor in (tensors[source], last.output):
        last.require_int8(tensor)
    if tensors[source].size != last.output.size:
        first.fail("changes the number of elements")
    activation_range(last)  # refuses an unknown fused activation
    used = {index for op in chain for index in (*op.inputs, *op.outputs)}
    scales = [tensors[index].scale for index in used if tensors[index].scales]
    # TensorFlow Lite Micro stops the whole process beyond what its arithmetic takes.
    if max(scales) > _LARGEST_SCALE or max(scales) / min(scales) > _LARGEST_RATIO:
        first.fail(
            f"has scales that TensorFlow Lite Micro's arithmetic cannot join: {sorted(scales)}"
        )
    try:
        table = lookup_table(tensors, chain)
    except RuntimeError as error:
        first.fail(
            f"is not supported: TensorFlow Lite Micro does not take it ({error})",
            "It prints the reason above.",
        )
    return Lookup(
        index=chain[-1].index,
        kind=" + ".join(op.name for op in chain),
        inputs=(activation(tensors[source]),),
        output=activation(last.output),
        table=table,
    )
