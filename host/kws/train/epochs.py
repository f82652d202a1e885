# SPDX-License-Identifier: Apache-2.0
"""Epochs of features: recordings are mixed and turned into features while the network trains.

Everything random about an epoch comes from (seed, epoch), so an epoch is the same whether the
training reached it in one go or was resumed. With training.variants the sound of an epoch is one
of so many, whose features are made once and cached; where its windows begin, their order and
what is masked are drawn afresh.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from kws.config.schema import Config
from kws.data import Dataset, evaluation_clips
from kws.data.stretch import stretch_of
from kws.features import cached_features
from kws.train.augment import augment, draw_amounts
from kws.train.variants import Stretches, fresh_stretches, variant

_BLOCK = 2048  # clips that are changed at a time: what an epoch takes of memory beside its features
_FEATURE_STREAM = 1  # sets the draws for features apart from those for audio


@dataclass(frozen=True)
class Labelled:
    """Inputs of the network and their classes.

    Attributes:
        features: float32 [n, frames, channels, 1], real values (front-end steps times
            features.output_scale).
        classes: int32 [n], positions in config.data.labels.
    """

    features: npt.NDArray[np.float32]
    classes: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.classes)


def training_features(dataset: Dataset, config: Config, epoch: int) -> Labelled:
    """Features of training epoch `epoch` (from 0), shuffled and augmented."""
    seed, variants = config.training.seed, config.training.variants
    generator = np.random.default_rng([seed, epoch, _FEATURE_STREAM])
    if variants:
        stretches, classes = variant(dataset, config, epoch % variants)
        order = generator.permutation(len(classes))
        classes = classes[order]
    else:
        stretches, classes = fresh_stretches(dataset, config, epoch)
        order = np.arange(len(classes))
    shape = (len(classes), config.frames, config.features.channels)
    frames = _frames_of_windows(shape[0], config, generator)
    amounts = draw_amounts(shape, config.training, generator)
    features = np.empty((*shape, 1), np.float32)
    for start in range(0, len(classes), _BLOCK):
        rows = slice(start, start + _BLOCK)
        windows: Stretches = stretches[order[rows, None], frames[rows]]
        features[rows] = augment(network_input(windows, config), amounts.of(rows))
    return Labelled(features, classes)


def _frames_of_windows(
    count: int, config: Config, generator: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Which frames of each stretch are the clip, at random within its slack: [count, frames]."""
    stretch = stretch_of(config)
    first = np.full(count, stretch.lead_frames)
    if stretch.slack_frames:
        first += generator.integers(2 * stretch.slack_frames, size=count, endpoint=True)
    frames: npt.NDArray[np.int64] = first[:, None] + np.arange(config.frames)
    return frames


def evaluation_features(
    dataset: Dataset, config: Config, split: Literal["training", "validation", "testing"]
) -> Labelled:
    """Features of a split as it is evaluated: nothing mixed in, the same on every call."""
    clips, classes, _ = evaluation_clips(dataset, config, split)
    return Labelled(network_input(cached_features(clips, config.features), config), classes)


def training_epochs(dataset: Dataset, config: Config, first: int) -> Iterator[Labelled]:
    """Epochs `first` to the last; the next is made in a thread while the caller uses one."""
    last = config.training.epochs - 1
    executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="epoch")
    try:
        ahead = executor.submit(training_features, dataset, config, first)
        for epoch in range(first, last + 1):
            current = ahead.result()
            if epoch < last:
                ahead = executor.submit(training_features, dataset, config, epoch + 1)
            yield current
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def network_input(features: npt.NDArray[np.uint16], config: Config) -> npt.NDArray[np.float32]:
    """Front-end steps uint16 [n, frames, channels] to float32 [n, frames, channels, 1]."""
    real: npt.NDArray[np.float32] = features * np.float32(config.features.output_scale)
    return real[..., np.newaxis]
