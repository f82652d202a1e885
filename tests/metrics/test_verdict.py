# SPDX-License-Identifier: Apache-2.0
"""A number from few clips says what it is worth; one from many stays a number."""

import pytest

from kws.metrics.confusion import metrics
from kws.metrics.verdict import accuracy_text, accuracy_verdict, drop_text


def all_right_but(wrong: int, clips: int) -> tuple[str, str]:
    result = metrics([0] * clips, [1] * wrong + [0] * (clips - wrong), ("a", "b"))
    return accuracy_text(result, "testing"), accuracy_verdict(result)


def test_few_clips_give_the_interval_first_and_a_verdict() -> None:
    assert all_right_but(0, 12) == (
        "between 75.8 % and 100.0 % (95 % interval): 12 of 12 clips (testing) are right",
        "12 clips: anything from 76 % to 100 %: to know more, test at least 100 clips, of speakers "
        "that are not in training",
    )


@pytest.mark.parametrize("clips", [0, 100, 180])
def test_many_clips_and_none_have_no_verdict(clips: int) -> None:
    text, verdict = all_right_but(0, clips)
    assert f" of {clips} clips (testing), 95 % interval " in text
    assert verdict == ""


def test_synthetic_clips_are_told() -> None:
    result = metrics([0] * 200, [0] * 200, ("a", "b"))
    assert accuracy_verdict(result, 20).startswith("20 of the clips were spoken by the synthesiser")
    few = accuracy_verdict(metrics([0], [0], ("a", "b")), 1)
    assert few.startswith("1 clip: anything") and ". 1 of the clips were spoken" in few


@pytest.mark.parametrize(
    ("others", "words"),
    [(0, "none of the clips are"), (1, "1 of the clips is"), (9, "9 of the clips are"), (10, "")],
)
def test_hardly_any_other_words_are_told(others: int, words: str) -> None:
    truth = [1] * 200 + [0] * others
    verdict = accuracy_verdict(metrics(truth, truth, ("_unknown_", "lamp")))
    assert verdict.startswith(f"{words} of other words: how often" if words else words)
    assert bool(verdict) == bool(words)


def test_voices_of_training_are_told() -> None:
    result = metrics([0] * 200, [0] * 200, ("a", "b"))
    assert accuracy_verdict(result, known_voices=0) == ""
    text = accuracy_verdict(result, known_voices=30)
    assert text.startswith("30 of the clips are by speakers who are heard in training too")
    assert "says nothing about others" in text


def test_one_clip_is_one_clip() -> None:
    assert all_right_but(1, 1)[1].startswith("1 clip: anything from 0 % to 79 %")


def test_int8_of_few_clips_is_counted_in_clips() -> None:
    assert drop_text(6 / 7, 5 / 7, 7) == (
        "of 7 clips, float has 6 right and int8 5: too few to say what int8 costs"
    )
    assert drop_text(0.95, 0.94, 100) == "int8 costs 1.00 points of accuracy against float"
