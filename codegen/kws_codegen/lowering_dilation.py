"""A dilated convolution that the converter took apart, put together again.

With an unknown batch it becomes SPACE_TO_BATCH_ND, a convolution without dilation or padding on
more images, BATCH_TO_SPACE_ND. Every output value is the same sum as in one dilated convolution.

The padding is the input's zero point, as converters mean it; upstream's SPACE_TO_BATCH_ND takes
its value from memory that it never sets. So fixed_batch.py joins them in the file, where it can.
"""

from collections.abc import Sequence
from dataclasses import replace

from kws_codegen.graph import Op, Window
from kws_codegen.lowering_weights import conv_2d, depthwise_conv_2d
from kws_codegen.operator_view import OperatorView
from kws_codegen.tflite.reader import Operator, Tensor

_CONVOLUTIONS = {"CONV_2D": conv_2d, "DEPTHWISE_CONV_2D": depthwise_conv_2d}
# In this order; a convolution in one dimension has changes of rank around it.
_CHAIN = (
    ("SPACE_TO_BATCH_ND",),
    ("EXPAND_DIMS", "RESHAPE"),
    tuple(_CONVOLUTIONS),
    ("RESHAPE", "SQUEEZE"),
    ("BATCH_TO_SPACE_ND",),
)
_OPTIONAL = (1, 3)


def dilation_chain(operators: Sequence[Operator], first: Operator) -> list[Operator]:
    """The operators from SPACE_TO_BATCH_ND to BATCH_TO_SPACE_ND, or nothing."""
    chain: list[Operator] = []
    reader: Operator | None = first
    for position, names in enumerate(_CHAIN):
        if reader is not None and reader.name in names:
            chain.append(reader)
            made = reader.outputs[0]
            readers = [op for op in operators if made in op.inputs]
            reader = readers[0] if len(readers) == 1 else None
        elif position not in _OPTIONAL:
            return []
    return chain


def dilated_convolution(tensors: tuple[Tensor, ...], chain: Sequence[Operator]) -> Op:
    """The one convolution that a dilation_chain() stands for."""
    first = OperatorView(tensors, chain[0])
    last = OperatorView(tensors, chain[-1])
    convolution = next(op for op in chain if op.name in _CONVOLUTIONS)
    view = OperatorView(tensors, convolution)
    plain = ("padding", 1), ("strideH", 1), ("strideW", 1)
    if any(view.option(name) != value for name, value in plain) or (
        view.option("dilationHFactor", 1), view.option("dilationWFactor", 1)
    ) != (1, 1):  # fmt: skip
        view.fail(
            "has padding, strides or dilation between SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND"
        )
    block = first.integers(1, "block")
    before = first.integers(2, "paddings").reshape(-1, 2)[:, 0]
    cropped = last.integers(2, "crops").reshape(-1, 2)[:, 0]
    padding = [int(size) for size in before - cropped]
    dilation = [int(size) for size in block]
    if min(padding) < 0:
        last.fail("cuts off more than was added in front")
    # In one dimension an image of one row.
    rows = [1] * (2 - len(dilation))
    source, output = (
        replace(tensor, shape=(tensor.shape[0], *rows, *tensor.shape[1:]))
        for tensor in (first.input, last.output)
    )
    view.require_int8(source)
    view.require_int8(output)
    own = list(tensors)
    own[convolution.inputs[0]], own[convolution.outputs[0]] = source, output
    height, width = tensors[convolution.inputs[1]].shape[1:3]
    window = Window(
        (height, width),
        (1, 1),
        (dilation[-2] if len(dilation) > 1 else 1, dilation[-1]),
        (padding[-2] if len(padding) > 1 else 0, padding[-1]),
    )
    folded = OperatorView(tuple(own), convolution)
    return _CONVOLUTIONS[convolution.name](folded, window)
