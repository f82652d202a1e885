"""Learning rate of each step: linear warm-up, then half a cosine down to 0, or constant."""

import math
from typing import Any

from kws.config import TrainingConfig


def learning_rate(config: TrainingConfig, epochs: float) -> float:
    """The learning rate after `epochs` epochs, fractions of one included.

    Cosine decay as in SGDR without restarts (Loshchilov and Hutter, arXiv:1608.03983).
    """
    if epochs < config.warmup_epochs:
        return config.learning_rate * epochs / config.warmup_epochs
    if config.schedule == "constant":
        return config.learning_rate
    done = (epochs - config.warmup_epochs) / max(config.epochs - config.warmup_epochs, 1e-9)
    return config.learning_rate * 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))


def rate_setter(config: TrainingConfig, epoch: int, steps: int) -> Any:
    """A Keras callback that sets the rate of each of the `steps` of `epoch` (from 0)."""
    import keras

    class RateSetter(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            del logs
            # The middle of the step: never 0, neither at the first nor at the last.
            rate = learning_rate(config, epoch + (batch + 0.5) / steps)
            self.model.optimizer.learning_rate = rate

    return RateSetter()
