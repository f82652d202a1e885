# SPDX-License-Identifier: Apache-2.0
"""Sentences without the wanted words: words of the language in a row, drawn by how often they are
said, so that every transition from sound to sound is heard. They mean nothing.
"""

from collections.abc import Iterator

import numpy as np

from kws.data.phonemes import Sounds, distances
from kws.data.vocabulary import Heard

_WORDS = (4, 9)  # the fewest and the most of a sentence
_KNOWN = 5000  # of the most frequent words
_FLATTENED = 0.5  # exponent of the frequencies: rare words come more often than they are said


def words_without(
    wanted: tuple[str, ...], spoken: list[Sounds], known: tuple[Heard, ...]
) -> list[Heard]:
    """The most frequent words in which no wanted word is heard: `spoken` are their sounds."""
    taken = {phrase.casefold() for phrase in wanted}
    words = [each for each in known[:_KNOWN] if each.text not in taken]
    heard = np.zeros(len(words), bool)
    for sounds in spoken:
        heard |= distances(sounds, [each.sounds for each in words], inside=True) == 0
    return [each for each, has in zip(words, heard, strict=True) if not has]


def sentences(words: list[Heard], random: np.random.Generator) -> Iterator[str]:
    """Endless sentences of `words`."""
    often = np.array([each.per_hour or 1.0 for each in words]) ** _FLATTENED
    often /= often.sum()
    low, high = _WORDS
    while True:
        count = int(random.integers(low, high, endpoint=True))
        yield " ".join(words[index].text for index in random.choice(len(words), count, p=often))
