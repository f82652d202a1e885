# SPDX-License-Identifier: Apache-2.0
"""The words of a language that people say, how often, and how they sound.

From the package wordfreq (extra `wake`) where it is installed, else the words of
kws.data.common_words, for English alone and without frequencies.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from kws.console import log
from kws.data.common_words import WORDS
from kws.data.phonemes import Sounds, sounds_of
from kws_codegen.base.cache import cache_entry
from kws_codegen.base.hashes import hash_json

WORDS_PER_HOUR = 9000
"""In fluent speech: 150 a minute."""

_MOST_FREQUENT = 20_000
_PAIRED = 200
"""The most frequent words, of which pairs are made: "lou must"."""

_VERSION = 1


@dataclass(frozen=True)
class Heard:
    """A word or pair of words, how it sounds, and how often an hour of speech has it."""

    text: str
    sounds: Sounds
    per_hour: float | None


@lru_cache(maxsize=4)
def vocabulary(language: str = "en") -> tuple[Heard, ...]:
    """Words, the most frequent first; none where the language is not known.

    Raises KwsError when espeak-ng cannot be used.
    """
    frequencies = _frequencies(language)

    def make(path: Path) -> None:
        log.print(f"working out how {len(frequencies):,} words sound (kept: this once)")
        spoken = sounds_of(list(frequencies), language)
        path.write_text(json.dumps(spoken), encoding="utf-8")

    if not frequencies:
        return ()
    key = hash_json([_VERSION, language, list(frequencies)])[:16]
    with cache_entry("words", f"sounds-{key}.json", make) as path:
        sounds = [tuple(word) for word in json.loads(path.read_text(encoding="utf-8"))]
    return tuple(
        Heard(word, sound, None if share is None else share * WORDS_PER_HOUR)
        for (word, share), sound in zip(frequencies.items(), sounds, strict=True)
        if sound
    )


def pairs(words: tuple[Heard, ...]) -> list[Heard]:
    """Pairs of the most frequent words, as often as if one did not depend on the other."""
    frequent = words[:_PAIRED]
    made = []
    for first in frequent:
        for second in frequent:
            often = None
            if first.per_hour is not None and second.per_hour is not None:
                often = first.per_hour * second.per_hour / WORDS_PER_HOUR
            text = f"{first.text} {second.text}"
            made.append(Heard(text, first.sounds + second.sounds, often))
    return made


def has_frequencies() -> bool:
    """Whether the package with the frequencies of words is installed."""
    return find_spec("wordfreq") is not None


def _frequencies(language: str) -> dict[str, float | None]:
    if not has_frequencies():
        return dict.fromkeys(WORDS) if language.split("-", maxsplit=1)[0] == "en" else {}
    import wordfreq

    try:
        shares = wordfreq.get_frequency_dict(language, wordlist="small")
    except LookupError:
        return {}
    said = {word: share for word, share in shares.items() if _is_word(word)}
    frequent = sorted(said, key=lambda word: -said[word])[:_MOST_FREQUENT]
    return {word: said[word] for word in frequent}


def _is_word(text: str) -> bool:
    """No number and no letter alone, which stands for a part of a word: "t" of "don't"."""
    is_letter = len(text) == 1 and text.isascii() and text not in "aio"
    return text.replace("'", "").isalpha() and not is_letter
