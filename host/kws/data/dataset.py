# SPDX-License-Identifier: Apache-2.0
"""The data set of a run: every usable clip with its label, split and speaker."""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path

from kws.config.schema import Config, DataConfig
from kws.data.cache import AudioCache, decoded_audio
from kws.data.scan import scan_folder
from kws.data.splits import SPLITS, Split
from kws.data.spoken import is_spoken, spoken_audio
from kws_codegen.base.errors import KwsError
from kws_codegen.base.labels import SILENCE_LABEL, UNKNOWN_LABEL

FORMAT = 3


@dataclass(frozen=True)
class Clip:
    """One recording."""

    path: str  # relative to the data folder, with /
    word: str  # name of its folder
    label: str  # a wanted word, _unknown_ or _silence_
    split: Split
    speaker: str  # "" when the file name tells none


@dataclass(frozen=True)
class Dataset:
    """The clips of one data folder, labelled and split; read and written as dataset.json."""

    root: str  # the data folder
    fingerprint: str  # of the files when they were listed (kws.data.scan)
    labels: tuple[str, ...]  # classes in the order of the model's outputs
    clips: tuple[Clip, ...]  # sorted by path
    noise: tuple[str, ...]  # recordings in _background_noise_/
    skipped: tuple[tuple[str, str], ...]  # (path, reason) of every file that is not used
    split_rule: str
    every_unknown: bool  # evaluate all unknown words, not only unknown_percentage
    warnings: tuple[str, ...]
    voices: tuple[str, ...] = ()  # synthesisers that say other words, and wanted ones, as clips
    spoken_percentage: float = 0.0  # wanted words of theirs in an epoch, of the recorded ones

    def clips_of(self, split: Split, label: str | None = None) -> tuple[Clip, ...]:
        """Clips of a split, all or those with `label`."""
        return tuple(c for c in self.clips if c.split == split and label in (None, c.label))

    def known_voices(self, paths: Iterable[str]) -> int:
        """How many of these clips are not for training, but by a speaker who is heard in it."""
        trained = {clip.speaker for clip in self.clips_of("training")} - {""}
        others = {c.path for c in self.clips if c.split != "training" and c.speaker in trained}
        return sum(path in others for path in paths)

    @property
    def wanted_labels(self) -> tuple[str, ...]:
        """The classes that are words."""
        return tuple(x for x in self.labels if x not in (SILENCE_LABEL, UNKNOWN_LABEL))

    def wanted_count(self, split: Split) -> int:
        """Number of wanted-word clips in a split; the percentages are of this number.

        In the training split those of an epoch: all that are recorded, and spoken_counts().
        """
        wanted = self.wanted_labels
        clips = self.clips_of(split)
        recorded = sum(c.label in wanted and not is_spoken(c.path) for c in clips)
        return recorded + (self.spoken_counts().total() if split == "training" else 0)

    def spoken_counts(self) -> Counter[str]:
        """How many of each wanted word an epoch of training has from the synthesisers."""
        found = Counter(
            (clip.label, is_spoken(clip.path))
            for clip in self.clips_of("training")
            if clip.label in self.wanted_labels
        )
        share = self.spoken_percentage / 100
        return Counter(
            {
                label: min(found[label, True], math.ceil(found[label, False] * share))
                for label in self.wanted_labels
            }
        )

    def counts(self) -> dict[str, dict[str, int]]:
        """Clips per label and split, as recorded (before unknown words are drawn)."""
        found = Counter((clip.label, clip.split) for clip in self.clips)
        return {label: {split: found[label, split] for split in SPLITS} for label in self.labels}

    def audio(self, config: Config) -> AudioCache:
        """The decoded recordings. Raises KwsError when the files changed since they were listed."""
        scan = scan_folder(Path(self.root))
        if scan.fingerprint != self.fingerprint:
            raise KwsError(
                f"the recordings in {self.root} changed since they were listed",
                "Run the data step again (`kws data prepare`, or `kws run`).",
            )
        rate_hz = config.features.sample_rate_hz
        audio = decoded_audio(scan, rate_hz, config.clip_samples)
        if not self.voices:
            return audio
        audio = _with_spoken(audio, config.data.wanted_words, self.voices, rate_hz)
        if any(is_spoken(clip.path) and clip.path not in audio.rows for clip in self.clips):
            raise KwsError(
                "the synthesiser says other words now than when the recordings were listed",
                "Run the data step again (`kws data prepare`, or `kws run`).",
            )
        return audio

    def save(self, path: Path) -> None:
        """Write dataset.json."""
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"format": FORMAT, **asdict(self)}, indent=1)
        path.write_text(text + "\n", encoding="utf-8")


def load_dataset(path: Path) -> Dataset:
    """Read dataset.json. Raises KwsError when it is missing or not one."""
    if not path.is_file():
        raise KwsError(f"no data set {path}", "Run `kws data prepare` (or `kws run`) first.")
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values.pop("format") != FORMAT:
            raise ValueError("another format")
        return Dataset(
            **{
                **values,
                "labels": tuple(values["labels"]),
                "clips": tuple(Clip(**clip) for clip in values["clips"]),
                "noise": tuple(values["noise"]),
                "skipped": tuple((name, reason) for name, reason in values["skipped"]),
                "warnings": tuple(values["warnings"]),
                "voices": tuple(values["voices"]),
            }
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise KwsError(
            f"{path} is not a data set of this version of kws",
            "Delete it and run `kws data prepare` (or `kws run`) again.",
        ) from None


@lru_cache(maxsize=2)
def _with_spoken(
    audio: AudioCache, wanted_words: tuple[str, ...], voices: tuple[str, ...], rate_hz: int
) -> AudioCache:
    """`audio` with the clips of kws.data.spoken after its own."""
    clips, paths = spoken_audio(wanted_words, voices, rate_hz, audio.clips.shape[1])
    first = len(audio.clips)
    return replace(
        audio,
        spoken=clips,
        rows={**audio.rows, **{path: first + row for row, path in enumerate(paths)}},
    )


def evaluated_clips(dataset: Dataset, config: Config, split: Split) -> tuple[Clip, ...]:
    """The recorded clips of a split that are evaluated, sorted by path.

    All of the wanted words, all recorded silence, and of the unknown words a fixed choice of
    `unknown_percentage` of the number of wanted clips, at most as many as those, spread over words
    by a hash.
    """
    unknown = sorted(dataset.clips_of(split, UNKNOWN_LABEL), key=_shuffle_key)
    if not dataset.every_unknown:
        unknown = unknown[: share(dataset, split, min(config.data.unknown_percentage, 100))]
    known = [clip for clip in dataset.clips_of(split) if clip.label != UNKNOWN_LABEL]
    return tuple(sorted([*known, *unknown], key=lambda clip: clip.path))


def trained_unknowns(dataset: Dataset, data: DataConfig) -> int:
    """Unknown clips in an epoch of training: unknown_percentage, or all that are there.

    Spoken ones come beside the recorded ones, as many as without: voices that said wanted words
    alone would tell that a word is wanted.
    """
    wanted = share(dataset, "training", data.unknown_percentage)
    clips = dataset.clips_of("training", UNKNOWN_LABEL)
    spoken = sum(is_spoken(clip.path) for clip in clips)
    return min(wanted, len(clips) - spoken) + min(wanted, spoken)


def share(dataset: Dataset, split: Split, percentage: float) -> int:
    """Percentage of the wanted-word clips of a split, rounded up as the tutorial does."""
    return math.ceil(dataset.wanted_count(split) * percentage / 100)


def _shuffle_key(clip: Clip) -> str:
    return hashlib.sha256(clip.path.encode("utf-8", "surrogateescape")).hexdigest()
