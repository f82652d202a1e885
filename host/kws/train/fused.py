# SPDX-License-Identifier: Apache-2.0
"""A network to train, with TensorFlow's one operation for batch normalisation.

Keras 3 makes it of a dozen operations, each of which goes through all activations: half of a
training step on a CPU. Import this module where TensorFlow may be imported.
"""

from typing import Any

import keras
import tensorflow as tf


class FusedBatchNormalization(keras.layers.BatchNormalization):  # type: ignore[misc]
    """Keras' layer, in training by FusedBatchNorm. Its moving variance is of unbiased variances."""

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        if not (training and self.trainable):
            return super().call(inputs, training=training, mask=mask)
        outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            inputs, self.gamma, self.beta, epsilon=self.epsilon, is_training=True
        )
        for moving, batch in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + batch * (1.0 - self.momentum))
        return outputs


def fused(model: Any) -> Any:
    """The same layers, names and weights as `model`."""

    def same(layer: Any) -> Any:
        kind = type(layer)
        if kind is keras.layers.BatchNormalization:
            kind = FusedBatchNormalization
        return kind.from_config(layer.get_config())

    copy = keras.models.clone_model(model, clone_function=same)
    copy.set_weights(model.get_weights())
    return copy
