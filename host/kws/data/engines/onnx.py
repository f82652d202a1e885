# SPDX-License-Identifier: Apache-2.0
"""Voices that are ONNX files, run by the package onnxruntime (extra `voices`)."""

from collections.abc import Iterable
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
    """An ONNX model, ready to run on one core a call; its noise begins with the same seed.

    On two cores a call of Kokoro took as long as on one, and half as much again of both.
    """
    import onnxruntime

    onnxruntime.set_seed(1)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


@lru_cache(maxsize=8)
def content_of(path: Path) -> str:
    """Hash of a file, computed once."""
    return file_hash(path)


_IPA: dict[tuple[str, str], str] = {}  # of texts that were asked for, by voice and text


def learn_ipa(voice: str, texts: Iterable[str]) -> None:
    """Ask espeak-ng once for all of the texts, in one process; ipa() then knows them."""
    new = sorted({text for text in texts if (voice, text) not in _IPA})
    if new:
        said = ipa_of(new, voice)
        _IPA.update(((voice, text), each) for text, each in zip(new, said, strict=True))


def ipa(text: str, voice: str) -> str:
    """How espeak-ng says a text, with stress and length, in IPA."""
    learn_ipa(voice, [text])
    return _IPA[voice, text].replace("_", "")


def loud(wave: np.ndarray) -> Samples:
    """Float samples of any level to int16 [samples] with a peak of 0.9."""
    peak = float(np.abs(wave).max(initial=0))
    return to_int16(np.ravel(wave) * (0.9 * 32_768 / peak if peak else 0))
