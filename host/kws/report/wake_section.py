# SPDX-License-Identifier: Apache-2.0
"""The section of a run that `kws wake` made: words, rounds, what recordings brought."""

from typing import Any

from kws.metrics.verdict import percent
from kws.report import plots
from kws.report.gather import RunFacts
from kws.streams.rates import Misses, rate_text
from kws.streams.report import WordResult
from kws.wake.result import Checked, WakeResult, advice


def wake_section(facts: RunFacts) -> dict[str, Any] | None:
    """What it shows; None for a run that was made otherwise."""
    result = facts.wake
    if result is None:
        return None
    heard = {word.word: word for word in facts.streams.words} if facts.streams else {}
    rates = [(f"round {n}", each.woken) for n, each in enumerate(result.rounds, 1)]
    return {
        "result": result,
        "made": _made(result),
        "words": [_word(each, heard.get(each.word)) for each in result.checked],
        "rounds": [
            (f"{n}", each.epochs, each.trained_on, each.left_out, rate_text(each.woken))
            for n, each in enumerate(result.rounds, 1)
        ],
        "fell": plots.accepts_by_round(rates) if len(rates) > 1 else "",
        "recordings": _recordings(result),
        "advice": [f"{line[0].upper()}{line[1:]}." for line in advice(result)],
    }


def _made(result: WakeResult) -> str:
    voices = ", ".join(result.voices)
    left = len(result.left_out)
    return (
        f"Made from text: {result.clips} clips of each word said by {voices} "
        f"({result.language}), trained in {len(result.rounds)} round"
        f"{'s' if len(result.rounds) > 1 else ''}; {left} clip{'s' if left != 1 else ''} left out "
        "as unlike their word."
    )


def _word(checked: Checked, heard: WordResult | None) -> tuple[str, ...]:
    """A row: word, verdict, why, threshold, missed and false accepts in the streams."""
    why = "; ".join(checked.reasons) or "-"
    if heard is None:
        return (checked.word, checked.verdict, why, "-", "-", "-")
    missed = f"{percent(heard.misses.share)} of {heard.misses.said}"
    return (
        checked.word, checked.verdict, why, f"{heard.threshold:.3f}", missed,
        rate_text(heard.false_accepts),
    )  # fmt: skip


def _recordings(result: WakeResult) -> list[tuple[str, int, str, str]]:
    """Rows of what was trained on, words said, missed in quiet, and its interval."""
    if not result.people or result.quiet is None:
        return []
    rows = [_missed("with your recordings", result.quiet)]
    if result.without_people is not None:
        rows.append(_missed("without them, and a round less", result.without_people))
    return rows


def _missed(trained: str, misses: Misses) -> tuple[str, int, str, str]:
    low, high = misses.interval
    return trained, misses.said, percent(misses.share), f"{percent(low)} to {percent(high)}"
