# SPDX-License-Identifier: Apache-2.0
"""What TensorFlow Lite Micro says of whole clips, as the firmware does.

A model that takes a few frames at a time gets a clip step by step, after a reset; the scores of the
clip are the means over `smoothing` steps, at that place where a wanted word is highest
(firmware/classifier/clip_scores.c).
"""

import numpy as np
import numpy.typing as npt

from kws.inference.golden import golden_outputs
from kws_codegen.base.interface import Interface
from kws_codegen.fit import LOWEST, REST, Fit, check_fit
from kws_codegen.tflite.reader import read_tflite

Int8 = npt.NDArray[np.int8]
_FIRST_WORD = 2  # behind silence and unknown


def clip_scores(model: bytes, interface: Interface, features: Int8, smoothing: int) -> Int8:
    """Scores of the classes, int8 [n, classes], for int8 features [n, frames, channels].

    KwsError when the model does not fit the interface.
    """
    fit = check_fit(read_tflite(model), interface)
    if fit.steps == 1:
        return class_scores(fit, golden_outputs(model, features))
    used = features[:, : fit.steps * fit.step_frames]
    rows = used.reshape(len(features) * fit.steps, fit.step_frames, -1)
    outputs = golden_outputs(model, rows, steps=fit.steps)
    scores = class_scores(fit, outputs).reshape(len(features), fit.steps, -1)
    return _where_a_word_is_highest(scores, smoothing)


def class_scores(fit: Fit, outputs: Int8) -> Int8:
    """int8 [n, outputs] of the model as scores of the classes, int8 [n, classes]."""
    if fit.one_to_one:
        return outputs
    extra = {
        LOWEST: np.full(len(outputs), -128, np.int8),
        REST: (-1 - outputs.max(axis=1).astype(np.int16)).astype(np.int8),
    }
    return np.stack([extra[i] if i < 0 else outputs[:, i] for i in fit.class_outputs], axis=1)


def _where_a_word_is_highest(scores: Int8, smoothing: int) -> Int8:
    """int8 [n, steps, classes] to int8 [n, classes]."""
    count, steps, classes = scores.shape
    padded = np.full((count, smoothing + steps, classes), -128, np.int64)
    padded[:, smoothing:] = scores
    totals = padded.cumsum(axis=1)
    sums = totals[:, smoothing:] - totals[:, :-smoothing]
    best = sums[:, :, _FIRST_WORD:].max(axis=2).argmax(axis=1)
    chosen = sums[np.arange(count), best]
    means: Int8 = ((chosen + 128 * smoothing) // smoothing - 128).astype(np.int8)
    return means
