# SPDX-License-Identifier: Apache-2.0
"""A stream: long sound, and the words that are said in it."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kws.config.text_file import read_text
from kws.data.audio import Samples, load_recording
from kws_codegen.base.errors import KwsError

_FORM = "A line of a label track is: start in seconds, tab, end in seconds, tab, word."
OWN = "recording"
"""The background of a recording of the user's own."""


@dataclass(frozen=True)
class Spoken:
    """One occurrence of a word: its first sample, the one after its last, and which word."""

    start: int
    end: int
    word: str


@dataclass(frozen=True, eq=False)
class Stream:
    """Sound that a device hears from its first sample to its last.

    Attributes:
        name: tells it from the other streams of an evaluation.
        background: what is heard besides the words: "quiet", "noise", "speech", "recording".
        snr_db: of the words against the background; None where the background has no level of
            its own (quiet), or nobody knows it.
        samples: int16 [n].
        words: the wanted words in it, by time; none in a stream that only asks for false accepts.
        distinct_samples: of `samples`, those that are not said a second time elsewhere in it.
    """

    name: str
    background: str
    snr_db: float | None
    samples: Samples
    words: tuple[Spoken, ...]
    distinct_samples: int


def read_labels(path: Path, rate_hz: int, samples: int | None = None) -> tuple[Spoken, ...]:
    """A label track as Audacity exports it: lines of start, end (seconds) and label, by tabs.

    `samples` is how long its recording is, where that is known.

    A label of no length (start = end) is a point: the word began there. Decimal commas are read
    too; lines that begin with a backslash (frequencies of a spectral selection) are left out.
    KwsError names the line that is none, and a label that begins after the recording has ended.
    """
    try:
        lines = read_text(path).splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise KwsError(f"{path}: not readable as text ({error})", _FORM) from None
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("\\"):
            continue
        fields = line.split("\t")
        try:
            start, end = (_seconds(field) for field in fields[:2])
            word = fields[2].strip()
        except (ValueError, IndexError):
            raise KwsError(f"{path}, line {number}: not a label: {line[:60]!r}", _FORM) from None
        if not 0 <= start <= end:
            raise KwsError(
                f"{path}, line {number}: a label from {start:g} s to {end:g} s",
                "A label begins at or after 0 and ends after it begins.",
            )
        spoken = Spoken(round(start * rate_hz), round(end * rate_hz), word)
        if samples is not None and spoken.start >= samples:
            raise KwsError(
                f"{path}, line {number}: {word!r} at {start:.1f} s, and the recording is "
                f"{samples / rate_hz:.1f} s long",
                "Is it the label track of another recording?",
            )
        if word:
            found.append(spoken)
    return tuple(sorted(found, key=lambda spoken: (spoken.start, spoken.end)))


def _seconds(field: str) -> float:
    value = float(field.strip().replace(",", "."))
    if not math.isfinite(value):
        raise ValueError(field)
    return value


def write_labels(path: Path, words: Iterable[Spoken], rate_hz: int) -> None:
    """A label track that Audacity imports and read_labels() reads."""
    lines = (f"{s.start / rate_hz:.6f}\t{s.end / rate_hz:.6f}\t{s.word}\n" for s in words)
    path.write_text("".join(lines), encoding="utf-8")


def recorded_stream(
    sound: Path, labels: Path | None, wanted: tuple[str, ...], rate_hz: int
) -> Stream:
    """A recording of the user's own; without labels, no wanted word is in it.

    Labels of other words are not wanted and left out. KwsError when a file cannot be read, or a
    label lies outside the sound.
    """
    samples = load_recording(sound, rate_hz)
    words = () if labels is None else read_labels(labels, rate_hz, samples.size)
    said = tuple(spoken for spoken in words if spoken.word in wanted)
    if words and not said:
        others = ", ".join(sorted({spoken.word for spoken in words})[:8])
        raise KwsError(
            f"{labels}: none of its labels is a wanted word ({others})",
            f"Wanted words are: {', '.join(wanted)}.",
        )
    return Stream(sound.name, OWN, None, samples, said, samples.size)
