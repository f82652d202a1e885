# SPDX-License-Identifier: Apache-2.0
"""Voices that are ONNX files, run by the package onnxruntime (extra `voices`)."""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from kws.data.audio import Samples, to_int16
from kws.data.phonemes import ipa_of
from kws_codegen.base.hashes import file_hash

RUNTIME = "`pip install 'mcu-kws[voices]'` brings onnxruntime, which runs it."


def has_runtime() -> bool:
    """Whether onnxruntime is installed."""
    return find_spec("onnxruntime") is not None


@lru_cache(maxsize=2)
def session(path: Path) -> Any:
    """An ONNX model, ready to run; its noise begins with the same seed."""
    import onnxruntime

    onnxruntime.set_seed(1)
    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])


@lru_cache(maxsize=8)
def content_of(path: Path) -> str:
    """Hash of a file, computed once."""
    return file_hash(path)


@lru_cache(maxsize=4096)
def ipa(text: str, voice: str) -> str:
    """How espeak-ng says a text, with stress and length, in IPA."""
    return ipa_of([text], voice)[0].replace("_", "")


def loud(wave: np.ndarray) -> Samples:
    """Float samples of any level to int16 [samples] with a peak of 0.9."""
    peak = float(np.abs(wave).max(initial=0))
    return to_int16(np.ravel(wave) * (0.9 * 32_768 / peak if peak else 0))
