# SPDX-License-Identifier: Apache-2.0
"""What a number from few clips is worth, in words."""

from kws.metrics.confusion import Metrics
from kws_codegen.base.labels import UNKNOWN_LABEL

ENOUGH_CLIPS = 100
"""With fewer, the 95 % interval of an accuracy is up to 20 points wide, or wider."""


FEW_OTHERS = 10
"""With fewer clips of other words, an accuracy says little of what the model does with them."""


def percent(share: float | None) -> str:
    """A share as text; a dash for one that is not defined."""
    return "-" if share is None else f"{100 * share:.1f} %"


def accuracy_text(result: Metrics, split: str) -> str:
    """The accuracy with its 95 % interval; the interval comes first where clips are few."""
    low, high = (percent(bound) for bound in result.interval_95)
    clips = f"{result.clips} clips ({split})"
    if 0 < result.clips < ENOUGH_CLIPS:
        return f"between {low} and {high} (95 % interval): {result.correct} of {clips} are right"
    return f"{percent(result.accuracy)} of {clips}, 95 % interval {low} to {high}"


def accuracy_verdict(
    result: Metrics, synthetic_clips: int = 0, known_voices: int = 0, can_fold: bool = False
) -> str:
    """Why the accuracy says less than it seems to, in words; "" where there is no reason.

    `known_voices`: clips by speakers who are heard in training.
    `can_fold`: cross-validation is possible and has not been done.
    """
    reasons = []
    if 0 < result.clips < ENOUGH_CLIPS:
        low, high = result.interval_95
        reasons.append(
            f"{result.clips} clip{'s' * (result.clips > 1)}: anything from {100 * low:.0f} % to "
            f"{100 * high:.0f} %: to know more, test at least {ENOUGH_CLIPS} clips, of speakers "
            "that are not in training"
            + (", or let `kws train --folds 5` judge every recording" if can_fold else "")
        )
    others = _clips_of_other_words(result)
    if others is not None and result.clips and others < FEW_OTHERS:
        reasons.append(
            f"{others or 'none'} of the clips {'is' if others == 1 else 'are'} of other words: how "
            "often the model takes one of them for yours is hardly tested; record some"
        )
    if synthetic_clips:
        reasons.append(
            f"{synthetic_clips} of the clips were spoken by the synthesiser: other words of people "
            "are harder to tell from the wanted ones; record some"
        )
    if known_voices:
        reasons.append(
            f"{known_voices} of the clips are by speakers who are heard in training too: the "
            "accuracy is for their voices and says nothing about others"
        )
    return ". ".join(reasons)


def _clips_of_other_words(result: Metrics) -> int | None:
    """How many were answered; None for a model without such a class."""
    if UNKNOWN_LABEL not in result.labels:
        return None
    return int(result.confusion[result.labels.index(UNKNOWN_LABEL)].sum())


def drop_text(float_accuracy: float, int8_accuracy: float, clips: int) -> str:
    """What int8 costs against float, in points; in clips where they are few."""
    if clips >= ENOUGH_CLIPS:
        points = 100 * (float_accuracy - int8_accuracy)
        return f"int8 costs {points:.2f} points of accuracy against float"
    return (
        f"of {clips} clips, float has {round(float_accuracy * clips)} right and int8 "
        f"{round(int8_accuracy * clips)}: too few to say what int8 costs"
    )
