# SPDX-License-Identifier: Apache-2.0
"""Which detections find a word, and which are false."""

import numpy as np

from kws.streams.rates import delay, false_accepts, misses, rate_text
from kws.streams.scoring import Heard, judge
from kws.streams.stream import Spoken, Stream

RATE = 16_000
WORDS = (Spoken(RATE, 2 * RATE, "go"), Spoken(5 * RATE, 6 * RATE, "stop"))


def _stream(words: tuple[Spoken, ...] = WORDS, seconds: int = 10) -> Stream:
    samples = np.zeros(seconds * RATE, np.int16)
    return Stream("s", "quiet", None, samples, words, samples.size)


def _heard(*events: tuple[float, str]) -> list[Heard]:
    return [Heard(round(seconds * RATE), word, 0.9) for seconds, word in events]


def test_a_word_is_found_from_its_beginning_to_a_second_after_its_end() -> None:
    for seconds in (1.0, 1.5, 3.0):
        outcome = judge(_stream(), _heard((seconds, "go")), RATE)
        assert [word.word for word in outcome.found] == ["go"], seconds
        assert outcome.delays == (round((seconds - 2) * RATE),)
        assert not outcome.false
    for seconds in (0.99, 3.01):
        outcome = judge(_stream(), _heard((seconds, "go")), RATE)
        assert not outcome.found
        assert len(outcome.false) == 1
        assert [word.word for word in outcome.missed] == ["go", "stop"]


def test_another_word_and_a_second_detection_are_false() -> None:
    outcome = judge(_stream(), _heard((1.5, "stop"), (1.6, "go"), (1.9, "go")), RATE)
    assert [event.word for event in outcome.false] == ["stop", "go"]
    assert [word.word for word in outcome.missed] == ["stop"]


def test_two_words_close_to_each_other_are_two() -> None:
    words = (Spoken(RATE, 2 * RATE, "go"), Spoken(round(2.5 * RATE), 3 * RATE, "go"))
    outcome = judge(_stream(words), _heard((2.6, "go"), (2.8, "go")), RATE)
    assert len(outcome.found) == 2
    assert not outcome.false


def test_mlperf_counts_doubles_once_and_false_accepts_within_a_second_once() -> None:
    events = _heard((1.5, "go"), (1.8, "go"), (8.0, "go"), (8.5, "go"), (9.1, "go"))
    assert len(judge(_stream(), events, RATE).false) == 4
    outcome = judge(_stream(), events, RATE, mlperf=True)
    assert [event.time / RATE for event in outcome.false] == [8.0, 9.1]


def test_many_words_are_judged_as_one_by_one() -> None:
    """The search by time finds what a search through all words finds."""
    random = np.random.default_rng(3)
    starts = np.sort(random.integers(0, 500 * RATE, 300))
    words = tuple(
        Spoken(int(s), int(s + random.integers(0, 2 * RATE)), str(random.choice(["a", "b"])))
        for s in starts
    )
    events = [
        Heard(int(t), str(random.choice(["a", "b"])), 0.5)
        for t in random.integers(0, 500 * RATE, 400)
    ]
    outcome = judge(_stream(words, 501), events, RATE)
    found: set[int] = set()
    false = 0
    for event in sorted(events, key=lambda e: e.time):
        fits = [
            i for i, w in enumerate(words)
            if i not in found and w.word == event.word and w.start <= event.time <= w.end + RATE
        ]  # fmt: skip
        if fits:
            found.add(fits[0])
        else:
            false += 1
    assert outcome.found == tuple(words[i] for i in sorted(found))
    assert len(outcome.false) == false


def test_rates_and_what_they_are_worth() -> None:
    words = judge(_stream(), _heard((1.5, "go")), RATE)
    assert (misses([words]).missed, misses([words]).said) == (1, 2)
    assert misses([words], "go").missed == 0
    late = delay([words], RATE)
    assert late is not None
    assert late.median_ms == -500
    hour = _stream((), 1800)
    nothing = false_accepts([judge(hour, [], RATE)] * 2, RATE)
    assert rate_text(nothing) == "0 in 1.00 h: fewer than 3.0 an hour (95 %)"
    one = false_accepts([judge(hour, _heard((9, "go")), RATE)], RATE)
    assert one.per_hour == 2
    assert rate_text(one) == "2.00 an hour (0.05 to 11.14; 1 in all)"
