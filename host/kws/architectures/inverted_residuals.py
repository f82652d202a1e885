# SPDX-License-Identifier: Apache-2.0
"""inverted_residuals: blocks of MobileNetV2 (Sandler et al., arXiv:1801.04381) on speech features.

One full convolution, then blocks of a 1 x 1 convolution to `expansions` times as many filters, a
depthwise convolution, both with ReLU, and a 1 x 1 convolution back to few filters without one; a
block that changes no shape adds its input. A block of expansion 1 has no first convolution. Then
a 1 x 1 convolution with ReLU, the mean over time and frequency and one dense layer. Batch
normalisation follows each convolution. Between blocks there are few values, so that deep
networks need less RAM than ds_cnn.

Measured for twelve classes; MACs are multiply-accumulates of one inference, activations
include the input and what the static C model needs besides. The .tflite is that of any training:

    preset   features   parameters   .tflite     MACs        activations
    nano     49 x 40         5,084     9.9 kB      530,176     9.7 kB
    tiny     33 x 20         9,436    17.2 kB      199,296     3.2 kB
    tiny     49 x 40         9,436    17.2 kB      534,736     9.2 kB
    micro    49 x 40        15,100    24.8 kB      931,172    11.0 kB
    small    49 x 40        31,884    43.0 kB    1,671,672    13.2 kB
    medium   49 x 40        77,068    91.7 kB    3,944,896    21.8 kB
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
class InvertedResiduals(Architecture):
    """The keys of [model] with `architecture = "inverted_residuals"`."""

    architecture: Literal["inverted_residuals"] = "inverted_residuals"
    first_filters: Filters = 24  # of the full convolution that comes first
    first_kernel: Pair = (3, 3)  # frames, channels
    first_stride: Pair = (2, 2)
    filters: Blocks[Filters] = (24, 24, 32, 32, 32)  # that leave each block
    expansions: Blocks[Step] = (1, 3, 3, 3, 3)  # within the block, times what enters it
    strides: Blocks[Step] = (2, 1, 2, 1, 1)  # of each block
    kernel: Pair = (3, 3)  # of the depthwise convolutions
    last_filters: Filters = 96  # of the 1 x 1 convolution after the blocks
    dropout: Dropout = 0.2  # before the dense layer

    @model_validator(mode="after")
    def _check(self) -> "InvertedResiduals":
        check_blocks(filters=self.filters, expansions=self.expansions, strides=self.strides)
        return self

    @classmethod
    def presets(cls) -> Mapping[str, Architecture]:
        return {
            "nano": cls(
                first_filters=16,
                filters=(16, 16),
                expansions=(1, 3),
                strides=(2, 1),
                kernel=(5, 3),
                last_filters=48,
            ),
            "tiny": cls(
                first_filters=16,
                filters=(16, 16, 24, 24),
                expansions=(1, 2, 2, 2),
                strides=(2, 1, 2, 1),
                last_filters=48,
            ),
            "micro": cls(
                first_filters=16,
                filters=(20, 20, 24, 24),
                expansions=(1, 3, 3, 3),
                strides=(2, 1, 2, 1),
                last_filters=56,
            ),
            "small": cls(),
            "medium": cls(
                first_filters=32,
                filters=(32, 32, 48, 48, 48),
                expansions=(1, 4, 4, 4, 4),
                last_filters=128,
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
        blocks = zip(self.filters, self.expansions, self.strides, strict=True)
        for index, (filters, expansion, stride) in enumerate(blocks, 1):
            x = self._block(x, index, filters, expansion, stride)
        x = layers.Conv2D(self.last_filters, 1, use_bias=False, name="last")(x)
        return classifier(normalized(x, "last"), self.dropout, classes)

    def _block(self, x: Any, index: int, filters: int, expansion: int, stride: int) -> Any:
        from keras import layers

        source, entering = x, x.shape[-1]
        if expansion > 1:
            x = layers.Conv2D(expansion * entering, 1, use_bias=False, name=f"expand_{index}")(x)
            x = normalized(x, f"expand_{index}")
        x = layers.DepthwiseConv2D(
            self.kernel, stride, padding="same", use_bias=False, name=f"depthwise_{index}"
        )(x)
        x = normalized(x, f"depthwise_{index}")
        x = layers.Conv2D(filters, 1, use_bias=False, name=f"project_{index}")(x)
        x = normalized(x, f"project_{index}", relu=False)
        if stride == 1 and filters == entering:
            x = layers.Add(name=f"skip_{index}")([source, x])
        return x
