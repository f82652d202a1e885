# SPDX-License-Identifier: Apache-2.0
"""Augmentation of features: the same word slower or faster, from another vocal tract, masked.

Works in numpy; audio is augmented before (kws.data.training_epoch). What happens to the clips of
an epoch is drawn at once, so that it can be done to some of them at a time.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kws.config.schema import TrainingConfig

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Amounts:
    """What happens to each of n clips; None: not that."""

    time_stretch: Float64 | None  # [n, 1]
    channel_stretch: Float64 | None  # [n, 1]
    masked_frames: Bool  # [n, frames]
    masked_channels: Bool  # [n, channels]

    def of(self, rows: slice) -> "Amounts":
        """Those of some clips."""
        time, channel = self.time_stretch, self.channel_stretch
        return Amounts(
            None if time is None else time[rows],
            None if channel is None else channel[rows],
            self.masked_frames[rows],
            self.masked_channels[rows],
        )


def draw_amounts(
    shape: tuple[int, int, int], config: TrainingConfig, generator: np.random.Generator
) -> Amounts:
    """Amounts for [n, frames, channels], uniform up to the limits in `config`; 0 is off."""
    clips, frames, channels = shape

    def stretch(limit: float) -> Float64 | None:
        return generator.uniform(1 - limit, 1 + limit, (clips, 1)) if limit else None

    return Amounts(
        stretch(config.time_warp),
        stretch(config.channel_warp),
        _span(generator, clips, frames, config.time_mask_frames),
        _span(generator, clips, channels, config.channel_mask),
    )


def augment(features: Float32, amounts: Amounts) -> Float32:
    """A changed copy of features, float32 [n, frames, channels, 1].

    Per clip: time stretched about its middle, the mel axis stretched from its low end (vocal
    tract length perturbation, Jaitly and Hinton 2013), one run of frames and one band of
    channels set to 0 (SpecAugment, arXiv:1904.08779).
    """
    _, frames, channels, _ = features.shape
    if amounts.time_stretch is not None:
        middle = (frames - 1) / 2
        positions = (np.arange(frames) - middle) * amounts.time_stretch + middle
        features = _resample(features, positions, axis=1)
    if amounts.channel_stretch is not None:
        features = _resample(features, np.arange(channels) * amounts.channel_stretch, axis=2)
    keep_frames, keep_channels = ~amounts.masked_frames, ~amounts.masked_channels
    return features * keep_frames[:, :, None, None] * keep_channels[:, None, :, None]


def _resample(features: Float32, positions: Float64, axis: int) -> Float32:
    """Linear interpolation of [n, frames, channels, 1] at positions [n, length] of `axis`."""
    last = features.shape[axis] - 1
    positions = np.clip(positions, 0, last)
    below = np.minimum(positions.astype(np.int64), last - 1)
    share = (positions - below).astype(np.float32)
    others = tuple({1, 2, 3} - {axis})
    below, share = np.expand_dims(below, others), np.expand_dims(share, others)
    low = np.take_along_axis(features, below, axis)
    high = np.take_along_axis(features, below + 1, axis)
    result: Float32 = low + (high - low) * share
    return result


def _span(generator: np.random.Generator, clips: int, length: int, longest: int) -> Bool:
    """True in one random run of 0 to `longest` of `length` places: bool [clips, length]."""
    size = generator.integers(0, min(longest, length) + 1, (clips, 1))
    start = generator.integers(0, length - size + 1)
    place = np.arange(length)
    result: Bool = (place >= start) & (place < start + size)
    return result
