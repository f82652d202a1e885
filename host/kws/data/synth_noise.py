# SPDX-License-Identifier: Apache-2.0
"""Noise recordings of `kws data synth`: white, pink, hum, clatter, and a babble of voices.

Music is made for wake words alone: a data set that was made before stays as it is.
"""

import numpy as np
from numpy.typing import NDArray

from kws.data.audio import Samples, to_int16

Waveform = NDArray[np.float64]

NOISE_SECONDS = 30
_RMS = 2_500.0  # of each recording, in int16 steps
_CLATTER_PER_SECOND = 3
_BABBLE_VOICES = 6
_BEAT_S = (0.25, 0.6)
_SCALE = (0, 2, 4, 5, 7, 9, 11)  # semitones, major
_PARTIALS = 8  # of a tone


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


def make_music(sample_rate_hz: int, random: np.random.Generator) -> Samples:
    """Chords, a tune and a drum in beats that change: int16 [NOISE_SECONDS * sample_rate_hz]."""
    count = NOISE_SECONDS * sample_rate_hz
    wave, beat_s, at = np.zeros(count), random.uniform(*_BEAT_S), 0
    root, beat = int(random.integers(40, 56)), 0
    while at < count:
        if beat % 32 == 31:
            root, beat_s = int(random.integers(40, 56)), random.uniform(*_BEAT_S)
        if beat % 4 == 0:
            degree = int(random.integers(7))
            for third in (0, 2, 4):
                octave, step = divmod(degree + third, 7)
                _add(wave, at, _tone(root + 12 * octave + _SCALE[step], 4 * beat_s, sample_rate_hz))
        note = root + 12 + int(random.choice(_SCALE))
        _add(wave, at, 0.7 * _tone(note, random.choice((0.5, 1, 2)) * beat_s, sample_rate_hz))
        hit = random.standard_normal(int(0.1 * sample_rate_hz))
        hit *= np.exp(-np.arange(hit.size) / (random.uniform(0.005, 0.03) * sample_rate_hz))
        _add(wave, at, random.uniform(0, 1) * hit)
        at += int(beat_s * sample_rate_hz)
        beat += 1
    return to_int16(_levelled(wave))


def _tone(note: float, seconds: float, sample_rate_hz: int) -> Waveform:
    """A plucked string of a MIDI note: partials, the higher the fainter and the sooner gone."""
    time = np.arange(int(seconds * sample_rate_hz)) / sample_rate_hz
    hz = 440 * 2 ** ((note - 69) / 12)
    wave: Waveform = np.zeros(time.size)
    for partial in range(1, _PARTIALS + 1):
        decay = np.exp(-time * partial * 2)
        wave += decay * np.sin(2 * np.pi * hz * partial * time) / partial
    return wave * np.minimum(1, (seconds - time) / 0.02)  # no click where it ends


def _add(wave: Waveform, at: int, sound: Waveform) -> None:
    part = sound[: wave.size - at]
    wave[at : at + part.size] += part


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
