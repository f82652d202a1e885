# SPDX-License-Identifier: Apache-2.0
"""Which rule splits a data folder, and whether a model can be trained with what it gives."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from kws.config.schema import DataConfig
from kws.config.text_file import read_text
from kws.data.few_speakers import Shares, leaves_enough, plan_splits
from kws.data.names import speaker_of, word_of
from kws.data.scan import TESTING_LIST, VALIDATION_LIST
from kws.data.splits import SPLITS, Split, SplitRule
from kws_codegen.base.errors import KwsError

ENOUGH_SPEAKERS = 100
"""With so many the hash is kept although a rare word may lack in a split."""


def split_rule(
    config: DataConfig, root: Path, paths: Sequence[str], words: Sequence[str]
) -> SplitRule:
    """The rule for the clips at `paths` (readable ones) of the folder `root`.

    words: the wanted ones; without any of them, every word counts. Raises KwsError when the two
    lists share a clip.
    """
    validation, testing = split_lists(root)
    shares = Shares(config.validation_percentage, config.testing_percentage)
    named = [bool(speaker_of(path)) for path in paths]
    hashed = "speaker" if all(named) else "speaker or file name" if any(named) else "file name"
    rule = SplitRule(shares.validation, shares.testing, validation, testing, hashed=hashed)
    there = {word_of(path) for path in paths}
    wanted = frozenset(there.intersection(words) or there)
    if validation is not None or testing is not None or _hash_is_fit(rule, paths, wanted, shares):
        return rule
    plan = plan_splits(paths, wanted, shares)
    return replace(
        rule,
        planned=plan.splits,
        plan_description=plan.description,
        plan_meaning=plan.meaning,
    )


def split_lists(root: Path) -> tuple[frozenset[str] | None, frozenset[str] | None]:
    """What validation_list.txt and testing_list.txt of a folder name; None: there is none.

    KwsError when they share a clip.
    """
    validation, testing = _read_list(root / VALIDATION_LIST), _read_list(root / TESTING_LIST)
    shared = sorted((validation or frozenset()) & (testing or frozenset()))
    if shared:
        raise KwsError(
            f"{VALIDATION_LIST} and {TESTING_LIST} in {root} share {len(shared)} clips, "
            f"for example {shared[0]}",
            "Remove each from one of the two lists.",
        )
    return validation, testing


def split_problem(
    rule: SplitRule, counts: Mapping[tuple[str, Split], int], words: Sequence[str]
) -> KwsError | None:
    """Why no model can be trained and judged with these clips per (word, split), and the cure."""
    listed = rule.validation_list is not None or rule.testing_list is not None
    for split in SPLITS:
        lacking = [word for word in words if not counts[word, split]]
        if not lacking or (split != "training" and len(lacking) < len(words)):
            continue
        what = "wanted word" if len(lacking) == len(words) else f'"{lacking[0]}"'
        if listed:
            cure = (
                f"List clips of every wanted word for validation in {VALIDATION_LIST} and for "
                f"testing in {TESTING_LIST}, and leave some to training; or remove both lists: "
                "then kws chooses the split."
            )
        elif split == "validation" and not rule.validation_percentage:
            cure = "Set data.validation_percentage above 0."
        elif split == "testing" and not rule.testing_percentage:
            cure = "Set data.testing_percentage above 0."
        else:
            cure = (
                "Record every wanted word at least three times, once for each split; ten times by "
                "each of five speakers is a start."
            )
        return KwsError(f"the {split} split has no clip of {_a(what)}", cure)
    return None


def _a(what: str) -> str:
    return what if what.startswith('"') else f"a {what}"


def _hash_is_fit(
    rule: SplitRule, paths: Sequence[str], wanted: frozenset[str], shares: Shares
) -> bool:
    splits = {path: rule.split(path) for path in paths if word_of(path) in wanted}
    needed = 1 + bool(shares.validation) + bool(shares.testing)
    if len({speaker_of(path) or path for path in splits}) >= ENOUGH_SPEAKERS:
        return len(set(splits.values())) == needed
    return leaves_enough(splits, shares)


def _read_list(path: Path) -> frozenset[str] | None:
    if not path.is_file():
        return None
    lines = read_text(path, "surrogateescape").splitlines()
    names = (line.strip().replace("\\", "/").removeprefix("./") for line in lines)
    return frozenset(name for name in names if name)
