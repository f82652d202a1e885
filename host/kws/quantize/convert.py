"""Full int8 post-training quantisation with a fixed batch of 1."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from kws.config import Config
from kws.train.model import build_model


def convert_int8(model: Any, config: Config, representative: npt.NDArray[np.float32]) -> bytes:
    """The Keras model as a .tflite with int8 input, output, weights and activations.

    Args:
        model: of kws.train.model.build_model with any batch.
        representative: float32 [n, frames, channels, 1]; sets the ranges of the activations.

    Weights are per channel, activations per tensor. The batch is fixed at 1, so the file holds
    no SHAPE, STRIDED_SLICE or PACK.
    """
    import tensorflow as tf

    fixed = build_model(config, batch=1)
    fixed.set_weights(model.get_weights())

    def samples() -> Iterator[list[npt.NDArray[np.float32]]]:
        for row in representative:
            yield [row[np.newaxis]]

    converter = tf.lite.TFLiteConverter.from_keras_model(fixed)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = samples
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8
    result: bytes = converter.convert()
    return result
