# SPDX-License-Identifier: Apache-2.0
"""From a folder of recordings to a data set, with warnings about what is odd in it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from kws.config.schema import DataConfig
from kws.data.cache import AudioCache, decoded_audio
from kws.data.dataset import Clip, Dataset
from kws.data.names import like_name, same_name, speaker_of, word_of
from kws.data.noise import has_divisible_noise
from kws.data.scan import Scan, scan_folder
from kws.data.split_rule import split_problem, split_rule
from kws.data.splits import SPLITS, Split, SplitRule
from kws_codegen.base.errors import KwsError
from kws_codegen.base.labels import BACKGROUND_NOISE_DIR, SILENCE_LABEL, UNKNOWN_LABEL

_LISTED = 5  # examples named in a warning


def build_dataset(config: DataConfig, root: Path, sample_rate_hz: int = 16_000) -> Dataset:
    """List, label and split the recordings of `root` for training and testing.

    Every file is decoded once (and cached), so that an unreadable one is known now: it is left
    out and listed in `skipped`. Raises KwsError when `root` holds no recordings, when a wanted
    word has none, when the split lists contradict each other.
    """
    dataset, rule = _list_clips(config, root, sample_rate_hz, for_training=True)
    labelled = Counter(clip.label for clip in dataset.clips)
    missing = [word for word in config.wanted_words if not labelled[word]]
    if missing:
        available = Counter(clip.word for clip in dataset.clips)
        nearly = [text for text in dataset.warnings if " but nearly. " in text]
        there = ", ".join(f"{word} {count}" for word, count in sorted(available.items()))
        raise KwsError(
            f"no readable clips of {_join(missing)} in {dataset.root}",
            "".join(f"{text[0].upper()}{text[1:]}.\n" for text in nearly)
            + f"Words there, with their clips: {there or 'none'}.\n"
            "Choose among them with --wanted-words a,b,... or wanted_words in the configuration.",
        )
    found = Counter((clip.label, clip.split) for clip in dataset.clips)
    if problem := split_problem(rule, found, config.wanted_words):
        raise problem
    return dataset


def build_evaluation_dataset(
    config: DataConfig, root: Path, sample_rate_hz: int = 16_000
) -> Dataset:
    """List the recordings of `root` to judge a model on, that it need not have been made for.

    As build_dataset, but wanted words may be lacking, and every clip of another word is
    evaluated as unknown, not only `unknown_percentage`.
    """
    return _list_clips(config, root, sample_rate_hz, for_training=False)[0]


def _list_clips(
    config: DataConfig, root: Path, sample_rate_hz: int, for_training: bool
) -> tuple[Dataset, SplitRule]:
    scan = scan_folder(root)
    clip_samples = sample_rate_hz * config.clip_duration_ms // 1000
    audio = decoded_audio(scan, sample_rate_hz, clip_samples)
    paths = [file.path for file in scan.clips if file.path not in audio.faults]
    labels, alike = _labels(config, {file.word for file in scan.clips})
    wanted = [folder for folder, label in labels.items() if label in config.wanted_words]
    rule = split_rule(config, scan.root, paths, wanted)
    clips = tuple(
        Clip(
            path=file.path,
            word=file.word,
            label=labels[file.word],
            split=rule.split(file.path),
            speaker=speaker_of(file.path),
        )
        for file in scan.clips
        if file.path not in audio.faults and file.word not in alike
    )
    warnings = list(_file_warnings(config, scan, audio, clip_samples))
    warnings += [
        f'the clips of the folder "{folder}" are not used: it is not "{word}", but nearly. Rename '
        f'it to "{word}", or name it in wanted_words'
        for folder, word in alike.items()
    ]
    if for_training:
        warnings += _split_warnings(config, scan, rule, audio, clips, clip_samples)
    dataset = Dataset(
        root=str(scan.root),
        fingerprint=scan.fingerprint,
        labels=config.labels,
        clips=clips,
        noise=tuple(audio.noise_spans),
        skipped=(
            *audio.faults.items(),
            *scan.ignored,
            *((folder, f'is nearly "{word}"') for folder, word in alike.items()),
        ),
        split_rule=rule.description(),
        every_unknown=not for_training,
        warnings=tuple(warnings),
    )
    return dataset, rule


def _labels(config: DataConfig, folders: set[str]) -> tuple[dict[str, str], dict[str, str]]:
    """The label of each folder; and those that are nearly a wanted word, with that word."""
    labels, alike = {}, {}
    for folder in sorted(folders):
        exact = same_name(folder, (*config.wanted_words, SILENCE_LABEL))
        labels[folder] = exact or UNKNOWN_LABEL
        if not exact and (word := like_name(folder, config.wanted_words)):
            alike[folder] = word
    return labels, alike


def _file_warnings(
    config: DataConfig, scan: Scan, audio: AudioCache, clip_samples: int
) -> Iterable[str]:
    skipped = [f"{path} ({reason})" for path, reason in (*audio.faults.items(), *scan.ignored)]
    if skipped:
        yield f"{_many(skipped, 'file')} not used: {_examples(skipped)}"
    if scan.empty_words:
        yield f"no sound file in {_many(scan.empty_words, 'folder')}: {_examples(scan.empty_words)}"
    long = sorted(path for path, size in audio.samples.items() if size > 2 * clip_samples)
    if long:
        yield (
            f"{_many(long, 'clip')} longer than twice clip_duration_ms, of which only the "
            f"loudest {config.clip_duration_ms} ms are used: {_examples(long)}"
        )
    for paths, what in (
        (audio.silent, "silent: nothing to learn but silence under another name"),
        (audio.clipped, "clipped: recorded too loud"),
        (audio.cut_short, "cut short: less sound than the header says"),
    ):
        if paths:
            yield f"{_many(paths, 'clip')} {what}: {_examples(paths)}"
    if not audio.noise_spans:
        yield (
            f"no readable recording in {BACKGROUND_NOISE_DIR}/: no noise is mixed in, and "
            f"{SILENCE_LABEL} clips are faint white noise made by kws"
        )


def _split_warnings(
    config: DataConfig,
    scan: Scan,
    rule: SplitRule,
    audio: AudioCache,
    clips: tuple[Clip, ...],
    clip_samples: int,
) -> Iterable[str]:
    unmatched = rule.unmatched(frozenset(file.path for file in scan.clips))
    if unmatched:
        yield f"{_many(unmatched, 'clip')} in the split lists only: {_examples(unmatched)}"
    nameless = [clip.path for clip in clips if not clip.speaker]
    if nameless:
        yield (
            f"{len(nameless)} of {len(clips)} file names tell no speaker "
            f"(<speaker>_<n>, <speaker>_nohash_<n> or <speaker>__<anything>), for example "
            f"{nameless[0]}: splits are not speaker-disjoint, so test accuracy will look too good"
        )
    if rule.plan_meaning:
        yield f"few speakers: split by {rule.description()}: {rule.plan_meaning}"
    shared = _speakers_in_several_splits(clips) if rule.planned is None else []
    if shared:
        yield f"{_many(shared, 'speaker')} in more than one split: {_examples(shared)}"
    same = [" = ".join(group) for group in audio.same]
    if same:
        split_of = {clip.path: clip.split for clip in clips}
        across = sum(len({split_of.get(p) for p in group}) > 1 for group in audio.same)
        and_so = f"; {across} in several splits, so the accuracy looks too good" if across else ""
        if mixed := sum(len(set(map(word_of, group))) > 1 for group in audio.same):
            and_so += f"; {mixed} under several words, of which one at most is right"
        yield f"{_many(same, 'group')} of clips with the same sound{and_so}: {_examples(same)}"
    if audio.noise_spans and not has_divisible_noise(audio, clip_samples):
        yield (
            f"every recording in {BACKGROUND_NOISE_DIR}/ is shorter than 10 clips: validation and "
            "testing use the same noise as training"
        )
    found = Counter((clip.label, clip.split) for clip in clips)
    for word in config.wanted_words:
        lacking = [split for split in SPLITS if not found[word, split]]
        if lacking and len(lacking) < len(SPLITS):
            yield f'"{word}" has no clip in the {_join(lacking)} split'


def _speakers_in_several_splits(clips: Iterable[Clip]) -> list[str]:
    splits: dict[str, set[Split]] = {}
    for clip in clips:
        if clip.speaker:
            splits.setdefault(clip.speaker, set()).add(clip.split)
    return sorted(speaker for speaker, found in splits.items() if len(found) > 1)


def _join(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _many(names: Sequence[str], noun: str) -> str:
    return f"{len(names)} {noun}{'s' if len(names) > 1 else ''}"


def _examples(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
