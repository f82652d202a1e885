# SPDX-License-Identifier: Apache-2.0
"""Small folders of recordings for tests: tones instead of speech, one pitch a word."""

from pathlib import Path

import numpy as np
import soundfile

RATE_HZ = 16_000
SPEAKERS = tuple(f"speaker{number:02d}" for number in range(12))


def tone(
    seconds: float = 1.0, hz: float = 400.0, rate_hz: int = RATE_HZ, level: float = 0.25
) -> np.ndarray:
    """A sine, float32 [samples]."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    return (level * np.sin(2 * np.pi * hz * time_s)).astype(np.float32)


def write(path: Path, samples: np.ndarray, rate_hz: int = RATE_HZ, **options: str) -> Path:
    """Write a sound file, by its suffix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate_hz, **options)
    return path


def make_folder(
    root: Path,
    words: tuple[str, ...] = ("yes", "no", "cat"),
    speakers: tuple[str, ...] = SPEAKERS,
    noise_seconds: float = 12.0,
    lists: bool = True,
) -> Path:
    """A folder of words: one clip a word and speaker; the last four speakers in the lists."""
    for index, word in enumerate(words):
        for number, speaker in enumerate(speakers):
            hz = 300 * (index + 1) + 5 * number
            write(root / word / f"{speaker}_nohash_0.wav", tone(hz=hz))
    if noise_seconds:
        random = np.random.default_rng(1)
        hiss = 0.05 * random.standard_normal(round(noise_seconds * RATE_HZ))
        write(root / "_background_noise_" / "hiss.wav", hiss)
    if lists:
        for name, chosen in (("validation", speakers[-4:-2]), ("testing", speakers[-2:])):
            names = [f"{word}/{speaker}_nohash_0.wav" for word in words for speaker in chosen]
            (root / f"{name}_list.txt").write_text("\n".join(names) + "\n")
    return root
