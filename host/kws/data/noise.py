# SPDX-License-Identifier: Apache-2.0
"""Background noise: which stretch of a recording each split may use, cuts, and silence.

Every noise recording is divided in time, so that noise heard in training is never tested on:
its first 80 % belong to training, the next 10 % to validation, the last 10 % to testing. One
that is too short for this (less than 10 clips long) belongs to training whole; only when all
are too short do all splits use all of them. One shorter than a clip is repeated.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kws.data.audio import Samples, to_int16
from kws.data.cache import AudioCache
from kws.data.splits import Split

NOISE_SHARES: dict[Split, tuple[float, float]] = {
    "training": (0.0, 0.8),
    "validation": (0.8, 0.9),
    "testing": (0.9, 1.0),
}
FAINT_NOISE_AMPLITUDE = 30.0
"""Largest standard deviation, in int16 steps, of silence when there are no noise recordings."""


def is_divisible(samples: int, clip_samples: int) -> bool:
    """Whether each split's stretch of a noise recording holds a clip."""
    return all(
        int(last * samples) - int(first * samples) >= clip_samples
        for first, last in NOISE_SHARES.values()
    )


def has_divisible_noise(audio: AudioCache, clip_samples: int) -> bool:
    """Whether validation and testing have noise that training does not hear."""
    return any(
        is_divisible(stop - start, clip_samples) for start, stop in audio.noise_spans.values()
    )


@dataclass(frozen=True)
class NoiseCuts:
    """Cuts of noise: one a row."""

    files: tuple[str, ...]  # "" where the noise was made, not recorded
    starts: NDArray[np.int64]  # sample within the file
    values: NDArray[np.float32]  # [cuts, clip_samples], in int16 steps


class NoiseSource:
    """Random cuts of the noise that one split may use."""

    def __init__(self, audio: AudioCache, split: Split, clip_samples: int) -> None:
        self._clip_samples = clip_samples
        self._stretches: list[tuple[str, int, Samples]] = []  # path, first sample, samples
        shared = not has_divisible_noise(audio, clip_samples)
        first, last = NOISE_SHARES[split]
        for path, (start, stop) in audio.noise_spans.items():
            samples = audio.noise[start:stop]
            if is_divisible(samples.size, clip_samples):
                begin, end = int(first * samples.size), int(last * samples.size)
                self._stretches.append((path, begin, samples[begin:end]))
            elif shared or split == "training":
                repeats = -(-clip_samples // samples.size)
                self._stretches.append((path, 0, np.tile(samples, repeats)))

    def __bool__(self) -> bool:
        """Whether there is any recorded noise."""
        return bool(self._stretches)

    def stretches(self) -> tuple[Samples, ...]:
        """All that the split may use: int16 [n], n at least a clip."""
        return tuple(samples for _, _, samples in self._stretches)

    def cuts(self, count: int, random: np.random.Generator) -> NoiseCuts:
        """`count` cuts, each of a random recording at a random place; zeros without recordings."""
        values = np.zeros((count, self._clip_samples), np.float32)
        starts = np.zeros(count, np.int64)
        if not self._stretches:
            return NoiseCuts(("",) * count, starts, values)
        chosen = random.integers(len(self._stretches), size=count)
        where = random.random(count)
        files = []
        for row, index in enumerate(chosen):
            path, begin, samples = self._stretches[index]
            start = int(where[row] * (samples.size - self._clip_samples + 1))
            values[row] = samples[start : start + self._clip_samples]
            starts[row] = begin + start
            files.append(path)
        return NoiseCuts(tuple(files), starts, values)

    def silence(self, count: int, random: np.random.Generator) -> tuple[Samples, list[str]]:
        """Clips of the silence class: int16 [count, clip_samples], and a name for each.

        A cut of noise at a volume drawn from [0, 1), as the Simple Audio Recognition script.
        Without noise recordings: white noise of at most FAINT_NOISE_AMPLITUDE.
        """
        volumes = random.random(count).astype(np.float32)
        cuts = self.cuts(count, random)
        values = cuts.values
        if not self:
            values = random.standard_normal(values.shape, np.float32) * FAINT_NOISE_AMPLITUDE
        names = [
            f"{file or 'faint white noise'} from sample {start} at volume {volume:.3f}"
            for file, start, volume in zip(cuts.files, cuts.starts, volumes, strict=True)
        ]
        return to_int16(values * volumes[:, None]), names
