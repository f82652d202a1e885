# SPDX-License-Identifier: Apache-2.0
"""The Keras model: input, the layers of an architecture (kws/architectures/), softmax."""

from typing import Any

import numpy as np
import numpy.typing as npt

from kws.config.schema import Config

Float32 = npt.NDArray[np.float32]

_PREDICT_BATCH = 256


def build_model(config: Config, batch: int | None = None, scores: bool = True) -> Any:
    """The Keras model: float32 [batch, frames, channels, 1] to float32 [batch, classes].

    Args:
        batch: fixed batch; with None the converter would leave SHAPE and STRIDED_SLICE.
        scores: end in softmax; False gives logits, for training. Both have the same weights.
    """
    import keras
    from keras import layers

    shape = (batch, config.frames, config.features.channels, 1)
    source = keras.Input(batch_shape=shape, name="features")
    x = config.model.logits(source, len(config.data.labels))
    if scores:
        x = layers.Softmax(name="scores")(x)
    return keras.Model(source, x, name=config.model.architecture)


def predict(model: Any, features: Float32) -> Float32:
    """Outputs float32 [n, classes] for features [n, frames, channels, 1]."""
    starts = range(0, len(features), _PREDICT_BATCH)
    return np.concatenate(
        [model.predict_on_batch(features[start : start + _PREDICT_BATCH]) for start in starts]
    )
