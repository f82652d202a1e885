# SPDX-License-Identifier: Apache-2.0
"""Clips as other microphones, rooms and speakers would give them: float32 in, float32 out.

Amounts come from [training]; each step is off at 0 (or with an empty range), and then draws
nothing.
"""

import numpy as np
from numpy.typing import NDArray

from kws.config.schema import TrainingConfig

Waves = NDArray[np.float32]  # [clips, samples], in int16 steps

_ROOM_MS = 250  # of an impulse response
_DECAY_MS = (10.0, 100.0)  # to 1/e
_REVERBERANT = (0.05, 0.5)  # energy of the reflections, of the direct sound's
_FAINTEST = 32.768  # root mean square, in int16 steps


def spoken_and_heard(
    clips: Waves, config: TrainingConfig, sample_rate_hz: int, random: np.random.Generator
) -> Waves:
    """Spoken slower or faster, then heard in a room."""
    if config.speed:
        clips = _at_speed(clips, random.uniform(1 - config.speed, 1 + config.speed, len(clips)))
    if config.room:
        inside = np.flatnonzero(random.random(len(clips)) < config.room)
        clips = clips.copy()
        clips[inside] = _in_rooms(clips[inside], sample_rate_hz, random)
    return clips


def _at_speed(clips: Waves, speeds: NDArray[np.float64]) -> Waves:
    """Resampled about the middle: pitch and tempo together; zeros beyond the ends."""
    place = np.arange(clips.shape[1])
    middle = (clips.shape[1] - 1) / 2
    changed = np.empty_like(clips)
    for row, speed in enumerate(speeds):
        at = (place - middle) * speed + middle
        changed[row] = np.interp(at, place, clips[row], left=0, right=0)
    return changed


def _in_rooms(clips: Waves, sample_rate_hz: int, random: np.random.Generator) -> Waves:
    """Each clip in a room of its own: the direct sound, then noise that dies away (Moorer 1979).

    Loudness stays about the same.
    """
    length = sample_rate_hz * _ROOM_MS // 1000
    seconds = np.arange(length) / sample_rate_hz
    decay = random.uniform(*_DECAY_MS, (len(clips), 1)) / 1000
    share = random.uniform(*_REVERBERANT, (len(clips), 1))
    late = random.standard_normal((len(clips), length)) * np.exp(-seconds / decay)
    late *= np.sqrt(share / np.maximum(np.square(late).sum(axis=1, keepdims=True), 1e-12))
    late[:, 0] = 1
    response = (late / np.sqrt(1 + share)).astype(np.float32)
    size = _fast_size(clips.shape[1] + length)
    spectrum = np.fft.rfft(clips, size) * np.fft.rfft(response, size)
    heard: Waves = np.fft.irfft(spectrum, size)[:, : clips.shape[1]].astype(np.float32)
    return heard


def _fast_size(least: int) -> int:
    """The smallest 2^n, or 5 * 2^n, that is not below `least`."""
    power: int = 1 << (least - 1).bit_length()
    five = 5 * power // 8
    return five if five >= least else power


def noise_factors(
    clips: Waves, noise: Waves, range_db: tuple[float, ...], random: np.random.Generator
) -> Waves:
    """What to multiply each row of `noise` by for a random signal-to-noise ratio in dB, [clips].

    The noise's power is the mean over its row, the clip's over the samples that are not 0. For a
    clip fainter than -60 dB of full scale that level counts.
    """
    low, high = range_db
    snr_db = random.uniform(low, high, len(clips)).astype(np.float32)
    power = np.square(clips).sum(axis=1) / np.maximum(np.count_nonzero(clips, axis=1), 1)
    power = np.maximum(power, _FAINTEST**2)
    noise_power = np.maximum(np.mean(np.square(noise), axis=1), 1)
    factors: Waves = np.sqrt(power / noise_power) * 10 ** (-snr_db / 20)
    return factors


def gains(count: int, range_db: tuple[float, ...], random: np.random.Generator) -> Waves:
    """Factors of loudness, uniform in dB: float32 [count]."""
    low, high = range_db
    factors: Waves = (10 ** (random.uniform(low, high, count) / 20)).astype(np.float32)
    return factors
