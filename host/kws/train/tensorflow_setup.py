# SPDX-License-Identifier: Apache-2.0
"""TensorFlow without chatter, and repeatable."""

import os


def set_up_tensorflow(seed: int) -> None:
    """Seed every random generator and choose deterministic kernels.

    With the same seed, the same machine and the same number of threads, training gives the
    same weights bit for bit. Must run before TensorFlow is imported to keep its start-up
    messages off the screen.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
