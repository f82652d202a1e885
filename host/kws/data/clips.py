# SPDX-License-Identifier: Apache-2.0
"""Arrays to train on and to evaluate: mixing, shifting, silence, choice of unknowns."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kws.config.schema import Config
from kws.data.audio import Samples, to_int16
from kws.data.dataset import Clip, Dataset, evaluated_clips, share, trained_unknowns
from kws.data.noise import NoiseSource
from kws.data.splits import SPLITS, Split
from kws_codegen.base.errors import KwsError
from kws_codegen.base.labels import SILENCE_LABEL, UNKNOWN_LABEL

Labels = NDArray[np.int32]

_EVALUATION_SEED = 59_185  # of the silence clips; RANDOM_SEED of the tutorial's script
_BLOCK = 256  # clips mixed at a time, to keep floating-point copies small


def evaluation_clips(
    dataset: Dataset, config: Config, split: Split | Literal["all"]
) -> tuple[Samples, Labels, list[str]]:
    """The clips of a split as they are evaluated: the same on every call, nothing mixed in.

    Returns int16 [n, clip_samples], the class of each [n], and a name for each: the path of
    a recording, or the cut of noise that a silence clip is. Recordings come sorted by path,
    then silence up to `silence_percentage` of the wanted clips, counting recorded silence.
    Raises KwsError when there is none.
    """
    audio = dataset.audio(config)
    class_of = {label: index for index, label in enumerate(dataset.labels)}
    samples, labels, names = [], [], []
    for part in SPLITS if split == "all" else (split,):
        recorded = evaluated_clips(dataset, config, part)
        random = np.random.default_rng([_EVALUATION_SEED, SPLITS.index(part)])
        missing = share(dataset, part, config.data.silence_percentage) - len(
            dataset.clips_of(part, SILENCE_LABEL)
        )
        source = NoiseSource(audio, part, config.clip_samples)
        silence, silence_names = source.silence(max(missing, 0), random)
        samples += [audio.clips[[audio.rows[clip.path] for clip in recorded]], silence]
        labels += [class_of[clip.label] for clip in recorded]
        labels += [class_of[SILENCE_LABEL]] * len(silence)
        names += [clip.path for clip in recorded] + silence_names
    if not names:
        raise KwsError(
            f"the {split} split of {dataset.root} has no clips",
            "Choose another split, or add recordings.",
        )
    return np.concatenate(samples), np.array(labels, np.int32), names


def training_epoch(
    dataset: Dataset, config: Config, epoch: int, seed: int
) -> tuple[Samples, Labels]:
    """The training clips of one epoch: shuffled, shifted in time, mixed with noise.

    Returns int16 [n, clip_samples] and the class of each [n]. A pure function of its
    arguments: the same epoch gives the same arrays, whatever ran before. Every wanted clip
    occurs once; unknown words are drawn afresh each epoch; silence is cut afresh. n is the
    same for every epoch.
    """
    audio = dataset.audio(config)
    random = np.random.default_rng([seed, epoch])
    class_of = {label: index for index, label in enumerate(dataset.labels)}
    clips = _drawn_clips(dataset, config, random)
    if not clips:
        raise KwsError(
            f"the training split of {dataset.root} has no clips", "Add recordings to train on."
        )
    missing = share(dataset, "training", config.data.silence_percentage) - sum(
        clip.label == SILENCE_LABEL for clip in clips
    )
    noise = NoiseSource(audio, "training", config.clip_samples)
    silence, _ = noise.silence(max(missing, 0), random)

    order = random.permutation(len(clips) + len(silence))
    samples = np.empty((len(order), config.clip_samples), np.int16)
    samples[order[len(clips) :]] = silence
    rows = np.array([audio.rows[clip.path] for clip in clips])
    for start in range(0, len(clips), _BLOCK):
        block = slice(start, min(start + _BLOCK, len(clips)))
        shifted = _shifted(audio.clips[rows[block]], config, random)
        samples[order[block]] = _mixed(shifted, noise, config, random)
    labels = np.empty(len(order), np.int32)
    labels[order] = [class_of[clip.label] for clip in clips] + [class_of[SILENCE_LABEL]] * len(
        silence
    )
    return samples, labels


def _drawn_clips(dataset: Dataset, config: Config, random: np.random.Generator) -> list[Clip]:
    known = [clip for clip in dataset.clips_of("training") if clip.label != UNKNOWN_LABEL]
    pool = dataset.clips_of("training", UNKNOWN_LABEL)
    count = trained_unknowns(dataset, config.data)
    return known + [pool[index] for index in random.permutation(len(pool))[:count]]


def _shifted(clips: Samples, config: Config, random: np.random.Generator) -> Samples:
    """Move each clip by up to time_shift_ms either way; zeros fill the gap."""
    limit = config.features.sample_rate_hz * config.data.time_shift_ms // 1000
    limit = min(limit, clips.shape[1])
    shifts = random.integers(-limit, limit, size=len(clips), endpoint=True)
    shifted = np.zeros_like(clips)
    for row, shift in enumerate(shifts):
        if shift >= 0:
            shifted[row, shift:] = clips[row, : clips.shape[1] - shift]
        else:
            shifted[row, :shift] = clips[row, -shift:]
    return shifted


def _mixed(
    clips: Samples, noise: NoiseSource, config: Config, random: np.random.Generator
) -> Samples:
    """Add noise to `background_frequency` of the clips, at up to `background_volume`."""
    volumes = random.random(len(clips), np.float32) * config.data.background_volume
    volumes[random.random(len(clips)) >= config.data.background_frequency] = 0
    if not noise:
        return clips
    values = noise.cuts(len(clips), random).values
    values *= volumes[:, None]
    values += clips
    return to_int16(values)
