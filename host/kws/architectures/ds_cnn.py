# SPDX-License-Identifier: Apache-2.0
"""ds_cnn: a depthwise-separable CNN (Zhang et al., "Hello Edge", arXiv:1711.07128).

One full convolution, then blocks of a depthwise and a 1 x 1 convolution, each with batch
normalisation and ReLU, then the mean over time and frequency and one dense layer.

Measured for twelve classes; MACs are multiply-accumulates of one inference, activations
include the input and what the static C model needs besides. The .tflite is that of a network as
it was built; training adds a few kB of biases and names of tensors:

    preset   features   parameters   .tflite     MACs        activations
    tiny     33 x 20         8,476    21.7 kB      182,016     3.2 kB
    tiny     49 x 40         8,476    21.7 kB      488,016     9.2 kB
    small    49 x 40        27,692    47.4 kB    1,644,192    17.2 kB
    medium   49 x 40        76,364   109.7 kB    4,305,120    33.2 kB
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
    dropout: Dropout = 0.2  # before the dense layer

    @model_validator(mode="after")
    def _check(self) -> "DsCnn":
        check_blocks(filters=self.filters, strides=self.strides)
        return self

    @classmethod
    def presets(cls) -> Mapping[str, Architecture]:
        return {
            "tiny": cls(first_filters=16, filters=(32, 32, 48, 48)),
            "small": cls(),
            "medium": cls(
                first_filters=64, filters=(96, 96, 128, 128, 160), strides=(2, 1, 2, 1, 1)
            ),
        }

    def logits(self, features: Any, classes: int) -> Any:
        from keras import layers

        x = layers.Conv2D(
            self.first_filters,
            self.first_kernel,
            self.first_stride,
            padding="same",
            use_bias=False,
            name="first",
        )(features)
        x = normalized(x, "first")
        for index, (filters, stride) in enumerate(zip(self.filters, self.strides, strict=True), 1):
            x = layers.DepthwiseConv2D(
                self.kernel, stride, padding="same", use_bias=False, name=f"depthwise_{index}"
            )(x)
            x = normalized(x, f"depthwise_{index}")
            x = layers.Conv2D(filters, 1, use_bias=False, name=f"pointwise_{index}")(x)
            x = normalized(x, f"pointwise_{index}")
        return classifier(x, self.dropout, classes)
