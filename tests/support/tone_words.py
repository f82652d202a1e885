# SPDX-License-Identifier: Apache-2.0
"""A data set in seconds: tone bursts as words, so that a tiny network can learn them."""

from pathlib import Path

import numpy as np
import soundfile

from kws.config.schema import Config, config_from_dict

RATE_HZ = 16_000
WORDS = {"low": 400.0, "high": 2500.0}  # hertz
OTHER = "chirp"  # a word that is not wanted: unknown


def write_tone_words(folder: Path, clips: int = 40) -> None:
    """Write `clips` clips a word, each of a speaker of its own, and background noise."""
    random = np.random.default_rng(7)
    time = np.arange(RATE_HZ) / RATE_HZ
    for word in (*WORDS, OTHER):
        (folder / word).mkdir(parents=True)
        for index in range(clips):
            burst = np.exp(-(((time - random.uniform(0.35, 0.65)) / 0.15) ** 2))
            if word == OTHER:
                phase = 2 * np.pi * (300 * time + 1500 * time**2)
            else:
                phase = 2 * np.pi * WORDS[word] * random.uniform(0.9, 1.1) * time
            samples = 8000 * burst * np.sin(phase) + random.normal(0, 30, RATE_HZ)
            _write(folder / word / f"{index:08x}_nohash_0.wav", samples)
    (folder / "_background_noise_").mkdir()
    _write(folder / "_background_noise_" / "hiss.wav", random.normal(0, 300, 15 * RATE_HZ))


def tone_config(**training: object) -> Config:
    """A configuration that learns them in seconds; `training` overrides keys of [training]."""
    return config_from_dict(
        {
            "data": {"wanted_words": list(WORDS), "background_volume": 0.05},
            "features": {"channels": 20, "hop_ms": 30},
            "model": {"first_filters": 8, "filters": [8, 16], "strides": [2, 1], "dropout": 0.1},
            "training": {
                "epochs": 4,
                "batch_size": 8,
                "learning_rate": 0.01,
                "warmup_epochs": 1,
                "time_mask_frames": 2,
                "channel_mask": 2,
                **training,
            },
            "few_clips": {"below_clips": 0},
            "quantization": {"representative_clips": 40},
        }
    )


def _write(path: Path, samples: np.ndarray) -> None:
    soundfile.write(path, np.clip(samples, -32768, 32767).astype(np.int16), RATE_HZ)
