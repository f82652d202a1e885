# SPDX-License-Identifier: Apache-2.0
"""Augmentation of features: the same word slower or faster, from another vocal tract, masked.

Works on whole epochs in numpy; audio is augmented before (kws.data.training_epoch).
"""

import numpy as np
import numpy.typing as npt

from kws.config.schema import TrainingConfig

Float32 = npt.NDArray[np.float32]


def augment(features: Float32, config: TrainingConfig, generator: np.random.Generator) -> Float32:
    """A changed copy of features, float32 [n, frames, channels, 1].

    Per clip: time stretched about its middle, the mel axis stretched from its low end (vocal
    tract length perturbation, Jaitly and Hinton 2013), one run of frames and one band of
    channels set to 0 (SpecAugment, arXiv:1904.08779). All amounts are uniform up to the
    limits in `config`; a limit of 0 turns that step off.
    """
    clips, frames, channels, _ = features.shape
    if config.time_warp:
        stretch = generator.uniform(1 - config.time_warp, 1 + config.time_warp, (clips, 1))
        middle = (frames - 1) / 2
        positions = (np.arange(frames) - middle) * stretch + middle
        features = _resample(features, positions, axis=1)
    if config.channel_warp:
        stretch = generator.uniform(1 - config.channel_warp, 1 + config.channel_warp, (clips, 1))
        features = _resample(features, np.arange(channels) * stretch, axis=2)
    keep_frames = ~_span(generator, clips, frames, config.time_mask_frames)
    keep_channels = ~_span(generator, clips, channels, config.channel_mask)
    return features * keep_frames[:, :, None, None] * keep_channels[:, None, :, None]


def _resample(features: Float32, positions: npt.NDArray[np.float64], axis: int) -> Float32:
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


def _span(
    generator: np.random.Generator, clips: int, length: int, longest: int
) -> npt.NDArray[np.bool_]:
    """True in one random run of 0 to `longest` of `length` places: bool [clips, length]."""
    size = generator.integers(0, min(longest, length) + 1, (clips, 1))
    start = generator.integers(0, length - size + 1)
    place = np.arange(length)
    result: npt.NDArray[np.bool_] = (place >= start) & (place < start + size)
    return result
