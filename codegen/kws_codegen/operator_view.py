"""One operator of a .tflite file on its way into the typed graph: its tensors, options, faults."""

from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from kws_codegen import fixed_point as fx
from kws_codegen.base.errors import KwsError
from kws_codegen.graph import Activation, Operand, Window
from kws_codegen.tflite.reader import Operator, Tensor

IntArray = npt.NDArray[np.int64]


def activation(tensor: Tensor) -> Activation:
    return Activation(tensor.index, tensor.name, tensor.shape, tensor.scale, tensor.zero_point)


def fail(tensors: tuple[Tensor, ...], op: Operator, fault: str, hint: str = "") -> NoReturn:
    """KwsError that names the operator with its index and its first input's and output's shape."""
    source, output = (
        str(list(tensors[indices[0]].shape)) if indices else "[]"
        for indices in ([i for i in op.inputs if i >= 0], op.outputs)
    )
    raise KwsError(f"operator {op.index}, {op.name} {source} -> {output}: {fault}", hint)


@dataclass(frozen=True)
class OperatorView:
    """An operator and the output that is looked at (SPLIT and UNPACK have several)."""

    tensors: tuple[Tensor, ...]
    op: Operator
    number: int = 0  # of the output

    def fail(self, fault: str, hint: str = "") -> NoReturn:
        fail(self.tensors, self.op, fault, hint)

    @property
    def output(self) -> Tensor:
        return self.tensors[self.op.outputs[self.number]]

    @property
    def input(self) -> Tensor:
        """The tensor that is worked on: the first input, but for SPLIT, whose axis comes first."""
        return self.input_at(1 if self.op.name == "SPLIT" else 0)

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

    def common(self) -> tuple[int, str, tuple[Activation, ...], Activation]:
        """What every operator of one input begins with."""
        self.require_int8(self.input)
        if self.input.data is not None:
            self.fail("works on a constant", "Let the converter fold constants.")
        return self.op.index, self.op.name, (activation(self.input),), activation(self.output)

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

    def range(self) -> tuple[int, int]:
        """Limits of the int8 output under the fused activation."""
        from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

        code = self.option("fusedActivationFunction")
        names = {v: n for n, v in vars(schema.ActivationFunctionType).items() if type(v) is int}
        name = names.get(code, str(code))
        if not fx.is_activation(name):
            self.fail(f"has the fused activation {name}, which is not supported")
        return fx.activation_range(name, self.output.scale, self.output.zero_point)

    def image(self, tensor: Tensor) -> tuple[int, int, int]:
        """Height, width, channels of a [1, H, W, C] tensor."""
        if len(tensor.shape) != 4 or tensor.shape[0] != 1:
            self.fail(f"works on {list(tensor.shape)}, not on one image [1, H, W, C]")
        _, height, width, channels = tensor.shape
        return height, width, channels

    def window(self, kernel: tuple[int, int], dilation: tuple[int, int]) -> Window:
        """The sliding window; checks that the output has the shape it implies."""
        stride = (int(self.option("strideH")), int(self.option("strideW")))
        if min(*stride, *kernel, *dilation) < 1:
            self.fail(f"has the kernel {kernel}, stride {stride}, dilation {dilation}")
        sizes, results = self.image(self.input), self.image(self.output)
        padding = []
        for axis in range(2):
            size, result = sizes[axis], results[axis]
            reach = (kernel[axis] - 1) * dilation[axis] + 1
            same = self.option("padding") == 0
            expected = -(-(size if same else size + 1 - reach) // stride[axis])
            if result != expected:
                self.fail(f"should have {expected} outputs along axis {1 + axis}")
            padding.append(max(0, (result - 1) * stride[axis] + reach - size) // 2)
        return Window(kernel, stride, dilation, (padding[0], padding[1]))
