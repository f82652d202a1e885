# SPDX-License-Identifier: Apache-2.0
"""Negatives: hours of speech and sound without a wanted word, from which cuts are taken.

[data] negatives names recordings of any length, or folders of them. They are divided so that what
is heard in training is never tested on: a recording of a minute or more in time, as noise is
(first 80 % training, then 10 % validation, 10 % testing), a shorter one whole, by the hash that
splits clips: of its speaker, where its name tells one. A folder may have split lists as a folder of
words has: then they divide its recordings, whole, and what neither names is training's. Whoever
tests for other speakers does so with recordings that are not named here. What each split has is
one stream, its recordings one after another, decoded once into the cache and memory-mapped.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kws.config.schema import DataConfig
from kws.console import progress
from kws.data.audio import Samples, load_recording
from kws.data.noise import NOISE_SHARES
from kws.data.scan import SOUND_SUFFIXES
from kws.data.split_rule import split_lists
from kws.data.splits import SPLITS, Split, hash_split
from kws.data.stretch import Stretch
from kws_codegen.base.cache import cache_entry
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import hash_json

Places = NDArray[np.int64]  # samples of a stream

_DIVIDED_FROM_SECONDS = 60
_VERSION = 3  # raise it when the same files give other samples


@dataclass(frozen=True)
class NegativeFiles:
    """The recordings that [data] negatives names, sorted, and what tells a change."""

    paths: tuple[Path, ...]
    fingerprint: str  # SHA-256 (hex) of names, sizes, times and listed splits; "" without any
    listed: Mapping[Path, Split]  # of those in a folder that has split lists


def negative_files(names: Sequence[str]) -> NegativeFiles:
    """The files that `names` stand for: themselves, or all sound files below a folder.

    KwsError for a name that is neither, for a folder without sound, and for lists that share a
    recording.
    """
    paths: list[Path] = []
    listed: dict[Path, Split] = {}
    for name in names:
        path = Path(name)
        if path.is_dir():
            found = sorted(p for p in path.rglob("*") if _is_sound(p.relative_to(path), p))
            if not found:
                raise KwsError(
                    f"no sound file in {path}, which data.negatives names",
                    f"Put recordings there ({', '.join(SOUND_SUFFIXES)}), or leave it out.",
                )
            paths += found
            listed |= _listed(path, found)
        elif path.is_file():
            paths.append(path)
        else:
            raise KwsError(
                f"data.negatives names {path}, and nothing is there",
                "Name sound files, or folders of them.",
            )
    paths = sorted({path.resolve() for path in paths})
    if not paths:
        return NegativeFiles((), "", {})
    digest = hashlib.sha256()
    for path in paths:
        status = path.stat()
        line = f"{path}\0{status.st_size}\0{status.st_mtime_ns}\0{listed.get(path, '')}\n"
        digest.update(line.encode("utf-8", "surrogateescape"))
    return NegativeFiles(tuple(paths), digest.hexdigest(), listed)


def _listed(folder: Path, found: Sequence[Path]) -> dict[Path, Split]:
    """The split of every recording of a folder that has lists; none where it has not."""
    validation, testing = split_lists(folder)
    if validation is None and testing is None:
        return {}
    splits: dict[Path, Split] = {}
    for path in found:
        name = path.relative_to(folder).as_posix()
        tested, validated = name in (testing or ()), name in (validation or ())
        splits[path.resolve()] = "testing" if tested else "validation" if validated else "training"
    return splits


def _is_sound(relative: Path, path: Path) -> bool:
    hidden = any(part.startswith(".") for part in relative.parts)
    return not hidden and path.suffix.lower() in SOUND_SUFFIXES and path.is_file()


@dataclass(frozen=True, eq=False)
class Negatives:
    """All that one split may hear of the negatives."""

    stream: Samples  # int16 [samples], memory-mapped, read-only; empty without negatives
    short: Places  # (start, stop) of each recording shorter than a minute: int64 [n, 2]

    def __bool__(self) -> bool:
        return self.stream.size > 0

    def places(self, count: int, stretch: Stretch, random: np.random.Generator) -> Places:
        """Where `count` cuts of an epoch begin: int64 [count], samples of the stream.

        Each short recording gives at most one, half of the cuts at most: what was added because
        it is confusing (`kws data add-negatives`) is heard in every epoch, however long the others
        are. The network's window lies in it. The rest is from all over the stream.
        """
        chosen = self.short[random.permutation(len(self.short))[: count // 2]]
        room = np.maximum(chosen[:, 1] - chosen[:, 0] - stretch.clip_samples, 0)
        within = chosen[:, 0] + (random.random(len(chosen)) * room).astype(np.int64)
        starts = np.clip(within - stretch.first_sample, 0, self._last(stretch))
        return np.concatenate([starts, self.anywhere(count - len(chosen), stretch, random)])

    def anywhere(self, count: int, stretch: Stretch, random: np.random.Generator) -> Places:
        """`count` places all over the stream."""
        return random.integers(self._last(stretch), size=count, endpoint=True)

    def cuts(self, places: Places, stretch: Stretch) -> Samples:
        """The sound there, repeated if the stream is shorter: int16 [n, stretch.samples]."""
        cuts = np.empty((len(places), stretch.samples), np.int16)
        for row, start in enumerate(places):
            cuts[row] = np.resize(self.stream[start : start + stretch.samples], stretch.samples)
        return cuts

    def _last(self, stretch: Stretch) -> int:
        return max(self.stream.size - stretch.samples, 0)


def load_negatives(config: DataConfig, split: Split, sample_rate_hz: int) -> Negatives:
    """What [data] negatives gives one split. KwsError when a recording cannot be read."""
    files = negative_files(config.negatives)
    if not files.paths:
        return Negatives(np.empty(0, np.int16), np.empty((0, 2), np.int64))
    shares = (config.validation_percentage, config.testing_percentage)
    key = hash_json([_VERSION, files.fingerprint, sample_rate_hz, shares])

    def make(folder: Path) -> None:
        _decode(files, folder, sample_rate_hz, shares)

    with cache_entry("audio", f"negatives-{key[:32]}", make) as folder:
        # Pages of a mapped file stay when the file is removed.
        stream = np.load(folder / f"{split}.npy", mmap_mode="r")
        return Negatives(stream, np.load(folder / f"{split}_short.npy"))


def _decode(
    files: NegativeFiles, folder: Path, sample_rate_hz: int, shares: tuple[float, float]
) -> None:
    """Write <split>.npy and <split>_short.npy; one recording at a time is in memory."""
    folder.mkdir()
    lengths = dict.fromkeys(SPLITS, 0)
    short: dict[Split, list[tuple[int, int]]] = {split: [] for split in SPLITS}
    with progress() as bar, ExitStack() as stack:
        raw = {split: stack.enter_context(_raw(folder, split).open("wb")) for split in SPLITS}
        task = bar.add_task("reading negatives", total=len(files.paths))
        for path in files.paths:
            samples = load_recording(path, sample_rate_hz)
            short_one = samples.size < _DIVIDED_FROM_SECONDS * sample_rate_hz
            whole = files.listed.get(path) or (
                hash_split(path.name, *shares) if short_one else None
            )
            for split, part in _parts(samples, whole):
                raw[split].write(part.tobytes())
                if short_one:
                    short[split].append((lengths[split], lengths[split] + part.size))
                lengths[split] += part.size
            bar.advance(task)
    for split, length in lengths.items():
        stream = np.lib.format.open_memmap(
            folder / f"{split}.npy", mode="w+", dtype=np.int16, shape=(length,)
        )
        if length:
            stream[:] = np.memmap(_raw(folder, split), np.int16, "r")
        stream.flush()
        _raw(folder, split).unlink()
        np.save(folder / f"{split}_short.npy", np.array(short[split], np.int64).reshape(-1, 2))


def _raw(folder: Path, split: Split) -> Path:
    return folder / f"{split}.raw"


def _parts(samples: Samples, whole: Split | None) -> Iterator[tuple[Split, Samples]]:
    """All of it in one split, else divided in time."""
    if whole:
        yield whole, samples
        return
    for split, (first, last) in NOISE_SHARES.items():
        yield split, samples[int(first * samples.size) : int(last * samples.size)]
