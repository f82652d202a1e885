# SPDX-License-Identifier: Apache-2.0
"""Clips that take the front end to its corners: levels, extremes, silence, speech."""

from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from kws.data.espeak import Utterance, speak

Clips = NDArray[np.int16]

SPOKEN = ("yes", "no", "marvin", "seven", "sheila", "stop", "up", "wow")
REAL_SPEECH = Path(__file__).resolve().parents[3] / "shared/data/speech_commands_mini"


def synthetic_clips(count: int, rate_hz: int, seed: int, seconds: float = 1.0) -> Clips:
    """`count` clips of twelve kinds in turn, levels from one step to full scale: [count, n]."""
    random = np.random.default_rng(seed)
    n = round(rate_hz * seconds)
    t = np.arange(n) / rate_hz

    def tone() -> NDArray[np.float64]:
        return np.sin(2 * np.pi * random.uniform(20, rate_hz / 2) * t)

    def kind(number: int) -> NDArray[np.float64]:
        level = 10 ** random.uniform(0, 4.515)
        kinds = (
            lambda: random.normal(0, level / 3, n),
            lambda: level * tone(),
            lambda: np.zeros(n),
            lambda: 32767 * np.sign(tone() + 1e-9),  # full-scale square wave
            lambda: np.full(n, random.integers(-32768, 32768)),  # DC
            lambda: random.integers(-32768, 32768, n),
            lambda: random.choice([-32768, 32767], n),
            lambda: level * np.sin(2 * np.pi * (50 * t + rate_hz / 4 * t * t)),  # chirp
            lambda: np.full(n, -32768),
            lambda: np.where(tone() > 0, 32767, -32768),
            lambda: random.integers(-3, 4, n),
            lambda: random.normal(0, level / 3, n) * np.abs(np.sin(2 * np.pi * 3 * t)),
        )
        return kinds[number % len(kinds)]()

    return np.array(
        [np.clip(kind(number), -32768, 32767).astype(np.int16) for number in range(count)]
    )


def spoken_clips(rate_hz: int, seconds: float = 1.0) -> Clips:
    """Words from a speech synthesiser, in three voices: int16 [24, n]."""
    voices = (("en-us", 150), ("en-us+f2", 175), ("en-gb-scotland+m3", 200))
    utterances = [
        Utterance(word, voice, words_per_minute, pitch=50, pitch_range=50, longest_ms=900)
        for word in SPOKEN
        for voice, words_per_minute in voices
    ]
    spoken, made_hz = speak(utterances)
    clips = np.zeros((len(spoken), round(rate_hz * seconds)), np.int16)
    for clip, speech in zip(clips, spoken, strict=True):
        samples = soxr.resample(speech, made_hz, rate_hz)[: clip.size]
        clip[: samples.size] = samples
    return clips


def recorded_clips(limit: int) -> Clips:
    """One-second recordings at 16 kHz of many words, [<= limit, 16000]; empty where none lie."""
    clips = []
    paths = sorted(REAL_SPEECH.glob("*/*_nohash_0.wav"))
    for path in paths[:: max(1, len(paths) // limit)][:limit]:
        samples, rate_hz = soundfile.read(path, dtype="int16")
        assert rate_hz == 16_000
        clips.append(np.pad(samples[:16_000], (0, max(0, 16_000 - samples.size))))
    return np.array(clips, np.int16).reshape(-1, 16_000)
