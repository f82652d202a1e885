# SPDX-License-Identifier: Apache-2.0
"""A long recording into clips: by its label track, or at its pauses."""

from dataclasses import dataclass
from pathlib import Path

from kws.data.audio import Samples
from kws.record.takes import Take, frame_levels_dbfs, frame_samples, judge_take, spoken_parts
from kws.streams.stream import read_labels
from kws_codegen.base.errors import KwsError

_AROUND_MS = 300  # of a part without a label, at most: background is judged there


@dataclass(frozen=True, eq=False)
class Cut:
    """A clip of a long recording."""

    word: str
    seconds: float  # where it begins to be spoken
    take: Take


def cut_recording(
    sound: Samples, labels: Path | None, words: list[str], rate_hz: int, clip_samples: int
) -> list[Cut]:
    """Cut int16 [n] into clips, in the order of time.

    With a label track: each label that is one of `words` (all where none is named). Without:
    everything between pauses, which must all be the one word that is named. KwsError otherwise,
    for a label track that is none, and for one of another recording.
    """
    if labels is None:
        if len(words) != 1:
            raise KwsError(
                f"{len(words)} words are named, and nothing says where each of them is",
                "Name the one word of this recording with --words, or give --labels TRACK.",
            )
        frame, parts = frame_samples(rate_hz), spoken_parts(frame_levels_dbfs(sound, rate_hz))
        spans = [(words[0], start * frame, end * frame) for start, end in parts]
    else:
        track = read_labels(labels, rate_hz, len(sound))
        said = [s for s in track if not words or s.word in words]
        spans = [(s.word, s.start, max(s.end, s.start + clip_samples // 2)) for s in said]
    return [
        Cut(word, start / rate_hz, judge_take(piece, rate_hz, clip_samples))
        for (word, start, _), piece in zip(spans, _pieces(sound, spans, rate_hz), strict=True)
    ]


def _pieces(sound: Samples, spans: list[tuple[str, int, int]], rate_hz: int) -> list[Samples]:
    """Each span with sound around it, but nothing of its neighbours."""
    around = rate_hz * _AROUND_MS // 1000
    pieces = []
    for i, (_, start, end) in enumerate(spans):
        before = spans[i - 1][2] if i else 0
        after = spans[i + 1][1] if i + 1 < len(spans) else len(sound)
        first = max(start - around, min((before + start) // 2, start), 0)
        last = min(end + around, max((end + after) // 2, end), len(sound))
        pieces.append(sound[first:last])
    return pieces
