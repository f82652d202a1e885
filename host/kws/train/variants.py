# SPDX-License-Identifier: Apache-2.0
"""Features of training stretches, fresh or one of a few variants that are made once and cached."""

from dataclasses import asdict
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

import kws.data
from kws.config.schema import Config
from kws.data import Dataset, training_blocks
from kws.data.negatives import negative_files
from kws.features import FrontEnd
from kws.features.library import frontend_hash
from kws_codegen.base.cache import cache_entry
from kws_codegen.base.hashes import config_hash, hash_json, tree_hash
from kws_codegen.base.version import VERSION

Stretches = npt.NDArray[np.uint16]
Classes = npt.NDArray[np.int32]

_FEATURES, _CLASSES = "features.npy", "classes.npy"


def fresh_stretches(dataset: Dataset, config: Config, epoch: int) -> tuple[Stretches, Classes]:
    """Front-end steps uint16 [n, frames, channels] of an epoch's stretches; classes int32 [n]."""
    front_end = FrontEnd(config.features)
    blocks = training_blocks(dataset, config, epoch, config.training.seed)
    parts = [(front_end.clips(block.samples), block.classes) for block in blocks]
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def variant(dataset: Dataset, config: Config, number: int) -> tuple[Stretches, Classes]:
    """As fresh_stretches of epoch `number`; from the cache when it was made before."""

    def make(folder: Path) -> None:
        folder.mkdir()
        stretches, classes = fresh_stretches(dataset, config, number)
        np.save(folder / _FEATURES, stretches)
        np.save(folder / _CLASSES, classes)

    with cache_entry("features", f"{_key(dataset, config, number)}.variant", make) as folder:
        # Pages of a mapped file stay when the file is removed.
        stretches = np.load(folder / _FEATURES, mmap_mode="r")
        classes = np.load(folder / _CLASSES)
    return stretches, classes


def _key(dataset: Dataset, config: Config, number: int) -> str:
    training = config.training
    sound = (
        training.noise_snr_db, training.gain_db, training.speed, training.room,
        training.microphone, training.codec,
    )  # fmt: skip
    return hash_json(
        [
            VERSION,
            _recipe_hash(),
            frontend_hash(config.features),
            config_hash(config.data),
            dataset.fingerprint,
            [asdict(clip) for clip in dataset.clips],
            negative_files(config.data.negatives).fingerprint,
            sound,
            training.seed,
            number,
        ]
    )


@cache
def _recipe_hash() -> str:
    """Of the code that makes a stretch's sound: changed, it gives other variants."""
    return tree_hash([Path(kws.data.__file__).parent], (".py",))
