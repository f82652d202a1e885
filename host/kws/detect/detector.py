# SPDX-License-Identifier: Apache-2.0
"""The detector as a Python object: scores of decisions in, detected words out."""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kws.detect.library import load_library
from kws_codegen.base.detect_config import DetectConfig
from kws_codegen.base.errors import KwsError
from kws_codegen.detect_constants import NEVER, detect_constants

SCORE_ONE = 1 << 16
"""A score of 1 in the units of kws_detection.score_q16, of which no average reaches it."""

_FOUND = np.dtype([("decision", np.uint64), ("word", np.uint32), ("score_q16", np.uint32)])


@dataclass(frozen=True)
class Detection:
    """A word that was heard.

    Attributes:
        decision: number of the decision that detected it, from 0.
        word: class, index of the labels.
        score: average of its scores over the smoothed decisions, 0 to 1.
    """

    decision: int
    word: int
    score: float


class _Config(ctypes.Structure):
    """kws_detect_config of firmware/detect/detect.h."""

    _fields_ = (
        ("classes", ctypes.c_size_t),
        ("thresholds", ctypes.c_void_p),
        ("smoothing", ctypes.c_uint32),
        ("consecutive", ctypes.c_uint32),
        ("refractory", ctypes.c_uint32),
    )


class _State(ctypes.Structure):
    """kws_detect_state."""

    _fields_ = (
        ("sums", ctypes.c_void_p),
        ("history", ctypes.c_void_p),
        ("next", ctypes.c_uint32),
        ("held", ctypes.c_uint32),
        ("best", ctypes.c_size_t),
        ("run", ctypes.c_uint32),
        ("waiting", ctypes.c_uint32),
    )


class Detector:
    """The C detector for one configuration and list of classes."""

    def __init__(self, config: DetectConfig, labels: tuple[str, ...], hop_ms: int) -> None:
        """Builds the C library on first use. KwsError for a threshold of no word of `labels`."""
        self._constants = detect_constants(config, labels, hop_ms)
        self._thresholds = np.array(self._constants.thresholds, np.uint32)

    @property
    def thresholds(self) -> tuple[float, ...]:
        """The least average score of each class; 1 for those that are no words."""
        return tuple(float(threshold) / NEVER for threshold in self._thresholds)

    def with_thresholds(self, thresholds: Sequence[float]) -> "Detector":
        """The same detector with other thresholds, one a class; those of no words stay 1."""
        if len(thresholds) != len(self._thresholds) or not all(0 <= t <= 1 for t in thresholds):
            raise KwsError(f"a detector of {len(self._thresholds)} classes takes as many thresholds"
                           " from 0 to 1")  # fmt: skip
        other = Detector.__new__(Detector)
        other._constants = self._constants
        no_word = np.array(self._constants.thresholds) == NEVER
        other._thresholds = np.array([round(t * NEVER) for t in thresholds], np.uint32)
        other._thresholds[no_word] = NEVER
        return other

    def events(self, scores: NDArray[np.int8]) -> tuple[Detection, ...]:
        """The detections in a stream of decisions that begins afresh.

        scores: int8 [decisions, classes]. KwsError when they are not.
        """
        return self._stream(scores, None)

    def smoothed(self, scores: NDArray[np.int8]) -> NDArray[np.float64]:
        """The averages that are compared with the thresholds, 0 to 1: [decisions, classes].

        0 for the decisions before there are enough to average.
        """
        sums = np.zeros(scores.shape, np.uint16)
        self._stream(scores, sums)
        averages = sums / (256 * self._constants.smoothing)
        averages[: self._constants.smoothing - 1] = 0
        return averages

    def _stream(
        self, scores: NDArray[np.int8], sums: NDArray[np.uint16] | None
    ) -> tuple[Detection, ...]:
        classes = len(self._thresholds)
        if scores.dtype != np.int8 or scores.ndim != 2 or scores.shape[1] != classes:
            raise KwsError(
                f"the detector takes int8 [decisions, {classes}], "
                f"not {scores.dtype} {list(scores.shape)}"
            )
        constants, scores = self._constants, np.ascontiguousarray(scores)
        own_sums = np.zeros(classes, np.uint16)
        history = np.zeros(classes * constants.smoothing, np.uint8)
        found = np.zeros(len(scores), _FOUND)
        count = load_library().kws_detect_stream(
            ctypes.byref(
                _Config(
                    classes,
                    self._thresholds.ctypes.data,
                    constants.smoothing,
                    constants.consecutive,
                    constants.refractory,
                )
            ),
            ctypes.byref(_State(own_sums.ctypes.data, history.ctypes.data)),
            ctypes.c_void_p(scores.ctypes.data),
            ctypes.c_size_t(len(scores)),
            ctypes.c_void_p(sums.ctypes.data if sums is not None else None),
            ctypes.c_void_p(found.ctypes.data),
        )
        return tuple(
            Detection(int(decision), int(word), int(score_q16) / SCORE_ONE)
            for decision, word, score_q16 in found[:count]
        )
