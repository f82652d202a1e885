# SPDX-License-Identifier: Apache-2.0
"""What came of `kws wake`: wake.json in the run folder, and in words."""

from dataclasses import dataclass

from kws.data.word_check import Verdict
from kws.metrics.verdict import percent
from kws.run.paths import RunPaths
from kws.streams.rates import FalseAccepts, Misses, rate_text
from kws.streams.report import StreamReport
from kws_codegen.base.json_file import read_json, write_json


@dataclass(frozen=True)
class Checked:
    """What the word check said."""

    word: str
    verdict: Verdict
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class RoundResult:
    """A round of training, and what woke its model in the negatives that every round heard."""

    epochs: int
    trained_on: int  # false accepts of the rounds before
    left_out: int  # clips that a round before would not take for their word
    woken: FalseAccepts  # with a score from streams.mining, under the thresholds of the product


@dataclass(frozen=True)
class WakeResult:
    """How a wake word was made, and what it is worth where that was measured."""

    checked: tuple[Checked, ...]
    language: str
    voices: tuple[str, ...]
    clips: int  # spoken of each word
    rounds: tuple[RoundResult, ...]
    left_out: tuple[str, ...]  # clips that no round would take for their word
    people: int  # recorded clips that test; 0: synthetic ones do
    tflite_bytes: int
    model_sha256: str
    exact: bool  # every decision and every clip on the device as on the host
    per_hour: float  # false accepts that thresholds were chosen for
    chosen: str  # how
    streams: str  # the report of the listening, relative to the run
    quiet: Misses | None  # words missed in quiet, at the thresholds
    without_people: Misses | None  # likewise, by the model that heard no recorded clip in training


def save_result(run: RunPaths, result: WakeResult) -> None:
    """Write wake.json."""
    write_json(run.wake_result, result)


def load_result(run: RunPaths) -> WakeResult:
    """KwsError when wake.json is missing or not one."""
    return read_json(run.wake_result, WakeResult, "kws wake")


def result_lines(result: WakeResult, report: StreamReport) -> list[str]:
    """For a terminal of 80 columns."""
    words = ", ".join(f"{each.word} ({each.verdict})" for each in result.checked)
    lines = [
        f"wake on: {words}",
        f"trained on {result.clips} clips of each by {', '.join(result.voices)}, "
        f"{len(result.rounds)} rounds, {result.rounds[-1].trained_on} false accepts of earlier "
        f"rounds; {len(result.left_out)} clips left out as unlike their word",
        f"model: {result.tflite_bytes:,} bytes",
        f"thresholds: {result.chosen}",
    ]
    if (quiet := result.quiet) is not None:
        low, high = quiet.interval
        lines.append(
            f"missed in quiet: {percent(quiet.share)} of {quiet.said} ({percent(low)} to "
            f"{percent(high)}), {'recorded by people' if result.people else 'synthetic speech'}"
        )
    if result.without_people is not None:
        before = result.without_people
        lines.append(
            f"without your recordings in training (and a round less): {percent(before.share)} of "
            f"{before.said}"
        )
    lines += [
        f"false accepts in {each.background}: {rate_text(each.false_accepts)}"
        for each in report.backgrounds
    ]
    return lines


def advice(result: WakeResult) -> list[str]:
    """Why these figures are not what people will find, and what would be better."""
    if result.people:
        return []
    return [
        "the words that were tested are synthetic speech: how often people are missed is not "
        "known. Record 20 to 50 clips by several people: --recordings DIR"
    ]
