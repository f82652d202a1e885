# SPDX-License-Identifier: Apache-2.0
"""`kws data check`: what a folder of recordings holds, and what is wrong with it."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from kws.config.schema import DataConfig
from kws.data.audio import is_clipped, is_silent, wav_fault
from kws.data.cache import load_files
from kws.data.names import like_name, same_name, speaker_of
from kws.data.scan import Scan, SoundFile, scan_folder
from kws.data.split_rule import split_problem, split_rule
from kws.data.splits import SPLITS, Split, SplitRule


@dataclass(frozen=True)
class WordSummary:
    """The readable recordings of one word."""

    clips: dict[str, int]  # per split
    speakers: int
    shortest_s: float
    median_s: float
    longest_s: float
    silent: int
    clipped: int


@dataclass(frozen=True)
class CheckReport:
    """All that was found. Paths are relative to the folder."""

    folder: str
    split_rule: str
    split_meaning: str  # what the accuracy is worth where speakers are few; else ""
    split_problem: str  # why no model can be trained with this split, and the cure; else ""
    clips: int  # readable ones
    speakers: int
    words: dict[str, WordSummary]
    noise_s: dict[str, float]  # length of each noise recording
    silent: list[str]
    clipped: list[str]
    cut_short: list[str]  # less sound than their header says
    short: list[str]  # shorter than half of clip_duration_ms
    long: list[str]  # longer than clip_duration_ms
    unreadable: dict[str, str]  # path -> reason
    ignored: dict[str, str]  # path -> reason
    empty_words: list[str]
    nearly_the_same: list[str]  # names equal but for case or outer spaces
    same_bytes: list[list[str]]  # groups of identical files
    same_bytes_across_splits: list[list[str]]  # those of them that are in several splits
    without_speaker: list[str]  # clips whose file name tells no speaker
    speakers_across_splits: list[str]
    listed_but_missing: list[str]  # in the split lists only


@dataclass(frozen=True)
class _Examined:
    file: SoundFile
    split: Split
    speaker: str
    seconds: float
    silent: bool
    clipped: bool
    cut_short: bool


def check_folder(
    root: Path,
    config: DataConfig,
    sample_rate_hz: int = 16_000,
    wanted_words: Sequence[str] = (),
) -> CheckReport:
    """Decode and examine every recording below `root`; no wanted words: all of them.

    What silent and clipped mean is in kws.data.audio.
    Raises KwsError as scan_folder and split_rule do.
    """
    scan = scan_folder(root)
    clips, unreadable = _examine(scan, sample_rate_hz)
    folders = sorted({file.word for file in scan.clips})
    wanted = [folder for folder in folders if same_name(folder, wanted_words)]
    rule = split_rule(config, scan.root, _paths(clips), wanted)
    clips = [replace(clip, split=rule.split(clip.file.path)) for clip in clips]
    noise_s = {}
    for file, samples, fault in load_files(scan.root, scan.noise, sample_rate_hz):
        if samples is None:
            unreadable[file.path] = fault
        else:
            noise_s[file.path] = samples.size / sample_rate_hz
    clip_s = config.clip_duration_ms / 1000
    split_of = {clip.file.path: clip.split for clip in clips}
    same = _same_bytes(scan, unreadable)
    splits_of = defaultdict(set)
    by_word = defaultdict(list)
    for clip in clips:
        splits_of[clip.speaker].add(clip.split)
        by_word[clip.file.word].append(clip)
    splits_of.pop("", None)
    return CheckReport(
        folder=str(scan.root),
        split_rule=rule.description(),
        split_meaning=rule.plan_meaning,
        split_problem=_split_problem(rule, clips, wanted if wanted_words else folders),
        clips=len(clips),
        speakers=len(splits_of),
        words={word: _summary(found) for word, found in sorted(by_word.items())},
        noise_s=noise_s,
        silent=_paths(clip for clip in clips if clip.silent),
        clipped=_paths(clip for clip in clips if clip.clipped),
        cut_short=_paths(clip for clip in clips if clip.cut_short),
        short=_paths(clip for clip in clips if clip.seconds < clip_s / 2),
        long=_paths(clip for clip in clips if clip.seconds > clip_s),
        unreadable=unreadable,
        ignored=dict(scan.ignored),
        empty_words=list(scan.empty_words),
        nearly_the_same=_nearly_the_same(folders, wanted_words),
        same_bytes=same,
        same_bytes_across_splits=[
            group for group in same if len({split_of[p] for p in group if p in split_of}) > 1
        ],
        without_speaker=_paths(clip for clip in clips if not clip.speaker),
        speakers_across_splits=sorted(name for name, found in splits_of.items() if len(found) > 1),
        listed_but_missing=rule.unmatched(frozenset(file.path for file in scan.clips)),
    )


def _examine(scan: Scan, sample_rate_hz: int) -> tuple[list[_Examined], dict[str, str]]:
    """The readable clips, not yet split, and why the others are not readable."""
    clips, unreadable = [], {}
    for file, samples, fault in load_files(scan.root, scan.clips, sample_rate_hz):
        if samples is None:
            unreadable[file.path] = fault
            continue
        clips.append(
            _Examined(
                file,
                "training",
                speaker_of(file.path),
                samples.size / sample_rate_hz,
                is_silent(samples),
                is_clipped(samples),
                wav_fault(scan.root / file.path) is not None,
            )
        )
    return clips, unreadable


def _split_problem(rule: SplitRule, clips: list[_Examined], words: Sequence[str]) -> str:
    problem = split_problem(rule, Counter((c.file.word, c.split) for c in clips), words)
    return f"{problem.message}. {problem.hint}" if problem else ""


def _nearly_the_same(folders: Sequence[str], wanted_words: Sequence[str]) -> list[str]:
    """Folders that are not quite a wanted word, or not quite another folder."""
    found = []
    for folder in folders:
        words = [word for word in (*wanted_words, *folders) if not same_name(folder, [word])]
        if (other := like_name(folder, words)) and not same_name(folder, wanted_words):
            found.append(f'"{folder}" and "{other}"')
    return found


def _paths(clips: Iterable[_Examined]) -> list[str]:
    return [clip.file.path for clip in clips]


def _summary(clips: list[_Examined]) -> WordSummary:
    seconds = [clip.seconds for clip in clips]
    return WordSummary(
        clips={split: sum(clip.split == split for clip in clips) for split in SPLITS},
        speakers=len({clip.speaker for clip in clips} - {""}),
        shortest_s=min(seconds),
        median_s=median(seconds),
        longest_s=max(seconds),
        silent=sum(clip.silent for clip in clips),
        clipped=sum(clip.clipped for clip in clips),
    )


def _same_bytes(scan: Scan, unreadable: Mapping[str, str]) -> list[list[str]]:
    """Groups of files with the same bytes; only readable files of the same size are read."""
    by_size = defaultdict(list)
    for file in scan.clips:
        if file.path not in unreadable:
            by_size[file.size_bytes].append(file.path)
    by_content = defaultdict(list)
    for paths in by_size.values():
        for path in paths if len(paths) > 1 else ():
            digest = hashlib.sha256((scan.root / path).read_bytes()).hexdigest()
            by_content[digest].append(path)
    return sorted(group for group in by_content.values() if len(group) > 1)
