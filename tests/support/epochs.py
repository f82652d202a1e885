# SPDX-License-Identifier: Apache-2.0
"""A training epoch in one piece."""

import numpy as np

from kws.config.schema import Config
from kws.data import Dataset, training_blocks


def whole_epoch(
    dataset: Dataset, config: Config, epoch: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Samples int16 [n, samples] and classes [n] of all blocks of an epoch."""
    blocks = list(training_blocks(dataset, config, epoch, seed))
    samples = np.concatenate([block.samples for block in blocks])
    return samples, np.concatenate([block.classes for block in blocks])
