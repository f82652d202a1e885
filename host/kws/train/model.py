"""The network: a depthwise-separable CNN in Keras, from the numbers in ModelConfig.

One full convolution, then blocks of a depthwise and a 1 x 1 convolution, each with batch
normalisation and ReLU, then the mean over time and frequency and one dense layer (Zhang et
al., "Hello Edge: Keyword Spotting on Microcontrollers", arXiv:1711.07128; batch
normalisation folds into the convolutions on conversion).
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from kws.config.schema import Config

Float32 = npt.NDArray[np.float32]

_PREDICT_BATCH = 256
_MOMENTUM = 0.9  # of batch normalisation; Keras' 0.99 lags behind when an epoch has few steps


def build_model(config: Config, batch: int | None = None, scores: bool = True) -> Any:
    """The Keras model: float32 [batch, frames, channels, 1] to float32 [batch, classes].

    Args:
        batch: fixed batch; with None the converter would leave SHAPE and STRIDED_SLICE.
        scores: end in softmax; False gives logits, for training. Both have the same weights.
    """
    import keras
    from keras import layers

    model = config.model
    shape = (batch, config.frames, config.features.channels, 1)
    source = keras.Input(batch_shape=shape, name="features")
    x = layers.Conv2D(
        model.first_filters,
        model.first_kernel,
        model.first_stride,
        padding="same",
        use_bias=False,
        name="first",
    )(source)
    x = _normalize(x, "first")
    for index, (filters, stride) in enumerate(zip(model.filters, model.strides, strict=True), 1):
        x = layers.DepthwiseConv2D(
            model.kernel, stride, padding="same", use_bias=False, name=f"depthwise_{index}"
        )(x)
        x = _normalize(x, f"depthwise_{index}")
        x = layers.Conv2D(filters, 1, use_bias=False, name=f"pointwise_{index}")(x)
        x = _normalize(x, f"pointwise_{index}")
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    x = layers.Dropout(model.dropout, name="dropout")(x)
    x = layers.Dense(len(config.data.labels), name="logits")(x)
    if scores:
        x = layers.Softmax(name="scores")(x)
    return keras.Model(source, x, name="ds_cnn")


def _normalize(x: Any, name: str) -> Any:
    from keras import layers

    return layers.ReLU(name=f"{name}_relu")(
        layers.BatchNormalization(momentum=_MOMENTUM, name=f"{name}_norm")(x)
    )


def predict(model: Any, features: Float32) -> Float32:
    """Outputs float32 [n, classes] for features [n, frames, channels, 1]."""
    starts = range(0, len(features), _PREDICT_BATCH)
    return np.concatenate(
        [model.predict_on_batch(features[start : start + _PREDICT_BATCH]) for start in starts]
    )
