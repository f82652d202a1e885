# SPDX-License-Identifier: Apache-2.0
"""Full int8 post-training quantization with a fixed batch of 1."""

import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from kws.config.schema import Config
from kws.quantize.compact import compact
from kws.train.model import build_model
from kws_codegen.base.cache import scratch

Float32 = npt.NDArray[np.float32]


def convert_int8(model: Any, config: Config, representative: Float32) -> bytes:
    """The Keras model as a .tflite with int8 input, output, weights and activations.

    Args:
        model: of kws.train.model.build_model with any batch.
        representative: float32 [n, frames, channels, 1]; sets the ranges of the activations.

    Weights are per channel, activations per tensor. The batch is fixed at 1, so the file holds
    no SHAPE, STRIDED_SLICE or PACK; compact() makes it small.
    """
    fixed = build_model(config, batch=1)
    fixed.set_weights(model.get_weights())
    return compact(as_converted(fixed, representative), fixed)


def as_converted(fixed: Any, representative: Float32) -> bytes:
    """A Keras model of batch 1 as TensorFlow's converter writes it."""
    import tensorflow as tf

    def samples() -> Iterator[list[Float32]]:
        for row in representative:
            yield [row[np.newaxis]]

    with scratch() as folder, _output_kept_unless_it_fails():
        fixed.export(str(folder), verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(str(folder))
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = samples
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.int8
        converter.inference_output_type = tf.int8
        result: bytes = converter.convert()
    return result


@contextmanager
def _output_kept_unless_it_fails() -> Iterator[None]:
    """Keep what the converter's C++ writes to standard error off the screen, errors excepted."""
    sys.stderr.flush()
    screen = os.dup(2)
    with tempfile.TemporaryFile() as kept:
        os.dup2(kept.fileno(), 2)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        except BaseException:
            kept.seek(0)
            os.write(screen, kept.read())
            raise
        finally:
            os.dup2(screen, 2)
            os.close(screen)
