# SPDX-License-Identifier: Apache-2.0
"""ds_cnn: a depthwise-separable CNN (Zhang et al., "Hello Edge", arXiv:1711.07128).

One full convolution, then blocks of a depthwise and a 1 x 1 convolution, each with batch
normalisation and ReLU, then the mean over time and frequency and one dense layer.

Presets `listen_...` are for streams. They have no padding: a row that a layer computes does not
depend on where the window begins, so each row of a stream is computed once. Of 49 x 40 features
remain 24 x 19, 11 x 9, 9 x 7, 7 x 5 and 7 x 3; the mean is over seven rows, each of which has seen
23 frames. There is a new row every four frames, of 42,248 MACs in listen_micro and 126,784 in
listen_small.

Measured for twelve classes; MACs are multiply-accumulates of one inference, activations
include the input and what the static C model needs besides. The .tflite is that of any training:

    preset         features   parameters   .tflite     MACs        activations
    nano           49 x 40         5,324     9.9 kB      689,184     9.7 kB
    tiny           33 x 20         8,476    14.6 kB      182,016     3.2 kB
    tiny           49 x 40         8,476    14.6 kB      488,016     9.2 kB
    micro          49 x 40        17,132    24.7 kB    1,218,144    13.7 kB
    small          49 x 40        27,692    35.8 kB    1,644,192    17.2 kB
    medium         49 x 40        76,364    89.4 kB    4,305,120    33.2 kB
    listen_micro   49 x 40         9,476    16.6 kB      369,336     8.2 kB
    listen_small   49 x 40        27,116    35.2 kB    1,092,864    15.5 kB

Presets nano and micro fill 10 and 25 kB of .tflite: few wide layers, because each channel takes 8
bytes of bias and scale beside its weights, and each layer some hundreds of tables. Preset tiny is
for 16 kB of RAM.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import model_validator
from pydantic.dataclasses import dataclass

from kws.architectures.architecture import (
    Architecture,
    Blocks,
    Dropout,
    Filters,
    Pair,
    Step,
    check_blocks,
)
from kws.architectures.layers import classifier, normalized
from kws_codegen.base.feature_config import STRICT


@dataclass(frozen=True, config=STRICT)
class DsCnn(Architecture):
    """The keys of [model] with `architecture = "ds_cnn"`."""

    architecture: Literal["ds_cnn"] = "ds_cnn"
    first_filters: Filters = 32  # of the full convolution that comes first
    first_kernel: Pair = (3, 3)  # frames, channels
    first_stride: Pair = (2, 2)
    filters: Blocks[Filters] = (64, 64, 96, 96)  # of each depthwise-separable block
    strides: Blocks[Step] = (2, 1, 2, 1)  # of each block
    kernel: Pair = (3, 3)  # of the depthwise convolutions
    kernels: Blocks[Pair] = ()  # of each block; none: `kernel` for all
    padding: Literal["same", "valid"] = "same"  # "valid": none, in time and in frequency
    dropout: Dropout = 0.2  # before the dense layer

    @model_validator(mode="after")
    def _check(self) -> "DsCnn":
        check_blocks(filters=self.filters, strides=self.strides)
        if self.kernels:
            check_blocks(filters=self.filters, kernels=self.kernels)
        return self

    @classmethod
    def presets(cls) -> Mapping[str, Architecture]:
        return {
            "nano": cls(
                first_filters=16,
                first_kernel=(5, 5),
                filters=(32, 32, 32),
                strides=(2, 1, 1),
                kernel=(5, 3),
                dropout=0.0,
            ),
            "tiny": cls(first_filters=16, filters=(32, 32, 48, 48)),
            "micro": cls(
                first_filters=24,
                first_kernel=(5, 5),
                filters=(48, 48, 64, 72),
                kernel=(5, 3),
                dropout=0.1,
            ),
            "small": cls(),
            "medium": cls(
                first_filters=64, filters=(96, 96, 128, 128, 160), strides=(2, 1, 2, 1, 1)
            ),
            "listen_micro": cls(
                first_filters=16,
                filters=(32, 40, 48, 56),
                strides=(2, 1, 1, 1),
                kernels=((3, 3), (3, 3), (3, 3), (1, 3)),
                padding="valid",
            ),
            "listen_small": cls(
                strides=(2, 1, 1, 1), kernels=((3, 3), (3, 3), (3, 3), (1, 3)), padding="valid"
            ),
        }

    def check(self, frames: int, channels: int) -> None:
        if self.padding == "same":
            return
        rest: tuple[int, ...] = (frames, channels)
        kernels = self.kernels or (self.kernel,) * len(self.filters)
        steps = [(self.first_kernel, self.first_stride)]
        steps += [(k, (stride, stride)) for k, stride in zip(kernels, self.strides, strict=True)]
        for kernel, stride in steps:
            rest = tuple((n - k) // s + 1 for n, k, s in zip(rest, kernel, stride, strict=True))
            if min(rest) < 1:
                raise ValueError(
                    f"kernels and strides without padding need more than {frames} frames of "
                    f"{channels} channels: smaller ones, fewer blocks or a longer clip_duration_ms"
                )

    def logits(self, features: Any, classes: int) -> Any:
        from keras import layers

        x = layers.Conv2D(
            self.first_filters,
            self.first_kernel,
            self.first_stride,
            padding=self.padding,
            use_bias=False,
            name="first",
        )(features)
        x = normalized(x, "first")
        kernels = self.kernels or (self.kernel,) * len(self.filters)
        blocks = zip(self.filters, kernels, self.strides, strict=True)
        for index, (filters, kernel, stride) in enumerate(blocks, 1):
            x = layers.DepthwiseConv2D(
                kernel, stride, padding=self.padding, use_bias=False, name=f"depthwise_{index}"
            )(x)
            x = normalized(x, f"depthwise_{index}")
            x = layers.Conv2D(filters, 1, use_bias=False, name=f"pointwise_{index}")(x)
            x = normalized(x, f"pointwise_{index}")
        return classifier(x, self.dropout, classes)
