"""The typed graph: what each operator computes, with every constant worked out.

Lowering (lowering.py) makes it from a .tflite model, the planner places its activations,
static_model.py prints it as C. Shapes are NHWC without surprises: batch 1.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Int8Array = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Activation:
    """An int8 tensor that lives in the activation buffer."""

    index: int  # of the tensor in the file
    name: str
    shape: tuple[int, ...]
    scale: float
    zero_point: int

    @property
    def size(self) -> int:
        """Bytes (one an element)."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def image(self) -> tuple[int, int, int]:
        """Height, width, channels of a [1, H, W, C] tensor."""
        _, height, width, channels = self.shape
        return height, width, channels


@dataclass(frozen=True)
class Window:
    """How a kernel slides over an image; pairs are (vertical, horizontal)."""

    kernel: tuple[int, int]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    padding: tuple[int, int]  # rows above, columns left of the image


@dataclass(frozen=True)
class Requantization:
    """How int32 accumulators become int8 outputs, one entry a channel.

    output = clamp(rescale(accumulator + bias, multiplier, shift) + zero_point, low, high);
    the input's zero point is folded into the bias.
    """

    bias: tuple[int, ...]
    multiplier: tuple[int, ...]
    shift: tuple[int, ...]
    zero_point: int
    low: int
    high: int


@dataclass(frozen=True)
class Op:
    """What every operator has. `index` is its place in the file, `kind` its name there."""

    index: int
    kind: str
    inputs: tuple[Activation, ...]
    output: Activation

    @property
    def input(self) -> Activation:
        return self.inputs[0]

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one inference (0 where none are worth counting)."""
        return 0


@dataclass(frozen=True)
class Conv2D(Op):
    window: Window
    weights: Int8Array  # [output channels, kernel height, kernel width, input channels]
    requantization: Requantization

    @property
    def macs(self) -> int:
        height, width, _ = self.output.image
        return height * width * int(self.weights.size)


@dataclass(frozen=True)
class DepthwiseConv2D(Op):
    window: Window
    weights: Int8Array  # [output channels, kernel height, kernel width]
    multiplier: int  # output channels an input channel
    requantization: Requantization

    @property
    def macs(self) -> int:
        height, width, _ = self.output.image
        return height * width * int(self.weights.size)


@dataclass(frozen=True)
class FullyConnected(Op):
    rows: int
    weights: Int8Array  # [outputs of a row, inputs of a row]
    requantization: Requantization

    @property
    def macs(self) -> int:
        return self.rows * int(self.weights.size)


@dataclass(frozen=True)
class Pool(Op):
    """AVERAGE_POOL_2D or MAX_POOL_2D, told apart by `kind`."""

    window: Window
    low: int
    high: int


@dataclass(frozen=True)
class Mean(Op):
    """Mean over the middle of the input seen as [outer, count, inner]."""

    outer: int
    count: int
    inner: int
    requantization: Requantization  # one entry; bias is -count * zero point of the input


@dataclass(frozen=True)
class Lookup(Op):
    """Any function of one int8 value: RELU, QUANTIZE, LOGISTIC, ADD of one constant value."""

    table: Int8Array  # [256], by value + 128


@dataclass(frozen=True)
class Softmax(Op):
    rows: int
    depth: int
    multiplier: int  # input difference to Q5.26, with `shift` to the left
    shift: int
    diff_min: int  # smaller differences to the maximum count as zero


Operand = Activation | Int8Array
"""What an operator of several tensors works on: activations, or constants."""


@dataclass(frozen=True)
class Elementwise(Op):
    """A function of two tensors, value by value with broadcasting. MAXIMUM and MINIMUM as it is.

    Strides are in elements over the output's shape padded to four dimensions; 0 repeats.
    """

    operands: tuple[Operand, Operand]
    strides: tuple[tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True)
class Add(Elementwise):
    """ADD and SUB, told apart by `kind`."""

    zero_points: tuple[int, int]
    multipliers: tuple[int, int, int]  # first, second operand, output
    shifts: tuple[int, int, int]
    low: int
    high: int


@dataclass(frozen=True)
class Multiply(Elementwise):
    """MUL, and PRELU: there only negative values are multiplied, others rescaled."""

    zero_points: tuple[int, int]
    multiplier: int
    shift: int
    low: int
    high: int
    positive: tuple[int, int]  # multiplier, shift of what is not negative (PRELU)


@dataclass(frozen=True)
class Concatenation(Op):
    """Runs of bytes of each operand in turn, `outer` times: CONCATENATION, PACK."""

    operands: tuple[Operand, ...]
    outer: int
    runs: tuple[int, ...]


@dataclass(frozen=True)
class StridedCopy(Op):
    """Bytes in another order or a part of them: TRANSPOSE, STRIDED_SLICE, SPLIT and the like.

    Output element (i0, i1, ...) of `shape` is input element start + sum(i * stride).
    """

    shape: tuple[int, ...]  # the output's, in COPY_DIMENSIONS dimensions
    strides: tuple[int, ...]
    start: int


COPY_DIMENSIONS = 5


@dataclass(frozen=True)
class Pad(Op):
    before: tuple[int, ...]  # elements added in front, over four dimensions
    value: int


@dataclass(frozen=True)
class Reshape(Op):
    """The same bytes under another shape: no code."""


@dataclass(frozen=True)
class Graph:
    """Operators in order; `input` and `output` are what the firmware writes and reads."""

    ops: tuple[Op, ...]
    input: Activation
    output: Activation

    @property
    def macs(self) -> int:
        return sum(op.macs for op in self.ops)
