# SPDX-License-Identifier: Apache-2.0
"""Whether a word or phrase is good to wake a device: length, and what people say that is near it.

The limits are judgement, from what makers of wake words advise (six phonemes or more, several
syllables, no word of every day); nothing was trained to find them.
"""

import re
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from kws.data.phonemes import Sounds, distances, sounds_of, syllables
from kws.data.vocabulary import Heard, pairs, vocabulary
from kws_codegen.base.errors import KwsError

Verdict = Literal["fine", "risky", "refused"]
Relation = Literal["the word itself", "sounds like it", "has it inside", "is a part of it"]

FEWEST_SOUNDS = 3
GOOD_SOUNDS = 6
MOST_SOUNDS = 18
NEAR = 0.2
"""Distance over the sounds of the phrase; up to it a model is likely to take one for the other."""
REFUSED_PER_HOUR = 10.0
RISKY_PER_HOUR = 1.0

_FOUND = 2 * NEAR
_SHOWN = 8
_LONGEST = 80  # characters
_GREETINGS = ("hey", "okay", "hello")
_ORDER = get_args(Verdict)
_MS_A_SOUND = 75  # fluent speech: 13 sounds a second


@dataclass(frozen=True)
class Neighbour:
    """What people say that sounds like the phrase."""

    text: str
    nearness: float  # distance over the sounds of the phrase: 0 the same
    per_hour: float | None  # of speech; None: not known
    relation: Relation


@dataclass(frozen=True)
class WordCheck:
    """What `kws word check` found."""

    phrase: str
    language: str
    sounds: Sounds
    syllables: int
    about_ms: int  # said without haste
    verdict: Verdict
    reasons: tuple[str, ...]
    neighbours: tuple[Neighbour, ...]  # the nearest first
    near_per_hour: float | None  # how often an hour of speech has one of all that are near
    proposals: tuple[str, ...]  # phrases with a better verdict
    vocabulary_words: int


def check_word(phrase: str, language: str = "en", propose: bool = True) -> WordCheck:
    """Check a phrase against the words that people say in a language.

    Raises KwsError for a text that is not said, an unknown language, and when espeak-ng cannot be
    used.
    """
    text = " ".join(phrase.casefold().split())
    if not any(map(str.isalpha, text)) or re.search(r"[/\\_<>\[\]]", text):
        raise KwsError(f'"{phrase}" is not a word or phrase to say', "Write it with letters.")
    if len(text) > _LONGEST:
        raise KwsError(
            f"{len(text)} characters are no word or phrase to wake a device with",
            f"Choose one of at most {_LONGEST}.",
        )
    (sounds,) = sounds_of([text], language)
    if not sounds:
        raise KwsError(f'espeak-ng says nothing for "{phrase}"', "Choose another word.")
    known = vocabulary(language)
    return _judged(text, language, sounds, known, propose)


def _judged(
    text: str, language: str, sounds: Sounds, known: tuple[Heard, ...], propose: bool
) -> WordCheck:
    found = find_neighbours(text, sounds, known)
    near = [each for each in found if each.nearness <= NEAR]
    counted = bool(known) and known[0].per_hour is not None
    near_per_hour = sum(each.per_hour or 0.0 for each in near) if counted else None
    refusals, risks = _reasons(sounds, near, near_per_hour)
    verdict: Verdict = "refused" if refusals else "risky" if risks else "fine"
    return WordCheck(
        phrase=text,
        language=language,
        sounds=sounds,
        syllables=syllables(sounds),
        about_ms=len(sounds) * _MS_A_SOUND,
        verdict=verdict,
        reasons=(*refusals, *risks),
        neighbours=tuple(found[:_SHOWN]),
        near_per_hour=near_per_hour,
        proposals=_proposals(text, language, known, verdict) if propose else (),
        vocabulary_words=len(known),
    )


def _reasons(
    sounds: Sounds, near: list[Neighbour], near_per_hour: float | None
) -> tuple[list[str], list[str]]:
    """Why to refuse it, and what is risky about it."""
    refusals, risks = [], []
    if len(sounds) < FEWEST_SOUNDS:
        refusals.append(f"{len(sounds)} sounds are too few to tell from other speech")
    elif len(sounds) < GOOD_SOUNDS:
        risks.append(f"{len(sounds)} sounds: {GOOD_SOUNDS} or more are told apart better")
    if syllables(sounds) < 2:
        risks.append("one syllable: two or more are told apart better")
    if len(sounds) > MOST_SOUNDS:
        risks.append(f"{len(sounds)} sounds are long to say, and take long windows")
    if near_per_hour is None:
        if near:
            risks.append(f"near common words: {', '.join(each.text for each in near[:3])}")
    elif near_per_hour >= RISKY_PER_HOUR:
        often = f"an hour of speech has it, or what is near it, {near_per_hour:.1f} times"
        (refusals if near_per_hour >= REFUSED_PER_HOUR else risks).append(often)
    return refusals, risks


def _proposals(
    text: str, language: str, known: tuple[Heard, ...], verdict: Verdict
) -> tuple[str, ...]:
    """The phrase behind a greeting, where that is judged better."""
    if verdict == "fine" or len(text.split()) > 2:
        return ()
    phrases = [f"{greeting} {text}" for greeting in _GREETINGS if greeting not in text.split()]
    better = []
    for phrase, sounds in zip(phrases, sounds_of(phrases, language), strict=True):
        judged = _judged(phrase, language, sounds, known, propose=False)
        if _ORDER.index(judged.verdict) < _ORDER.index(verdict):
            better.append((_ORDER.index(judged.verdict), judged.near_per_hour or 0.0, phrase))
    return tuple(phrase for *_, phrase in sorted(better))


def find_neighbours(text: str, sounds: Sounds, known: tuple[Heard, ...]) -> list[Neighbour]:
    """The words, and for phrases of GOOD_SOUNDS or more the pairs of words, near `sounds`.

    The nearest first. A pair that holds the whole text is left out.
    """
    own = set(text.split())
    heard = [*known, *(pairs(known) if len(sounds) >= GOOD_SOUNDS else [])]
    heard = [each for each in heard if each.text == text or not own.issubset(each.text.split())]
    spoken = [each.sounds for each in heard]
    whole = distances(sounds, spoken) / len(sounds)
    part = distances(sounds, spoken, inside=True) / len(sounds)
    found = []
    for index in np.flatnonzero(np.minimum(whole, part) <= _FOUND):
        each = heard[index]
        relation: Relation = "the word itself" if each.text == text else "sounds like it"
        nearness = whole[index]
        if part[index] <= NEAR < nearness:
            relation, nearness = "has it inside", part[index]
        if nearness <= _FOUND and (relation != "has it inside" or " " not in each.text):
            found.append(Neighbour(each.text, round(float(nearness), 3), each.per_hour, relation))
    listed = {each.text for each in found}
    for each in known:
        share = len(each.sounds) / len(sounds)
        if 0.5 <= share < 1 and each.text not in own | listed and _holds(sounds, each.sounds):
            missing = round(1 - share, 3)
            found.append(Neighbour(each.text, missing, each.per_hour, "is a part of it"))
    return sorted(found, key=lambda each: (each.nearness, -(each.per_hour or 0)))


def _holds(sounds: Sounds, part: Sounds) -> bool:
    return any(sounds[at : at + len(part)] == part for at in range(len(sounds) - len(part) + 1))
