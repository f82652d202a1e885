# SPDX-License-Identifier: Apache-2.0
"""Clips as a telephone line or a file of few bits gives them back, by the codecs of libsndfile."""

import io
from typing import NamedTuple

import numpy as np
import soundfile
import soxr

from kws.data.audio import Samples, Waves, to_int16
from kws_codegen.base.errors import KwsError


class _Codec(NamedTuple):
    format: str  # as soundfile calls it
    subtype: str
    rate_hz: int  # of the sound within


_CODECS = (
    _Codec("WAV", "ULAW", 8_000),  # G.711, 64 kbit/s
    _Codec("WAV", "ALAW", 8_000),
    _Codec("WAV", "GSM610", 8_000),  # 13 kbit/s
    _Codec("WAV", "IMA_ADPCM", 16_000),  # 64 kbit/s
    _Codec("MP3", "MPEG_LAYER_III", 16_000),  # about 36 kbit/s
)


def coded(clips: Waves, sample_rate_hz: int, random: np.random.Generator) -> Waves:
    """Each clip encoded and decoded by a codec drawn for it; at most what int16 holds.

    KwsError when this computer's libsndfile lacks one of them: which are drawn must not depend on
    the computer.
    """
    for codec in _CODECS:
        if not soundfile.check_format(codec.format, codec.subtype):
            raise KwsError(
                f"training.codec needs a libsndfile that writes {codec.subtype}",
                "The package from PyPI brings it: `pip install --force-reinstall soundfile`. Or "
                "train without: --set training.codec=0.",
            )
    heard = np.empty_like(clips)
    for row, number in enumerate(random.integers(len(_CODECS), size=len(clips))):
        heard[row] = _through(to_int16(clips[row]), sample_rate_hz, _CODECS[number])
    return heard


def _through(samples: Samples, sample_rate_hz: int, codec: _Codec) -> Waves:
    """int16 [samples] and back, with what its rate of samples leaves of it."""
    sent = soxr.resample(samples, sample_rate_hz, codec.rate_hz)
    file = io.BytesIO()
    soundfile.write(file, sent, codec.rate_hz, codec.subtype, format=codec.format)
    file.seek(0)
    received, _ = soundfile.read(file, dtype="int16")
    back = soxr.resample(received[: sent.size], codec.rate_hz, sample_rate_hz)
    heard: Waves = np.zeros(samples.size, np.float32)
    heard[: back.size] = back[: samples.size]
    return heard
