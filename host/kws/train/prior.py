# SPDX-License-Identifier: Apache-2.0
"""How likely a network thinks other words are, after training: as its user wants it.

A network takes a word for an unknown one the sooner, the more unknown words it was trained on. Many
teach it more, and cost wanted words; so they are counted as another number afterwards. The logit of
the class moves by the logarithm of the ratio (Menon et al., "Long-tail learning via logit
adjustment", ICLR 2021).
"""

import math
from typing import Any

from kws.architectures.layers import LAST_LAYER
from kws.config.schema import Config
from kws.data import Dataset
from kws.data.dataset import share, trained_unknowns
from kws_codegen.base.labels import UNKNOWN_LABEL


def unknown_shift(dataset: Dataset, config: Config) -> float:
    """What training.unknown_prior adds to the logit of unknown words; 0.0 where it is 0."""
    trained = trained_unknowns(dataset, config.data)
    if config.data.negatives:
        trained += share(dataset, "training", config.data.negative_percentage)
    if not config.training.unknown_prior or not trained:
        return 0.0
    return math.log(share(dataset, "training", config.training.unknown_prior) / trained)


def move_unknown(model: Any, shift: float, labels: tuple[str, ...]) -> None:
    """Add `shift` to the logit of the class of unknown words, where there is one."""
    if shift and UNKNOWN_LABEL in labels:
        layer = model.get_layer(LAST_LAYER)
        weights, biases = layer.get_weights()
        biases[labels.index(UNKNOWN_LABEL)] += shift
        layer.set_weights([weights, biases])
