# SPDX-License-Identifier: Apache-2.0
"""The clips of a split as they are evaluated: recordings as they are, and silence."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kws.config.schema import Config
from kws.data.audio import Samples
from kws.data.dataset import Dataset, evaluated_clips, share
from kws.data.noise import NoiseSource
from kws.data.splits import SPLITS, Split
from kws_codegen.base.errors import KwsError
from kws_codegen.base.labels import SILENCE_LABEL

Labels = NDArray[np.int32]

_EVALUATION_SEED = 59_185  # of the silence clips; RANDOM_SEED of the tutorial's script


def evaluation_clips(
    dataset: Dataset,
    config: Config,
    split: Split | Literal["all"],
    most: int | None = None,
    seed: int = 0,
) -> tuple[Samples, Labels, list[str]]:
    """The clips of a split as they are evaluated: the same on every call, nothing mixed in.

    `most`: only so many of them, drawn by the seed, in the same order; the others are not read.

    Returns int16 [n, clip_samples], the class of each [n], and a name for each: the path of
    a recording, or the cut of noise that a silence clip is. Recordings come sorted by path,
    then silence up to `silence_percentage` of the wanted clips, counting recorded silence.
    Raises KwsError when there is none.
    """
    audio = dataset.audio(config)
    class_of = {label: index for index, label in enumerate(dataset.labels)}
    rows: list[int] = []  # of recordings; below 0: of silence
    cuts, labels, names = [np.empty((0, config.clip_samples), np.int16)], [], []
    for part in SPLITS if split == "all" else (split,):
        recorded = evaluated_clips(dataset, config, part)
        random = np.random.default_rng([_EVALUATION_SEED, SPLITS.index(part)])
        missing = share(dataset, part, config.data.silence_percentage) - len(
            dataset.clips_of(part, SILENCE_LABEL)
        )
        source = NoiseSource(audio, part, config.clip_samples)
        silence, silence_names = source.silence(max(missing, 0), random)
        rows += [audio.rows[clip.path] for clip in recorded]
        done = sum(map(len, cuts))
        rows += [-1 - row for row in range(done, done + len(silence))]
        cuts.append(silence)
        labels += [class_of[clip.label] for clip in recorded]
        labels += [class_of[SILENCE_LABEL]] * len(silence)
        names += [clip.path for clip in recorded] + silence_names
    if not names:
        raise KwsError(
            f"the {split} split of {dataset.root} has no clips",
            "Choose another split, or add recordings.",
        )
    chosen = np.arange(len(names))
    if most is not None:
        chosen = np.sort(np.random.default_rng(seed).permutation(len(names))[:most])
    places = np.array(rows)[chosen]
    samples = np.empty((len(chosen), config.clip_samples), np.int16)
    samples[places >= 0] = audio.read(places[places >= 0])
    samples[places < 0] = np.concatenate(cuts)[-1 - places[places < 0]]
    return samples, np.array(labels, np.int32)[chosen], [names[index] for index in chosen]
