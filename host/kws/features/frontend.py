# SPDX-License-Identifier: Apache-2.0
"""The front end as a Python object: a stream of samples in, rows of features out."""

import ctypes
import threading

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kws.features.library import load_library
from kws_codegen.base.errors import KwsError
from kws_codegen.base.feature_config import FeatureConfig

_lock = threading.Lock()  # each library has one stream, as the firmware has


class FrontEnd:
    """One stream through the C front end. Objects do not disturb each other."""

    def __init__(self, features: FeatureConfig) -> None:
        """Builds the C library for `features` on first use. KwsError when it cannot."""
        self.features = features
        self._library = load_library(features)
        self._state = ctypes.create_string_buffer(self._library.kws_frontend_state_bytes())

    def reset(self) -> None:
        """Forgets all samples and the noise estimate: the next sample starts a new stream."""
        ctypes.memset(self._state, 0, len(self._state))

    def process(self, samples: ArrayLike) -> NDArray[np.uint16]:
        """Takes int16 [n], any n; returns the frames now complete, uint16 [frames, channels].

        KwsError when samples are not one-dimensional int16.
        """
        data = _samples(samples, 1)
        room = data.size // self.features.hop_samples + 1
        out = np.empty((room, self.features.channels), np.uint16)
        with _lock:
            frames = self._library.kws_frontend_continue(
                self._state, _pointer(data), ctypes.c_size_t(data.size), _pointer(out)
            )
        return out[:frames]

    def clip(self, samples: ArrayLike) -> NDArray[np.uint16]:
        """Features of one clip from a fresh start: uint16 [frames, channels]."""
        self.reset()
        return self.process(samples)

    def clips(self, batch: ArrayLike) -> NDArray[np.uint16]:
        """Features of int16 [n, clip_samples], each clip alone: uint16 [n, frames, channels].

        Leaves the stream of process() as it is. KwsError when it is not 2-D int16.
        """
        data = _samples(batch, 2)
        count, clip_samples = data.shape
        out = np.empty(
            (count, self.features.frames(clip_samples), self.features.channels), np.uint16
        )
        with _lock:
            self._library.kws_frontend_clips(
                _pointer(data),
                ctypes.c_size_t(count),
                ctypes.c_size_t(clip_samples),
                _pointer(out),
            )
        return out


def _samples(samples: ArrayLike, dimensions: int) -> NDArray[np.int16]:
    data = np.asarray(samples)
    if data.dtype != np.int16 or data.ndim != dimensions:
        raise KwsError(
            f"the front end takes int16 samples in {dimensions} dimension(s), "
            f"not {data.dtype} in {data.ndim}",
            "Scale to int16 and make it mono first.",
        )
    return np.ascontiguousarray(data)


def _pointer(array: NDArray[np.int16] | NDArray[np.uint16]) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)
