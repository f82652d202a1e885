# SPDX-License-Identifier: Apache-2.0
"""Sound files to int16 samples: decode, mix to mono, resample, cut or pad."""

from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from kws_codegen.base.errors import KwsError

Samples = NDArray[np.int16]

FULL_SCALE = 32_768
"""What 1.0 in a recording is as int16 (its largest value is one less)."""


def load_clip(path: Path | str, sample_rate_hz: int) -> Samples:
    """Decode a wav, flac, ogg or mp3 file of any rate and channel count.

    Returns int16 mono [samples] at `sample_rate_hz`, at least one sample. Channels are
    averaged; another rate is resampled by soxr; 16-bit mono at the same rate stays bit for bit.
    Raises KwsError when the file cannot be decoded, or has no samples.
    """
    try:
        recording, rate_hz = soundfile.read(str(path), dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError, RuntimeError) as error:
        reason = getattr(error, "error_string", str(error)).strip()
        raise KwsError(
            f"{path}: not readable as sound ({reason})",
            "Supported are wav, flac, ogg and mp3. Replace or remove the file.",
        ) from None
    mono = recording[:, 0] if recording.shape[1] == 1 else recording.mean(axis=1)
    if not np.isfinite(mono).all():
        raise KwsError(
            f"{path}: holds samples that are not numbers (NaN or infinity)",
            "Replace or remove the file.",
        )
    if rate_hz != sample_rate_hz and mono.size:
        mono = soxr.resample(mono, rate_hz, sample_rate_hz)
    if not mono.size:
        raise KwsError(f"{path}: no samples (0 s long)", "Replace or remove the file.")
    return to_int16(mono * FULL_SCALE)


def to_int16(values: NDArray[np.floating]) -> Samples:
    """Round to the nearest int16, clipping what is outside."""
    rounded: Samples = np.clip(np.rint(values), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)
    return rounded


def fit_clip(samples: Samples, clip_samples: int) -> Samples:
    """Exactly `clip_samples` samples of a recording: int16 [n] to int16 [clip_samples].

    A shorter one is padded with zeros at its end. Of a longer one, the stretch of
    `clip_samples` with the most energy is found, and the cut is centred on the energy in it:
    in a long recording the word is loud and the rest is not. Training and evaluation use the
    same cut.
    """
    if samples.size <= clip_samples:
        return np.pad(samples, (0, clip_samples - samples.size))
    energy = np.concatenate(([0], np.cumsum(samples.astype(np.int64) ** 2)))
    loudest = int(np.argmax(energy[clip_samples:] - energy[:-clip_samples]))
    inside = energy[loudest : loudest + clip_samples + 1]
    middle = loudest + int(np.searchsorted(inside, (inside[0] + inside[-1]) / 2))
    start = min(max(middle - clip_samples // 2, 0), samples.size - clip_samples)
    return samples[start : start + clip_samples]
