# SPDX-License-Identifier: Apache-2.0
"""TensorFlow without chatter, and repeatable."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

_STDERR = 2


def set_up_tensorflow(seed: int) -> None:
    """Seed every random generator and choose deterministic kernels.

    With the same seed, the same machine and the same number of threads, training gives the
    same weights bit for bit. Must run before TensorFlow is imported to keep its start-up
    messages off the screen.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with _quiet_import():
        import keras
        import tensorflow as tf

    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


@contextmanager
def _quiet_import() -> Iterator[None]:
    """No log level reaches the lines on oneDNN that the C++ code writes while it is loaded.

    What was written is shown when the import fails.
    """
    sys.stderr.flush()
    kept = os.dup(_STDERR)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), _STDERR)
        try:
            yield
        except Exception:  # not Ctrl-C
            said.seek(0)
            os.write(kept, said.read())
            raise
        finally:
            os.dup2(kept, _STDERR)
            os.close(kept)
