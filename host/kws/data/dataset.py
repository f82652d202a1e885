"""Step 4: the data set of a run: every usable clip with its label, split and speaker."""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from kws.config import BACKGROUND_NOISE_DIR, SILENCE_LABEL, UNKNOWN_LABEL, Config, DataConfig
from kws.data.cache import AudioCache, decoded_audio
from kws.data.noise import has_divisible_noise
from kws.data.scan import Scan, scan_folder
from kws.data.splits import SPLITS, Split, SplitRule, speaker_of, split_rule
from kws.errors import KwsError

FORMAT = 1
_LISTED = 5  # examples named in a warning


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

    def clips_of(self, split: Split, label: str | None = None) -> tuple[Clip, ...]:
        """Clips of a split, all or those with `label`."""
        return tuple(c for c in self.clips if c.split == split and label in (None, c.label))

    def wanted_count(self, split: Split) -> int:
        """Number of wanted-word clips in a split; the percentages are of this number."""
        return sum(c.label not in (SILENCE_LABEL, UNKNOWN_LABEL) for c in self.clips_of(split))

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
        return decoded_audio(scan, config.features.sample_rate_hz, config.clip_samples)

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
            }
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise KwsError(
            f"{path} is not a data set of this version of kws",
            "Delete it and run `kws data prepare` (or `kws run`) again.",
        ) from None


def build_dataset(config: DataConfig, root: Path, sample_rate_hz: int = 16_000) -> Dataset:
    """List, label and split the recordings of `root` for training and testing.

    Every file is decoded once (and cached), so that an unreadable one is known now: it is left
    out and listed in `skipped`. Raises KwsError when `root` holds no recordings, when a wanted
    word has none, when the split lists contradict each other.
    """
    scan, dataset = _list_clips(config, root, sample_rate_hz, every_unknown=False)
    available = Counter(clip.word for clip in dataset.clips)
    missing = [word for word in config.wanted_words if not available[word]]
    if missing:
        there = ", ".join(f"{word} {count}" for word, count in sorted(available.items()))
        raise KwsError(
            f"no readable clips of {_join(missing)} in {scan.root}",
            f"Words there, with their clips: {there or 'none'}.\n"
            "Choose among them with --wanted-words a,b,... or wanted_words in the configuration.",
        )
    return dataset


def build_evaluation_dataset(
    config: DataConfig, root: Path, sample_rate_hz: int = 16_000
) -> Dataset:
    """List the recordings of `root` to judge a model on, that it need not have been made for.

    As build_dataset, but wanted words may be lacking, and every clip of another word is
    evaluated as unknown, not only `unknown_percentage`.
    """
    return _list_clips(config, root, sample_rate_hz, every_unknown=True)[1]


def evaluated_clips(dataset: Dataset, config: Config, split: Split) -> tuple[Clip, ...]:
    """The recorded clips of a split that are evaluated, sorted by path.

    All of the wanted words, all recorded silence, and of the unknown words a fixed choice of
    `unknown_percentage` of the number of wanted clips, spread over words by a hash.
    """
    unknown = sorted(dataset.clips_of(split, UNKNOWN_LABEL), key=_shuffle_key)
    if not dataset.every_unknown:
        unknown = unknown[: share(dataset, split, config.data.unknown_percentage)]
    known = [clip for clip in dataset.clips_of(split) if clip.label != UNKNOWN_LABEL]
    return tuple(sorted([*known, *unknown], key=lambda clip: clip.path))


def share(dataset: Dataset, split: Split, percentage: float) -> int:
    """Percentage of the wanted-word clips of a split, rounded up (as upstream)."""
    return math.ceil(dataset.wanted_count(split) * percentage / 100)


def _shuffle_key(clip: Clip) -> str:
    return hashlib.sha256(clip.path.encode("utf-8", "surrogateescape")).hexdigest()


def _list_clips(
    config: DataConfig, root: Path, sample_rate_hz: int, every_unknown: bool
) -> tuple[Scan, Dataset]:
    scan = scan_folder(root)
    rule = split_rule(config, scan.root)
    clip_samples = sample_rate_hz * config.clip_duration_ms // 1000
    audio = decoded_audio(scan, sample_rate_hz, clip_samples)
    labels = {word: word for word in (*config.wanted_words, SILENCE_LABEL)}
    clips = tuple(
        Clip(
            path=file.path,
            word=file.word,
            label=labels.get(file.word, UNKNOWN_LABEL),
            split=rule.split(file.path),
            speaker=speaker_of(file.path),
        )
        for file in scan.clips
        if file.path not in audio.faults
    )
    dataset = Dataset(
        root=str(scan.root),
        fingerprint=scan.fingerprint,
        labels=config.labels,
        clips=clips,
        noise=tuple(audio.noise_spans),
        skipped=(*audio.faults.items(), *scan.ignored),
        split_rule=rule.description(),
        every_unknown=every_unknown,
        warnings=tuple(_warnings(config, scan, rule, audio, clips, clip_samples)),
    )
    return scan, dataset


def _warnings(
    config: DataConfig,
    scan: Scan,
    rule: SplitRule,
    audio: AudioCache,
    clips: tuple[Clip, ...],
    clip_samples: int,
) -> Iterable[str]:
    skipped = [f"{path} ({reason})" for path, reason in (*audio.faults.items(), *scan.ignored)]
    if skipped:
        yield f"{len(skipped)} files are not used: {_examples(skipped)}"
    if scan.empty_words:
        yield f"folders without a sound file: {_examples(scan.empty_words)}"
    unmatched = rule.unmatched(frozenset(file.path for file in scan.clips))
    if unmatched:
        yield f"{len(unmatched)} clips in the split lists are not there: {_examples(unmatched)}"
    nameless = [clip.path for clip in clips if not clip.speaker]
    if nameless:
        yield (
            f"{len(nameless)} of {len(clips)} file names tell no speaker "
            f"(<speaker>_nohash_<n> or <speaker>__<anything>), for example {nameless[0]}: "
            "splits are not speaker-disjoint, so test accuracy will look too good"
        )
    shared = speakers_in_several_splits(clips)
    if shared:
        yield f"{len(shared)} speakers are in more than one split: {_examples(shared)}"
    long = sorted(path for path, samples in audio.samples.items() if samples > 2 * clip_samples)
    if long:
        yield (
            f"{len(long)} clips are longer than twice clip_duration_ms "
            f"({config.clip_duration_ms} ms); only the loudest {config.clip_duration_ms} ms of "
            f"each are used: {_examples(long)}"
        )
    if not audio.noise_spans:
        yield (
            f"no readable recording in {BACKGROUND_NOISE_DIR}/: no noise is mixed in, and "
            f"{SILENCE_LABEL} clips are faint white noise made by kws"
        )
    elif not has_divisible_noise(audio, clip_samples):
        yield (
            f"every recording in {BACKGROUND_NOISE_DIR}/ is shorter than 10 clips: validation and "
            "testing use the same noise as training"
        )
    found = Counter((clip.label, clip.split) for clip in clips)
    for word in config.wanted_words:
        lacking = [split for split in SPLITS if not found[word, split]]
        if lacking and len(lacking) < len(SPLITS):
            yield f'"{word}" has no clip in the {_join(lacking)} split'


def speakers_in_several_splits(clips: Iterable[Clip]) -> list[str]:
    """Named speakers whose clips are in more than one split, sorted."""
    splits: dict[str, set[Split]] = {}
    for clip in clips:
        if clip.speaker:
            splits.setdefault(clip.speaker, set()).add(clip.split)
    return sorted(speaker for speaker, found in splits.items() if len(found) > 1)


def _join(names: list[str] | list[Split]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _examples(names: Iterable[str]) -> str:
    names = list(names)
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
