# SPDX-License-Identifier: Apache-2.0
"""Cross-validation: the recordings of a data set dealt into folds, and the data set of each fold.

In the data set of a fold its recordings are the testing split; of the others some are validation,
by the rule for few speakers. Whole speakers go into a fold where there are as many as folds and
every word can be learnt from those of the other folds, else each word is dealt by recording. What
the synthesiser says (kws.data.spoken) is trained on as ever and is in no fold.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kws.config.schema import DataConfig
from kws.data.dataset import Clip, Dataset
from kws.data.few_speakers import Shares, in_turns, name_hash, plan_splits
from kws.data.spoken import is_spoken
from kws_codegen.base.errors import KwsError


@dataclass(frozen=True)
class Folds:
    """Which fold each recording belongs to."""

    count: int
    fold_of: Mapping[str, int]  # path -> 0 to count - 1
    by_speaker: bool  # no speaker is in two folds


def deal_folds(dataset: Dataset, count: int) -> Folds:
    """Deal the recordings of all splits into `count` folds; it depends on names alone.

    KwsError when some fold would get no recording of a wanted word.
    """
    clips = sorted(recorded(dataset), key=lambda clip: name_hash(clip.path))
    wanted = [clip for clip in clips if clip.label in dataset.wanted_labels]
    if len(wanted) < count:
        raise KwsError(
            f"{len(wanted)} recordings of wanted words cannot be dealt into {count} folds",
            f"Use --folds {max(len(wanted), 2)} or less, or record more.",
        )
    speakers = {clip.speaker for clip in wanted}
    if "" not in speakers and len(speakers) >= count:
        fold_of = _by_speaker(clips, dataset.wanted_labels, count)
        if _can_be_learnt(wanted, fold_of, count):
            return Folds(count, fold_of, by_speaker=True)
    return Folds(count, _by_recording(clips, count), by_speaker=False)


def fold_dataset(dataset: Dataset, folds: Folds, index: int, config: DataConfig) -> Dataset:
    """The data set in which fold `index` is the testing split, and of the rest some validation."""
    rest = [clip for clip in recorded(dataset) if folds.fold_of[clip.path] != index]
    words = frozenset(clip.word for clip in rest if clip.label in dataset.wanted_labels)
    shares = Shares(config.validation_percentage, 0)
    splits = plan_splits([clip.path for clip in rest], words, shares).splits
    tested = (clip.path for clip in recorded(dataset) if folds.fold_of[clip.path] == index)
    splits |= dict.fromkeys(tested, "testing")
    clips = (
        replace(clip, split=splits.get(clip.path, clip.split))
        for clip in dataset.clips
        if clip.path in splits or clip.split != "testing"
    )
    return replace(dataset, clips=tuple(clips))


def recorded(dataset: Dataset) -> list[Clip]:
    """The clips that are recordings, not spoken by the synthesiser."""
    return [clip for clip in dataset.clips if not is_spoken(clip.path)]


def _by_speaker(clips: Sequence[Clip], wanted_labels: Sequence[str], count: int) -> dict[str, int]:
    """Speakers with many clips of wanted words first, each to the fold that has the fewest.

    So too those who only say other words, or of whom nothing is known, by all their clips.
    """
    of_speaker = defaultdict(list)
    for clip in clips:
        of_speaker[clip.speaker or clip.path].append(clip)
    wanted = Counter(
        {
            name: sum(clip.label in wanted_labels for clip in found)
            for name, found in of_speaker.items()
        }
    )
    fold_of: dict[str, int] = {}
    wanted_clips, other_clips = [0] * count, [0] * count
    for name, weight in wanted.most_common():
        sizes = wanted_clips if weight else other_clips
        fold = sizes.index(min(sizes))
        sizes[fold] += weight or len(of_speaker[name])
        fold_of |= {clip.path: fold for clip in of_speaker[name]}
    return fold_of


def _by_recording(clips: Iterable[Clip], count: int) -> dict[str, int]:
    by_word = defaultdict(list)
    for clip in clips:
        by_word[clip.label].append(clip.path)
    fold_of: dict[str, int] = {}
    for paths in by_word.values():
        for path in in_turns(paths):
            fold_of[path] = len(fold_of) % count
    return fold_of


def _can_be_learnt(wanted: Sequence[Clip], fold_of: Mapping[str, int], count: int) -> bool:
    """Whether each word is in two folds or more, and each fold has some word."""
    folds_of = defaultdict(set)
    for clip in wanted:
        folds_of[clip.label].add(fold_of[clip.path])
    return all(len(found) > 1 for found in folds_of.values()) and (
        len(set().union(*folds_of.values())) == count
    )
