# SPDX-License-Identifier: Apache-2.0
"""RESHAPE, EXPAND_DIMS, SQUEEZE: the same bytes under another shape."""

from collections.abc import Iterator
from dataclasses import dataclass

from kws_codegen.operators.c_code import Names, NoCode
from kws_codegen.operators.op import Op, Step
from kws_codegen.operators.operator_view import OperatorView, activation
from kws_codegen.operators.time_use import EndsTime, RowWise, TimeUse, time_axis
from kws_codegen.tflite.reader import Tensor


@dataclass(frozen=True, kw_only=True)
class Reshape(Op):
    same_bytes = True

    def time_use(self, rows: int) -> TimeUse:
        return EndsTime() if time_axis(self.output.shape, rows) is None else RowWise(rows)

    def steps(self) -> Iterator[Step]:
        return iter(())

    def code(self, names: Names) -> NoCode:  # noqa: ARG002
        return NoCode()


def reshape(view: OperatorView) -> Reshape:
    if view.input.size != view.output.size:
        view.fail(
            "changes the number of elements",
            "If the file does not know the size, convert the model with a fixed batch of 1.",
        )
    return Reshape(**view.fields())


def same_bytes(view: OperatorView, source: Tensor) -> Reshape:
    """READ_VARIABLE of a value that lies in the buffer already, as `source`."""
    view.require_same_quantization(source)
    if source.size != view.output.size:
        view.fail(f"reads {list(view.output.shape)} of a state {list(source.shape)}")
    return Reshape(
        index=view.op.index,
        kind=view.op.name,
        inputs=(activation(source),),
        output=activation(view.output),
    )
