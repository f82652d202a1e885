# SPDX-License-Identifier: Apache-2.0
"""The energy gate as a Python object: which frames of a stream the model is given."""

import ctypes
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kws.detect.library import load_library
from kws_codegen.base.detect_config import DetectConfig
from kws_codegen.base.errors import KwsError
from kws_codegen.base.feature_config import FeatureConfig
from kws_codegen.detect_constants import gate_constants


@dataclass(frozen=True)
class GatedRow:
    """A frame that the model was given.

    Attributes:
        row: number of the frame in the stream, from 0.
        heard: number of the frame that was the newest then: the same, or later behind the gate.
    """

    row: int
    heard: int


class _Config(ctypes.Structure):
    """kws_gate_config of firmware/detect/gate.h."""

    _fields_ = (
        ("mean_square", ctypes.c_uint32),
        ("patience", ctypes.c_uint32),
        ("lead_in", ctypes.c_uint32),
        ("row_bytes", ctypes.c_size_t),
    )


class _State(ctypes.Structure):
    """kws_gate_state."""

    _fields_ = (
        ("rows", ctypes.c_void_p),
        ("energy", ctypes.c_uint64),
        ("samples", ctypes.c_uint32),
        ("quiet", ctypes.c_uint32),
        ("next", ctypes.c_uint32),
        ("waiting", ctypes.c_uint32),
    )


class Gate:
    """The C gate for one configuration."""

    def __init__(self, config: DetectConfig, features: FeatureConfig, frames: int) -> None:
        """`frames`: how many the model sees at once."""
        constants = gate_constants(config, features.hop_ms)
        self._features = features
        row_bytes = np.dtype(np.uint64).itemsize
        self._config = _Config(constants.mean_square, frames, constants.lead_in, row_bytes)

    def rows(self, samples: NDArray[np.int16]) -> tuple[GatedRow, ...]:
        """The frames of a stream that the model is given, in order; all of them without a gate.

        samples: int16 [n]. KwsError when they are not.
        """
        if samples.dtype != np.int16 or samples.ndim != 1:
            raise KwsError(f"the gate takes int16 [n], not {samples.dtype} {list(samples.shape)}")
        samples, rows = np.ascontiguousarray(samples), self._features.frames(samples.size)
        numbers = np.zeros((2, rows), np.uint64)
        waiting = np.zeros((self._config.lead_in, self._config.row_bytes), np.int8)
        count = load_library().kws_gate_stream(
            ctypes.byref(self._config),
            ctypes.byref(_State(waiting.ctypes.data)),
            ctypes.c_void_p(samples.ctypes.data),
            ctypes.c_size_t(self._features.window_samples),
            ctypes.c_size_t(self._features.hop_samples),
            ctypes.c_size_t(rows),
            ctypes.c_void_p(numbers[0].ctypes.data),
            ctypes.c_void_p(numbers[1].ctypes.data),
        )
        return tuple(GatedRow(int(row), int(heard)) for row, heard in numbers[:, :count].T)
