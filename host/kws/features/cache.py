"""Features on disk, found again by the hash of clips, configuration and C code."""

import hashlib
import os
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kws.features.library import frontend_hash
from kws.features.parallel import compute
from kws_codegen.base.cache import cache_dir
from kws_codegen.base.feature_config import FeatureConfig

LIMIT_BYTES = 4 << 30
"""The least recently used files go when all of them are larger than this."""


def cached_features(
    clips: NDArray[np.int16], features: FeatureConfig, processes: int | None = None
) -> NDArray[np.uint16]:
    """compute(), or its earlier result: uint16 [n, frames, channels], memory-mapped, read-only."""
    folder = cache_dir() / "features"
    path = folder / f"{_key(clips, features)}.npy"
    if not path.is_file():
        folder.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as partial:
            try:
                np.save(partial, compute(clips, features, processes))
            except BaseException:
                Path(partial.name).unlink()
                raise
        Path(partial.name).replace(path)
        _forget_oldest(folder)
    os.utime(path)
    found: NDArray[np.uint16] = np.load(path, mmap_mode="r")
    return found


def _key(clips: NDArray[np.int16], features: FeatureConfig) -> str:
    digest = hashlib.sha256(f"{frontend_hash(features)} {clips.shape} {clips.dtype}".encode())
    for clip in clips:  # one at a time: clips may be a memory map
        digest.update(clip.tobytes())
    return digest.hexdigest()


def _forget_oldest(folder: Path) -> None:
    """Removes files, least recently used first, until the rest fit LIMIT_BYTES."""
    entries = sorted(
        ((status.st_mtime, status.st_size, path) for path, status in _files(folder)), reverse=True
    )
    total = 0
    for _, size, path in entries:
        total += size
        if total > LIMIT_BYTES:
            path.unlink(missing_ok=True)


def _files(folder: Path) -> list[tuple[Path, os.stat_result]]:
    found = []
    for path in folder.glob("*.npy"):
        try:
            found.append((path, path.stat()))
        except FileNotFoundError:  # another process removed it
            continue
    return found
