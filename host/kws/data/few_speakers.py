# SPDX-License-Identifier: Apache-2.0
"""Splits of few speakers, as disjoint as they can be: by whole speakers, else by recording.

A hash deals speakers blindly, and of five it may deal none to a split. Here they are chosen:
1. whole speakers in every split;
2. whole speakers for testing; validation by recording, from the speakers of training;
3. each word by recording.
The first of these is taken that gives each wanted word to each split and leaves enough of the
wanted recordings to training. It depends on names alone, not on their order.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from kws.data.names import speaker_of, word_of
from kws.data.splits import SPLITS, Split

Splits = dict[str, Split]  # by path

_LEAST_TRAINING = 0.625  # of its share: half of all clips with the default percentages
_NAMED = 5  # speakers named in a description, at most


@dataclass(frozen=True)
class Plan:
    """The split of each clip, how it came about, and what that means."""

    splits: Splits
    description: str  # for "split by ..."
    meaning: str  # what the accuracy of the testing split is worth


@dataclass(frozen=True)
class Shares:
    """Percent of the clips; training has the rest."""

    validation: float
    testing: float


def plan_splits(paths: Iterable[str], wanted_words: frozenset[str], shares: Shares) -> Plan:
    """Split the clips at `paths` (`<word>/<file>`), some of which are of wanted words."""
    ordered = sorted(paths, key=name_hash)
    wanted = [path for path in ordered if word_of(path) in wanted_words]
    others = [path for path in ordered if word_of(path) not in wanted_words]
    if all(map(speaker_of, wanted)):
        splits = _by_speaker(wanted, shares)
        if leaves_enough(splits, shares):
            return _whole_speakers(_with_others(splits, others, shares))
        splits = _by_tested_speaker(wanted, shares)
        if leaves_enough(splits, shares):
            return _whole_tested_speakers(_with_others(splits, others, shares))
    splits = _by_recording(wanted, shares)
    complete = ", each word in each split" if _has_all(splits, shares) else ""
    splits = _with_others(splits, others, shares)
    return Plan(splits, f"recording{complete}", _worth_by_recording(splits))


def leaves_enough(splits: Mapping[str, Split], shares: Shares) -> bool:
    """Whether each split has each word, and training most of the clips that it should have."""
    due = len(splits) * (100 - shares.validation - shares.testing) / 100
    enough = list(splits.values()).count("training") >= _LEAST_TRAINING * due
    return enough and _has_all(splits, shares)


def _has_all(splits: Mapping[str, Split], shares: Shares) -> bool:
    """Whether each split that has a share has each word."""
    share = {"training": 100.0, "validation": shares.validation, "testing": shares.testing}
    found = {(word_of(path), split) for path, split in splits.items()}
    return all(
        (word, split) in found
        for word in {word_of(path) for path in splits}
        for split in SPLITS
        if share[split]
    )


def _by_speaker(wanted: Sequence[str], shares: Shares) -> Splits:
    speakers = _by_name(wanted)
    splits: Splits = {}
    parts: tuple[tuple[Split, float], ...]
    parts = (("testing", shares.testing), ("validation", shares.validation))
    for split, percentage in parts:
        for name in _chosen(speakers, percentage * len(wanted) / 100):
            splits |= dict.fromkeys(speakers.pop(name), split)
    return splits | {path: "training" for paths in speakers.values() for path in paths}


def _by_tested_speaker(wanted: Sequence[str], shares: Shares) -> Splits:
    tested = _chosen(_by_name(wanted), shares.testing * len(wanted) / 100)
    rest = [path for path in wanted if speaker_of(path) not in tested]
    splits = _by_recording(rest, Shares(shares.validation, 0))
    return splits | {path: "testing" for path in wanted if speaker_of(path) in tested}


def _by_recording(wanted: Sequence[str], shares: Shares) -> Splits:
    by_word = defaultdict(list)
    for path in wanted:
        by_word[word_of(path)].append(path)
    splits: Splits = {}
    for paths in by_word.values():
        splits |= _dealt(in_turns(paths), shares)
    return splits


def in_turns(paths: Iterable[str]) -> list[str]:
    """One recording of each speaker, then the next of each."""
    turns = zip_longest(*_by_name(paths).values())
    return [path for turn in turns for path in turn if path]


def _with_others(splits: Splits, others: Sequence[str], shares: Shares) -> Splits:
    """`splits` with clips of other words: with their speaker where he has one split, else dealt."""
    splits_of = defaultdict(set)
    for path, split in splits.items():
        splits_of[speaker_of(path)].add(split)
    splits_of.pop("", None)
    followed: Splits = {}
    free = defaultdict(list)
    for path in others:
        speaker = speaker_of(path)
        known = splits_of.get(speaker, set())
        if len(known) == 1:
            followed[path] = next(iter(known))
        elif known == {"training", "validation"}:
            followed[path] = "training"
        else:
            free[path if known else speaker or path].append(path)
    for name, split in _dealt(list(free), shares).items():
        followed |= dict.fromkeys(free[name], split)
    return splits | followed


def _dealt(names: Sequence[str], shares: Shares) -> Splits:
    """The first to testing, the next to validation, at least one each; but one to training."""
    spare = max(len(names) - 1, 0)
    testing = min(_part(len(names), shares.testing), spare)
    validation = min(_part(len(names), shares.validation), spare - testing)
    both = testing + validation
    return {
        name: "testing" if place < testing else "validation" if place < both else "training"
        for place, name in enumerate(names)
    }


def _part(count: int, percentage: float) -> int:
    return max(1, round(count * percentage / 100)) if percentage else 0


def _chosen(speakers: Mapping[str, Sequence[str]], clips: float) -> list[str]:
    """Speakers who say every word between them, with about so many clips; none for 0 clips."""
    words = {name: {word_of(path) for path in paths} for name, paths in speakers.items()}
    missing = set().union(*words.values()) if clips else set()
    left, chosen, have = list(speakers), [], 0

    def merit(name: str) -> tuple[int, float]:
        return len(words[name] & missing), -abs(have + len(speakers[name]) - clips)

    while left and (missing or have + len(speakers[left[0]]) / 2 <= clips):
        name = max(left, key=merit)
        left.remove(name)
        chosen.append(name)
        missing -= words[name]
        have += len(speakers[name])
    return chosen


def _whole_speakers(splits: Splits) -> Plan:
    names = {split: _speakers(splits, split) for split in SPLITS}
    who = "; ".join(f"{split} {_listed(names[split])}" for split in SPLITS)
    return Plan(splits, f"whole speakers: {who}", _unheard(names["testing"]))


def _whole_tested_speakers(splits: Splits) -> Plan:
    tested = _speakers(splits, "testing")
    return Plan(
        splits,
        f"whole speakers for testing ({_listed(tested)}), by recording for validation",
        f"{_unheard(tested)}; validation is of voices known from training, and looks better",
    )


def _worth_by_recording(splits: Splits) -> str:
    """What the accuracy is worth where recordings were dealt, whoever speaks in them."""
    trained, tested = (set(_speakers(splits, split)) for split in ("training", "testing"))
    nameless = not all(map(speaker_of, splits))
    if not nameless and not trained & tested:
        return _unheard(sorted(tested)) if tested else "there is no clip to test with"
    share = "the" if tested <= trained else "some of the"
    is_so = f"{share} same voices are" if trained & tested else "the same voices may be"
    worth = "is for these voices and says nothing" if tested <= trained else "says little"
    return (
        f"{is_so} in training and in testing, so the accuracy {worth} about others. For that, "
        "record three speakers or more who say every word, and name the files <speaker>_<n>.wav"
    )


def _unheard(tested: Sequence[str]) -> str:
    number = "one speaker" if len(tested) == 1 else f"{len(tested)} speakers"
    return f"the accuracy is for voices that the model has not heard, but of {number} only"


def _speakers(splits: Splits, split: Split) -> list[str]:
    return sorted({speaker_of(path) for path, found in splits.items() if found == split} - {""})


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= _NAMED else f"{len(names)} speakers"


def _by_name(paths: Iterable[str]) -> dict[str, list[str]]:
    """Paths by speaker; speakers in the order of a hash."""
    found = defaultdict(list)
    for path in paths:
        found[speaker_of(path)].append(path)
    return {name: found[name] for name in sorted(found, key=name_hash)}


def name_hash(text: str) -> str:
    """Orders paths and speakers, as by chance but always the same."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
