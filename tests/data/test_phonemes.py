# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: RUF001 - IPA letters
"""Sounds of words and their distance."""

import numpy as np
import pytest

from kws.data.phonemes import distances, sounds_of, split_sounds, substitution, syllables
from kws_codegen.base.errors import KwsError


def test_espeak_says_how_words_sound() -> None:
    two, too, church, none = sounds_of(["two", "too", "church", "..."])
    assert two == too == ("t", "u")
    assert church == ("tʃ", "ɜ", "tʃ")
    assert none == ()


def test_another_language() -> None:
    assert sounds_of(["luz"], "es") == [("l", "u", "θ")]


def test_accents() -> None:
    assert sounds_of(["car"], "en") == [("k", "ɑ", "ɹ")]
    assert sounds_of(["car"], "en-gb") == [("k", "ɑ")]


def test_unknown_language() -> None:
    with pytest.raises(KwsError, match="no voice xx") as caught:
        sounds_of(["lamp"], "xx")
    assert "--language" in caught.value.hint


def test_stress_length_and_separators_are_no_sounds() -> None:
    assert split_sounds("h_ˈeɪ l_ˈuː_m_oʊ_z") == tuple("heɪlumoʊz")
    assert split_sounds("(en)dʒˈɑːɹ(es)") == ("dʒ", "ɑ", "ɹ")


@pytest.mark.parametrize(("word", "count"), [("hey lumos", 3), ("lamp", 1), ("computer", 3)])
def test_syllables(word: str, count: int) -> None:
    assert syllables(sounds_of([word])[0]) == count


def test_like_sounds_cost_less() -> None:
    assert substitution("p", "p") == 0
    assert substitution("p", "b") == substitution("b", "p") < substitution("p", "z")
    assert substitution("i", "ɪ") < substitution("i", "ɑ") < substitution("i", "p") == 1
    assert substitution("ɬ", "p") == 1, "a sound that is not in the table"


def slow_distance(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """By its definition."""
    if not one or not other:
        return sum(0.5 if sound in "əɐᵻʔ" else 1.0 for sound in one + other)
    return min(
        slow_distance(one[1:], other) + slow_distance(one[:1], ()),
        slow_distance(one, other[1:]) + slow_distance((), other[:1]),
        slow_distance(one[1:], other[1:]) + substitution(one[0], other[0]),
    )


def test_distances_are_those_of_the_definition() -> None:
    target = tuple("lamp")
    others = [tuple(word) for word in ("lamp", "lump", "əlæm", "p", "", "mɑlp", "æmpəl")]
    found = distances(target, others)
    np.testing.assert_allclose(found, [slow_distance(target, other) for other in others])
    parts = [
        min(
            slow_distance(target, other[first:last])
            for first in range(len(other) + 1)
            for last in range(first, len(other) + 1)
        )
        for other in others
    ]
    np.testing.assert_allclose(distances(target, others, inside=True), parts)


def test_no_candidates() -> None:
    assert distances(("l",), []).shape == (0,)
    np.testing.assert_array_equal(distances(("l",), [()]), [1.0])
