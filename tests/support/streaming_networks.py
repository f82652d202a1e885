# SPDX-License-Identifier: Apache-2.0
"""Networks without padding in time, with random weights, for tests and benchmarks."""

from collections.abc import Sequence

import numpy as np

from tests.support.static_model_check import RELU, VALID, Chain

Pair = tuple[int, int]


class RowChain(Chain):
    """A chain whose windows slide over time as they are, and pad frequency."""

    @classmethod
    def of(cls, seed: int, frames: int, channels: int, depth: int = 1) -> "RowChain":
        rng = np.random.default_rng(seed)
        return cls(rng, (1, frames, channels, depth), float(np.float32(0.05)), -12)

    def pad_frequency(self, kernel: int, stride: int = 1) -> None:
        """A PAD as converters leave it: what makes `kernel` give width / stride columns."""
        _, rows, width, depth = self.shape
        missing = max(0, (-(-width // stride) - 1) * stride + kernel - width)
        if missing:
            before, after = missing // 2, missing - missing // 2
            self.pad(((0, 0), (0, 0), (before, after), (0, 0)))
            assert self.shape == (1, rows, width + missing, depth)

    def pad(self, sizes: Sequence[Pair]) -> None:
        shape = tuple(s + a + b for s, (a, b) in zip(self.shape, sizes, strict=True))
        constant = self.builder.constant(np.array(sizes, np.int32))
        self.append("PAD", (constant,), shape, self.scale, self.zero_point)

    def crop_time(self, begin: int, end: int, step: int = 1) -> None:
        """STRIDED_SLICE of rows begin to end - 1."""
        shape = (1, len(range(begin, end, step)), *self.shape[2:])
        limits = ((0, begin, 0, 0), (1, end, *self.shape[2:]), (1, step, 1, 1))
        constants = [self.builder.constant(np.array(values, np.int32)) for values in limits]
        self.append("STRIDED_SLICE", tuple(constants), shape, self.scale, self.zero_point)

    def separable(self, filters: int, kernel: Pair = (3, 3), stride: Pair = (1, 1)) -> None:
        """A depthwise and a 1 x 1 convolution, each with ReLU."""
        self.pad_frequency(kernel[1], stride[1])
        self.depthwise_conv_2d(
            1, kernel, stride, padding=VALID, activation=RELU, zero_point=-128, gain=2.0, bias=False
        )
        self.conv_2d(filters, (1, 1), activation=RELU, zero_point=-128, gain=2.0, bias=False)

    def decide(self, classes: int) -> None:
        """The mean over time and frequency, a dense layer, softmax."""
        self.mean((1, 2), False, self.scale / 4, -128)
        self.fully_connected(classes)
        self.softmax(beta=0.03 / self.scale)


def ds_cnn(
    filters: Sequence[int] = (32, 64, 64, 96, 96),
    strides: Sequence[Pair] = ((2, 2), (2, 2), (1, 1), (1, 2), (1, 1)),
    frames: int = 49,
    channels: int = 40,
    seed: int = 1,
) -> bytes:
    """A depthwise-separable network; the first of `filters` and `strides` are those of a full
    convolution."""
    chain = RowChain.of(seed, frames, channels)
    chain.pad_frequency(3, strides[0][1])
    chain.conv_2d(
        filters[0],
        (3, 3),
        strides[0],
        padding=VALID,
        activation=RELU,
        zero_point=-128,
        gain=2.0,
        bias=False,
    )
    for count, stride in zip(filters[1:], strides[1:], strict=True):
        chain.separable(count, stride=stride)
    chain.decide(12)
    return chain.build()
