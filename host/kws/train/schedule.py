# SPDX-License-Identifier: Apache-2.0
"""Learning rate of each step: linear warm-up, then half a cosine down to 0, or constant."""

import math

from kws.config.schema import TrainingConfig


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
