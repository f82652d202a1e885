# SPDX-License-Identifier: Apache-2.0
"""What detections in streams are worth: found, missed, false, and how late.

The rules, which are those of MLPerf Tiny's streaming wake word (benchmark/runner/README.md of
mlcommons/tiny) but for two that are stricter here:

- A word is found when it is detected from its beginning to LATE_S after its end.
- A word that is not found is missed.
- Any other detection is a false accept: of a word that was not said, or said at another time.
- So is a second detection of a word that was already found (MLPerf Tiny: counted once).
- False accepts that follow each other each count (MLPerf Tiny: those within a second are one).
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from kws.streams.stream import Spoken, Stream

LATE_S = 1.0
RULES = (
    f"a word is found when it is detected from its beginning to {LATE_S:g} s after its end; every "
    "other detection is a false accept, also a second one of the same word"
)
MLPERF_RULES = (
    "MLPerf Tiny's streaming wake word: a word is found when it is detected from its beginning to "
    f"{LATE_S:g} s after its end, however often; of false accepts within a second the first counts"
)
_ONE_S = 1.0  # in which MLPerf Tiny counts one false accept


@dataclass(frozen=True)
class Heard:
    """One detection: when, in samples from the start of the stream, and which word."""

    time: int
    word: str
    score: float


@dataclass(frozen=True)
class Outcome:
    """The detections of one stream, judged.

    delays: from the end of each word that was found to its detection, in samples, by the order
    of `found`; negative where it was detected before it had ended.
    """

    stream: Stream = field(repr=False)
    found: tuple[Spoken, ...]
    missed: tuple[Spoken, ...]
    delays: tuple[int, ...]
    false: tuple[Heard, ...]


def judge(stream: Stream, heard: Iterable[Heard], rate_hz: int, *, mlperf: bool = False) -> Outcome:
    """Match detections, by time, with the words of a stream."""
    delays: dict[int, int] = {}
    false: list[Heard] = []
    said = _Said(stream.words, round(LATE_S * rate_hz))
    for event in sorted(heard, key=lambda event: event.time):
        there = list(said.at(event))
        unfound = [index for index in there if index not in delays]
        if unfound:
            delays[unfound[0]] = event.time - stream.words[unfound[0]].end
        elif mlperf and (there or (false and event.time - false[-1].time < _ONE_S * rate_hz)):
            continue
        else:
            false.append(event)
    found = sorted(delays)
    return Outcome(
        stream=stream,
        found=tuple(stream.words[index] for index in found),
        missed=tuple(word for index, word in enumerate(stream.words) if index not in delays),
        delays=tuple(delays[index] for index in found),
        false=tuple(false),
    )


class _Said:
    """The words of a stream, found by time."""

    def __init__(self, words: Sequence[Spoken], late: int) -> None:
        self._words = words
        self._late = late
        self._starts = [spoken.start for spoken in words]
        self._longest = max((spoken.end - spoken.start for spoken in words), default=0) + late

    def at(self, event: Heard) -> Iterator[int]:
        """Indices of the words that this detection finds, by time."""
        first = bisect_right(self._starts, event.time - self._longest - 1)
        for index in range(first, bisect_right(self._starts, event.time)):
            spoken = self._words[index]
            if spoken.word == event.word and event.time <= spoken.end + self._late:
                yield index
