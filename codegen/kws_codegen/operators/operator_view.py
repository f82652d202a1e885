# SPDX-License-Identifier: Apache-2.0
"""One operator of a .tflite file on its way into the typed graph: its tensors, options, faults."""

from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from kws_codegen import fixed_point as fx
from kws_codegen.operators.op import OpFields
from kws_codegen.operators.tensors import Activation, IntArray, Operand
from kws_codegen.tflite import faults
from kws_codegen.tflite.reader import Operator, Tensor

_ELEMENT_BYTES = {"INT16": 2}


def activation(tensor: Tensor) -> Activation:
    return Activation(
        index=tensor.index,
        name=tensor.name,
        shape=tensor.shape,
        scale=tensor.scale,
        zero_point=tensor.zero_point,
        element_bytes=_ELEMENT_BYTES.get(tensor.dtype, 1),
    )


@dataclass(frozen=True)
class OperatorView:
    """An operator, the output that is looked at (of several), the input that is worked on."""

    tensors: tuple[Tensor, ...]
    op: Operator
    output_number: int = 0
    input_number: int = 0

    def fail(self, fault: str, hint: str = "") -> NoReturn:
        faults.fail(self.tensors, self.op, fault, hint)

    @property
    def output(self) -> Tensor:
        return self.tensors[self.op.outputs[self.output_number]]

    @property
    def input(self) -> Tensor:
        return self.input_at(self.input_number)

    def input_at(self, position: int) -> Tensor:
        tensor = self.optional_input(position)
        if tensor is None:
            self.fail(f"has no input {position}")
        return tensor

    def optional_input(self, position: int) -> Tensor | None:
        inputs = self.op.inputs
        there = position < len(inputs) and inputs[position] >= 0
        return self.tensors[inputs[position]] if there else None

    def option(self, name: str, default: Any = 0) -> Any:
        return self.op.options.get(name, default)

    def constant(self, position: int, what: str, dtype: str) -> npt.NDArray[Any]:
        """Values of a constant input of that type."""
        tensor = self.input_at(position)
        if tensor.data is None or tensor.dtype != dtype:
            self.fail(f"has {what} that are not constant {dtype} ({tensor.dtype} here)")
        return tensor.data

    def integers(self, position: int, what: str) -> IntArray:
        """A constant int32 input (axes, sizes, permutations), flat."""
        return self.constant(position, what, "INT32").reshape(-1).astype(np.int64)

    def integer(self, position: int, what: str) -> int:
        """The first (or only) value of a constant int32 input."""
        values = self.integers(position, what)
        if not values.size:
            self.fail(f"has no {what}")
        return int(values[0])

    def axis(self, value: int, rank: int) -> int:
        """An axis counted from the front, whatever the file counts from."""
        if not -rank <= value < rank:
            self.fail(f"has the axis {value} of {rank} dimensions")
        return value % rank

    def fields(self) -> OpFields:
        """What an operator of one input begins with."""
        self.require_int8(self.input)
        if self.input.data is not None:
            self.fail("works on a constant", "Let the converter fold constants.")
        return self._fields(activation(self.input))

    def fields_of(self, operands: tuple[Operand, ...]) -> OpFields:
        """What an operator of several operands begins with: those that are no constants."""
        self.require_int8(self.output)
        return self._fields(*(o for o in operands if isinstance(o, Activation)))

    def _fields(self, *inputs: Activation) -> OpFields:
        return OpFields(
            index=self.op.index, kind=self.op.name, inputs=inputs, output=activation(self.output)
        )

    def operands(self, count: int) -> tuple[Operand, ...]:
        """The first `count` inputs, int8 activations or constants; at least one is no constant."""
        tensors = [self.input_at(position) for position in range(count)]
        for tensor in tensors:
            self.require_int8(tensor)
        if all(tensor.data is not None for tensor in tensors):
            self.fail("works on constants alone", "Let the converter fold constants.")
        return tuple(activation(t) if t.data is None else t.data for t in tensors)

    def require_int8(self, tensor: Tensor) -> None:
        if tensor.dtype != "INT8" or len(tensor.scales) != 1:
            self.fail(
                f"works on {tensor.dtype} {list(tensor.shape)} (tensor {tensor.index}), "
                "not on int8",
                "Convert with full int8 quantization (TFLITE_BUILTINS_INT8).",
            )
        if not fx.INT8_MIN <= tensor.zero_point <= fx.INT8_MAX:
            self.fail(f"has the zero point {tensor.zero_point}, which is no int8")

    def require_same_quantization(self, tensor: Tensor) -> None:
        """For operators that copy or compare values as they are."""
        output = self.output
        if abs(tensor.scale - output.scale) > 1e-6 or tensor.zero_point != output.zero_point:
            self.fail("has another quantization at its output than at its input")

    def image(self, tensor: Tensor) -> tuple[int, int, int]:
        """Height, width, channels of a [1, H, W, C] tensor."""
        if len(tensor.shape) != 4 or tensor.shape[0] != 1:
            self.fail(f"works on {list(tensor.shape)}, not on one image [1, H, W, C]")
        _, height, width, channels = tensor.shape
        return height, width, channels
