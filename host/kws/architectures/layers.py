# SPDX-License-Identifier: Apache-2.0
"""Layers that architectures share. Weights' names follow from `name`; Keras tensors in and out."""

from typing import Any

LAST_LAYER = "logits"
"""The one layer whose weights depend on which words there are."""

_MOMENTUM = 0.9  # of batch normalisation; Keras' 0.99 lags behind when an epoch has few steps


def normalized(x: Any, name: str, relu: bool = True) -> Any:
    """Batch normalisation, which folds into the convolution before it on conversion, and ReLU."""
    from keras import layers

    x = layers.BatchNormalization(momentum=_MOMENTUM, name=f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x) if relu else x


def classifier(x: Any, dropout: float, classes: int) -> Any:
    """[batch, rows, columns, n] to logits: mean over time and frequency, dropout, dense."""
    from keras import layers

    x = layers.GlobalAveragePooling2D(name="mean")(x)
    x = layers.Dropout(dropout, name="dropout")(x)
    return layers.Dense(classes, name=LAST_LAYER)(x)
