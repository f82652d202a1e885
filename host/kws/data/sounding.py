# SPDX-License-Identifier: Apache-2.0
"""Clips as other microphones, rooms and speakers would give them: float32 in, float32 out.

Amounts come from [training]; each step is off at 0 (or with an empty range), and then draws
nothing.
"""

import numpy as np
from numpy.typing import NDArray

from kws.config.schema import TrainingConfig
from kws.data.audio import Waves
from kws.data.codecs import coded

_ROOM_MS = 250  # of an impulse response
_DECAY_MS = (10.0, 100.0)  # to 1/e
_REVERBERANT = (0.05, 0.5)  # energy of the reflections, of the direct sound's
_FAINTEST = 32.768  # root mean square, in int16 steps
_LOW_CUT_HZ = (20.0, 300.0)  # of a microphone's high-pass filter, first order
_HIGH_CUT_HZ = (3_000.0, 20_000.0)  # of its low-pass filter, first order
_BANDS_HZ = (100.0, 200.0, 400.0, 800.0, 1600.0, 3200.0, 6400.0)
_RIPPLE_DB = 4.0  # of each band, either way


def spoken_and_heard(
    clips: Waves, config: TrainingConfig, sample_rate_hz: int, random: np.random.Generator
) -> Waves:
    """Spoken slower or faster, heard in a room, then through a microphone, then through a codec.

    KwsError as coded().
    """
    if config.speed:
        clips = _at_speed(clips, random.uniform(1 - config.speed, 1 + config.speed, len(clips)))
    if config.room:
        inside = np.flatnonzero(random.random(len(clips)) < config.room)
        clips = clips.copy()
        clips[inside] = _in_rooms(clips[inside], sample_rate_hz, random)
    if config.microphone:
        through = np.flatnonzero(random.random(len(clips)) < config.microphone)
        clips = clips.copy()
        clips[through] = _through_microphones(clips[through], sample_rate_hz, random)
    if config.codec:
        sent = np.flatnonzero(random.random(len(clips)) < config.codec)
        clips = clips.copy()
        clips[sent] = coded(clips[sent], sample_rate_hz, random)
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


def _through_microphones(clips: Waves, sample_rate_hz: int, random: np.random.Generator) -> Waves:
    """Each clip through a frequency response of its own; loudness stays the same.

    Corners of high and low pass are uniform in octaves, bands between them in dB.
    """
    size = _fast_size(clips.shape[1])
    hz = np.maximum(np.fft.rfftfreq(size, 1 / sample_rate_hz), 1.0)
    low, high = (
        least * (most / least) ** random.random((len(clips), 1))
        for least, most in (_LOW_CUT_HZ, _HIGH_CUT_HZ)
    )
    ripple = random.uniform(-_RIPPLE_DB, _RIPPLE_DB, (len(clips), len(_BANDS_HZ)))
    response = np.empty((len(clips), hz.size), np.float32)
    for row, bands in enumerate(ripple):
        response[row] = 10 ** (np.interp(np.log(hz), np.log(_BANDS_HZ), bands) / 20)
    response /= np.sqrt((1 + (low / hz) ** 2) * (1 + (hz / high) ** 2)).astype(np.float32)
    heard = np.fft.irfft(np.fft.rfft(clips, size) * response, size)[:, : clips.shape[1]]
    before = np.square(clips).sum(axis=1, keepdims=True)
    after = np.square(heard).sum(axis=1, keepdims=True)
    levelled: Waves = (heard * np.sqrt(before / np.maximum(after, 1e-9))).astype(np.float32)
    return levelled


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
