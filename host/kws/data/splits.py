# SPDX-License-Identifier: Apache-2.0
"""Splits: which of training, validation and testing a clip belongs to.

Split lists (`validation_list.txt`, `testing_list.txt`: a path a line) rule where they exist;
otherwise the rule of the Speech Commands data set does, which hashes the speaker part of the
file name (`which_set` in tensorflow/examples/speech_commands/input_data.py). With only one of
the two lists, the other split still follows the rule. Where that would leave a split without a
word, a plan takes its place (kws.data.few_speakers); kws.data.split_rule decides.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kws.data.names import speaker_of
from kws.data.scan import TESTING_LIST, VALIDATION_LIST

Split = Literal["training", "validation", "testing"]
SPLITS: tuple[Split, ...] = ("training", "validation", "testing")

_BUCKETS = 2**27


def hash_split(file_name: str, validation_percentage: float, testing_percentage: float) -> Split:
    """Split of a file by the Speech Commands rule.

    SHA-1 of the file name without `_nohash_` and what follows, modulo 2^27, as a percentage:
    below `validation_percentage` validation, in the next `testing_percentage` testing, else
    training. For `<speaker>__<anything>` the speaker is hashed; a name without a speaker is
    hashed whole, with its suffix.
    """
    name = Path(file_name).name
    key = name.split("_nohash_")[0] if "_nohash_" in name else speaker_of(file_name) or name
    digest = hashlib.sha1(key.encode("utf-8", "surrogateescape")).hexdigest()
    percentage = int(digest, 16) % _BUCKETS * (100.0 / (_BUCKETS - 1))
    if percentage < validation_percentage:
        return "validation"
    if percentage < validation_percentage + testing_percentage:
        return "testing"
    return "training"


@dataclass(frozen=True)
class SplitRule:
    """The split of every clip of one data folder. None: there is no such list, or no plan."""

    validation_percentage: float
    testing_percentage: float
    validation_list: frozenset[str] | None
    testing_list: frozenset[str] | None
    planned: Mapping[str, Split] | None = None
    plan_description: str = ""
    plan_meaning: str = ""  # what the accuracy is worth under the plan
    hashed: str = "speaker"  # what the hash is of

    def split(self, path: str) -> Split:
        """Split of the clip at `path` (relative to the data folder, with /)."""
        if self.planned is not None:
            return self.planned[path]
        if self.testing_list is not None and path in self.testing_list:
            return "testing"
        if self.validation_list is not None and path in self.validation_list:
            return "validation"
        by_hash = hash_split(path, self.validation_percentage, self.testing_percentage)
        if by_hash == "testing" and self.testing_list is not None:
            return "training"
        if by_hash == "validation" and self.validation_list is not None:
            return "training"
        return by_hash

    def description(self) -> str:
        """One sentence for reports."""
        if self.planned is not None:
            return self.plan_description
        names = {VALIDATION_LIST: self.validation_list, TESTING_LIST: self.testing_list}
        lists = [name for name, listed in names.items() if listed is not None]
        rule = (
            f"hash of the {self.hashed}, {self.validation_percentage:g} % validation, "
            f"{self.testing_percentage:g} % testing"
        )
        if len(lists) == 2:
            return " and ".join(lists)
        return f"{lists[0]}, the rest by {rule}" if lists else rule

    def unmatched(self, paths: frozenset[str]) -> list[str]:
        """Listed paths that are not among `paths`, sorted."""
        listed = (self.validation_list or frozenset()) | (self.testing_list or frozenset())
        return sorted(listed - paths)
