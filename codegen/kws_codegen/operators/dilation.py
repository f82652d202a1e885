# SPDX-License-Identifier: Apache-2.0
"""A dilated convolution that the converter took apart (tflite/dilation.py) as one operator again.

The padding is the input's zero point, as converters mean it; TensorFlow Lite Micro's
SPACE_TO_BATCH_ND takes its value from memory that it never sets. So tflite/fixed_batch.py joins
them in the file, where it can.
"""

from collections.abc import Sequence
from dataclasses import replace

from kws_codegen.operators.conv_2d import conv_2d
from kws_codegen.operators.depthwise_conv_2d import depthwise_conv_2d
from kws_codegen.operators.op import Op
from kws_codegen.operators.operator_view import OperatorView
from kws_codegen.operators.windows import Window
from kws_codegen.tflite.dilation import CONVOLUTIONS
from kws_codegen.tflite.reader import Operator, Tensor


def dilated_convolution(tensors: tuple[Tensor, ...], chain: Sequence[Operator]) -> Op:
    """The one convolution that a dilation_chain() stands for."""
    first = OperatorView(tensors, chain[0])
    last = OperatorView(tensors, chain[-1])
    convolution = next(op for op in chain if op.name in CONVOLUTIONS)
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
        kernel=(height, width),
        stride=(1, 1),
        dilation=(dilation[-2] if len(dilation) > 1 else 1, dilation[-1]),
        padding=(padding[-2] if len(padding) > 1 else 0, padding[-1]),
    )
    folded = OperatorView(tuple(own), convolution)
    return (conv_2d if convolution.name == "CONV_2D" else depthwise_conv_2d)(folded, window)
