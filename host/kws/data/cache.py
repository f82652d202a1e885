# SPDX-License-Identifier: Apache-2.0
"""Decoded recordings on disk, memory-mapped: each file is decoded once, not once an epoch.

`<cache>/audio/<folder and format>-<fingerprint>/` has meta.json, clips.npy and noise.npy. A changed
file (size or modification time) gives another fingerprint; the entry it replaces is deleted.
"""

import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kws.console import progress
from kws.data.audio import Samples, fit_clip, is_clipped, is_silent, load_clip, wav_fault
from kws.data.scan import Scan, SoundFile
from kws_codegen.base.cache import cache_entry, forget_entries
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import hash_json

CACHE_VERSION = 3
"""Raise it when decoding, cutting or the files change."""

_META, _CLIPS, _NOISE = "meta.json", "clips.npy", "noise.npy"


@dataclass(frozen=True, eq=False)
class AudioCache:
    """All recordings of one data folder at one rate and clip length, and what is spoken beside.

    Recordings stay on disk; what is spoken has the rows after them.
    """

    clips: Samples  # int16 [files, clip_samples], cut or padded; zeros for an unreadable file
    rows: dict[str, int]  # path -> row of clips, then of spoken
    samples: dict[str, int]  # path -> length before cutting or padding, at the same rate
    faults: dict[str, str]  # path -> why it cannot be used
    noise: Samples  # int16 [samples], all noise recordings one after another
    noise_spans: dict[str, tuple[int, int]]  # path -> (start, stop) in noise
    silent: list[str] = field(default_factory=list)  # paths of clips, as is_silent says
    clipped: list[str] = field(default_factory=list)  # as is_clipped says
    cut_short: list[str] = field(default_factory=list)  # less sound than their header says
    same: list[list[str]] = field(default_factory=list)  # groups of clips with equal samples
    spoken: Samples | None = None  # int16 [clips, clip_samples]

    def read(self, rows: Sequence[int] | NDArray[np.int64]) -> Samples:
        """The clips of these rows: int16 [n, clip_samples]."""
        chosen = np.asarray(rows, np.int64)
        if self.spoken is None:
            recorded: Samples = self.clips[chosen]
            return recorded
        after = chosen >= len(self.clips)
        samples = np.empty((len(chosen), self.clips.shape[1]), np.int16)
        samples[~after] = self.clips[chosen[~after]]
        samples[after] = self.spoken[chosen[after] - len(self.clips)]
        return samples

    def clip(self, path: str) -> Samples:
        """One of them: int16 [clip_samples]."""
        found: Samples = self.read([self.rows[path]])[0]
        return found


def decoded_audio(scan: Scan, sample_rate_hz: int, clip_samples: int) -> AudioCache:
    """The decoded recordings of `scan`, from the cache or decoded now (with progress).

    Raises KwsError when the cache cannot be written.
    """
    folder_key = hash_json([CACHE_VERSION, str(scan.root), sample_rate_hz, clip_samples])[:16]

    def make(folder: Path) -> None:
        _decode(scan, sample_rate_hz, clip_samples, folder)

    name = f"{folder_key}-{scan.fingerprint[:16]}"
    needed_bytes = len(scan.clips) * clip_samples * 2
    with cache_entry("audio", name, make, needed_bytes) as folder:
        audio = _open(folder)
    forget_entries("audio", f"{folder_key}-*", keep=folder)
    return audio


@lru_cache(maxsize=4)
def _open(folder: Path) -> AudioCache:
    meta = json.loads((folder / _META).read_text(encoding="utf-8"))
    return AudioCache(
        np.load(folder / _CLIPS, mmap_mode="r"),
        meta["rows"],
        meta["samples"],
        meta["faults"],
        np.load(folder / _NOISE),
        {path: (start, stop) for path, (start, stop) in meta["noise_spans"].items()},
        meta["silent"],
        meta["clipped"],
        meta["cut_short"],
        meta["same"],
    )


def _decode(scan: Scan, sample_rate_hz: int, clip_samples: int, folder: Path) -> None:
    folder.mkdir()
    rows = {file.path: row for row, file in enumerate(scan.clips)}
    lengths: dict[str, int] = {}
    faults: dict[str, str] = {}
    odd: dict[str, list[str]] = {"silent": [], "clipped": [], "cut_short": []}
    by_content = defaultdict(list)
    clips = np.lib.format.open_memmap(
        folder / _CLIPS, mode="w+", dtype=np.int16, shape=(len(rows), clip_samples)
    )
    for file, samples, fault in load_files(scan.root, scan.clips, sample_rate_hz):
        if samples is None:
            faults[file.path] = fault
        else:
            lengths[file.path] = samples.size
            listed = {
                "silent": is_silent(samples),
                "clipped": is_clipped(samples),
                "cut_short": wav_fault(scan.root / file.path) is not None,
            }
            for fault_name in (name for name, found in listed.items() if found):
                odd[fault_name].append(file.path)
            by_content[hashlib.sha256(samples.tobytes()).digest()].append(file.path)
            clips[rows[file.path]] = fit_clip(samples, clip_samples)
    clips.flush()
    pieces: list[Samples] = []
    spans: dict[str, tuple[int, int]] = {}
    position = 0
    for file, samples, fault in load_files(scan.root, scan.noise, sample_rate_hz):
        if samples is None:
            faults[file.path] = fault
        else:
            spans[file.path] = (position, position + samples.size)
            position += samples.size
            pieces.append(samples)
    np.save(folder / _NOISE, np.concatenate([np.empty(0, np.int16), *pieces]))
    same = sorted(group for group in by_content.values() if len(group) > 1)
    meta = {"rows": rows, "samples": lengths, "faults": faults, "noise_spans": spans, "same": same}
    meta |= odd
    (folder / _META).write_text(json.dumps(meta), encoding="utf-8")


def load_files(
    root: Path, files: tuple[SoundFile, ...], sample_rate_hz: int
) -> Iterable[tuple[SoundFile, Samples | None, str]]:
    """(file, int16 samples, "") for each file in order, or (file, None, what is wrong)."""

    def load(file: SoundFile) -> tuple[SoundFile, Samples | None, str]:
        try:
            return file, load_clip(root / file.path, sample_rate_hz), ""
        except KwsError as error:
            return file, None, error.message.removeprefix(f"{root / file.path}: ")

    block = 512  # bounds how many decoded files wait in memory
    with progress() as bar, ThreadPoolExecutor(os.cpu_count()) as pool:
        task = bar.add_task("reading recordings", total=len(files))
        for start in range(0, len(files), block):
            for result in pool.map(load, files[start : start + block]):
                yield result
                bar.advance(task)
