# SPDX-License-Identifier: Apache-2.0
"""Noise recordings of `kws data synth`: white, pink, hum, clatter, and a babble of voices."""

import numpy as np
from numpy.typing import NDArray

from kws.data.audio import Samples, to_int16

Waveform = NDArray[np.float64]

NOISE_SECONDS = 30
_RMS = 2_500.0  # of each recording, in int16 steps
_CLATTER_PER_SECOND = 3
_BABBLE_VOICES = 6


def make_noise(
    speech: list[Samples], sample_rate_hz: int, random: np.random.Generator
) -> dict[str, Samples]:
    """Name to int16 [NOISE_SECONDS * sample_rate_hz]; the babble is made of clips in `speech`."""
    count = NOISE_SECONDS * sample_rate_hz
    waves = {
        "white_noise": random.standard_normal(count),
        "pink_noise": coloured_noise(count, 0.5, random),
        "brown_noise": coloured_noise(count, 1.0, random),
        "mains_hum": _hum(count, sample_rate_hz, random),
        "clatter": _clatter(count, sample_rate_hz, random),
        "babble": _babble(speech, count, random),
    }
    return {name: to_int16(_levelled(wave)) for name, wave in waves.items()}


def coloured_noise(count: int, exponent: float, random: np.random.Generator) -> Waveform:
    """Gaussian noise whose amplitude falls with frequency^exponent (0.5: pink, 1: brown)."""
    spectrum = np.fft.rfft(random.standard_normal(count))
    spectrum[1:] /= np.arange(1, spectrum.size) ** exponent
    spectrum[0] = 0
    return np.fft.irfft(spectrum, count)


def _levelled(wave: Waveform) -> Waveform:
    """At _RMS, unless its peak would clip: then at the level where it just does not."""
    wave = wave * (_RMS / np.sqrt(np.mean(wave**2)))
    limited: Waveform = wave * min(1.0, 30_000 / np.abs(wave).max())
    return limited


def _hum(count: int, sample_rate_hz: int, random: np.random.Generator) -> Waveform:
    """Harmonics of 50 Hz that fade in and out, over faint pink noise."""
    seconds = np.arange(count) / sample_rate_hz
    wave: Waveform = 0.2 * coloured_noise(count, 0.5, random) * np.sqrt(count)
    for harmonic in range(1, 12):
        fade = 1 + 0.3 * np.sin(2 * np.pi * (0.1 * seconds * random.random() + random.random()))
        phase = 2 * np.pi * random.random()
        wave += fade * np.sin(2 * np.pi * 50 * harmonic * seconds + phase) / harmonic
    return wave


def _clatter(count: int, sample_rate_hz: int, random: np.random.Generator) -> Waveform:
    """Knocks: short decaying tones at random times, over faint pink noise."""
    wave: Waveform = 0.05 * coloured_noise(count, 0.5, random) * np.sqrt(count)
    seconds = np.arange(sample_rate_hz // 5) / sample_rate_hz
    for _ in range(NOISE_SECONDS * _CLATTER_PER_SECOND):
        start = int(random.integers(count - seconds.size))
        tone = np.sin(2 * np.pi * random.uniform(300, 5000) * seconds)
        decay = np.exp(-seconds / random.uniform(0.005, 0.04))
        wave[start : start + seconds.size] += random.uniform(0.2, 1) * tone * decay
    return wave


def _babble(speech: list[Samples], count: int, random: np.random.Generator) -> Waveform:
    """Several voices at once, each saying one clip after another."""
    wave = np.zeros(count)
    for _ in range(_BABBLE_VOICES):
        position = 0
        while position < count:
            clip = speech[int(random.integers(len(speech)))][: count - position]
            wave[position : position + clip.size] += clip
            position += clip.size
    return wave
