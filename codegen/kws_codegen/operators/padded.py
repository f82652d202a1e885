# SPDX-License-Identifier: Apache-2.0
"""PAD and the convolution that reads it as one operator: the convolutions' kernels pad themselves.

Converters leave a PAD where a layer pads one dimension of an image and not the other.
"""

from collections.abc import Sequence, Set
from dataclasses import replace

from kws_codegen.operators.conv_2d import Conv2D
from kws_codegen.operators.depthwise_conv_2d import DepthwiseConv2D
from kws_codegen.operators.op import Op
from kws_codegen.operators.pad import Pad


def without_pads(ops: Sequence[Op], kept: Set[int]) -> tuple[Op, ...]:
    """The operators of a graph, with each PAD that one convolution alone reads taken into it.

    `kept` are indices of tensors that others need.
    """
    readers: dict[int, list[Op]] = {}
    for op in ops:
        for tensor in op.inputs:
            readers.setdefault(tensor.index, []).append(op)
    pads = {
        op.output.index: op
        for op in ops
        if isinstance(op, Pad)
        and op.output.index not in kept
        and [*map(type, readers.get(op.output.index, []))] in ([Conv2D], [DepthwiseConv2D])
        and _is_padding(op)
    }
    result = []
    for op in ops:
        if op.output.index in pads:
            continue
        if isinstance(op, Conv2D | DepthwiseConv2D) and op.input.index in pads:
            op = _padded(op, pads[op.input.index])  # noqa: PLW2901
        result.append(op)
    return tuple(result)


def _is_padding(op: Pad) -> bool:
    """What is added is the zero point around an image, as a convolution adds it."""
    source, output = op.input, op.output
    same = (source.scale, source.zero_point) == (output.scale, output.zero_point)
    image = len(output.shape) == 4 and output.shape[::3] == source.shape[::3]
    return same and image and op.value == output.zero_point


def _padded(op: Conv2D | DepthwiseConv2D, padded: Pad) -> Conv2D | DepthwiseConv2D:
    top, left = (padded.before[i + 1] + op.window.padding[i] for i in range(2))
    return replace(op, inputs=padded.inputs, window=replace(op.window, padding=(top, left)))
