# SPDX-License-Identifier: Apache-2.0
"""Scores that are as sure as they are right: logits divided by a temperature after training.

A network that learnt its clips by heart gives nearly 1 to what it gets wrong as well. In int8 all
such scores are the same, 255/256, and no threshold tells them apart any more. Divided logits leave
the likeliest class as it is (Guo et al., "On calibration of modern neural networks", ICML 2017).
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from kws.architectures.layers import LAST_LAYER

_FEWEST_CLIPS = 100  # that say something
_HIGHEST = 4.0
_STEPS = 57  # of 2.5 %


def fitting_temperature(logits: npt.NDArray[np.float32], classes: npt.NDArray[np.int32]) -> float:
    """The temperature, 1 to 4, with the least cross-entropy; 1 where clips are few.

    Args:
        logits: float32 [n, classes] of clips that were not trained on.
        classes: int32 [n], the truth.
    """
    if len(classes) < _FEWEST_CLIPS:
        return 1.0
    own = logits[np.arange(len(classes)), classes]
    behind = (logits - own[:, np.newaxis]).astype(np.float64)
    tried = np.geomspace(1.0, _HIGHEST, _STEPS)
    losses = [np.logaddexp.reduce(behind / each, axis=1, keepdims=True).mean() for each in tried]
    return round(float(tried[np.argmin(losses)]), 3)


def cool(model: Any, temperature: float) -> None:
    """Divide the logits of a network (kws.train.model.build_model)."""
    if temperature != 1.0:
        layer = model.get_layer(LAST_LAYER)
        layer.set_weights([weights / temperature for weights in layer.get_weights()])
