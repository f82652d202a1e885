# SPDX-License-Identifier: Apache-2.0
"""Features on disk, found again by the hash of clips, configuration and C code."""

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kws.features.library import frontend_hash
from kws.features.parallel import compute
from kws_codegen.base.cache import cache_entry
from kws_codegen.base.feature_config import FeatureConfig


def cached_features(
    clips: NDArray[np.int16], features: FeatureConfig, processes: int | None = None
) -> NDArray[np.uint16]:
    """compute(), or its earlier result: uint16 [n, frames, channels], memory-mapped, read-only."""

    def make(path: Path) -> None:
        np.save(path, compute(clips, features, processes))

    with cache_entry("features", f"{_key(clips, features)}.npy", make) as path:
        # Pages of a mapped file stay when the file is removed.
        found: NDArray[np.uint16] = np.load(path, mmap_mode="r")
    return found


def _key(clips: NDArray[np.int16], features: FeatureConfig) -> str:
    digest = hashlib.sha256(f"{frontend_hash(features)} {clips.shape} {clips.dtype}".encode())
    for clip in clips:  # one at a time: clips may be a memory map
        digest.update(clip.tobytes())
    return digest.hexdigest()
