# SPDX-License-Identifier: Apache-2.0
"""Words to train against: what sounds like a wanted word, and parts of a wanted phrase."""

from collections.abc import Iterator
from itertools import chain, zip_longest

from kws.data.phonemes import Sounds, distances, sounds_of
from kws.data.vocabulary import vocabulary
from kws.data.word_check import find_neighbours
from kws_codegen.base.errors import KwsError


def near_words(wanted: tuple[str, ...], each: int, language: str = "en") -> tuple[str, ...]:
    """Up to `each` words or pairs of words for every wanted one, none of them wanted.

    Parts of the phrase first, then single words and pairs in turn, the nearest first. What sounds
    the same, or has the wanted word inside, is left out: no model can tell that apart. The same
    arguments and vocabulary give the same words.

    Raises KwsError when no words of the language are known or espeak-ng cannot be used.
    """
    known = vocabulary(language)
    if not known:
        raise KwsError(
            f"no words of {language} to look for near ones",
            "`pip install 'mcu-kws[wake]'` has those of many languages.",
        )
    taken = {word.casefold() for word in wanted}
    spoken = sounds_of([word.casefold() for word in wanted], language)
    chosen: list[str] = []
    for word, sounds in zip(wanted, spoken, strict=True):
        if not sounds:
            raise KwsError(f'espeak-ng says nothing for "{word}"', "Choose another word.")
        found = [near.text for near in find_neighbours(word.casefold(), sounds, known)]
        words = [text for text in found if " " not in text]
        pairs = [text for text in found if " " in text]
        in_turn = chain.from_iterable(zip_longest(words, pairs))
        offered = [text for text in (*_parts(word.casefold()), *in_turn) if text]
        apart = _told_apart(list(dict.fromkeys(offered))[: 4 * each], spoken, language)
        new = [text for text in apart if text not in taken][:each]
        taken.update(new)
        chosen += new
    return tuple(chosen)


def _parts(phrase: str) -> Iterator[str]:
    """Runs of words of a phrase that are not all of it, the longest first."""
    words = phrase.split()
    for length in range(len(words) - 1, 0, -1):
        for first in range(len(words) - length + 1):
            yield " ".join(words[first : first + length])


def _told_apart(texts: list[str], wanted: list[Sounds], language: str) -> list[str]:
    """Those in which no wanted word is heard."""
    spoken = sounds_of(texts, language)
    heard = [distances(word, spoken, inside=True) == 0 for word in wanted]
    return [
        text
        for index, text in enumerate(texts)
        if spoken[index] and not any(hits[index] for hits in heard)
    ]
