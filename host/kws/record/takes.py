# SPDX-License-Identifier: Apache-2.0
"""One take: where is the word in it, and is it good enough to train with?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kws.data.audio import FULL_SCALE, Samples, is_clipped

FRAME_MS = 10
MARGIN_MS = 60  # kept before and after the word
_GAP_MS = 250  # a shorter pause is inside a word ("a stop", "six")
_SHORTEST_MS = 60  # a click is shorter
_ABOVE_BACKGROUND_DB = 12.0
_BELOW_PEAK_DB = 35.0  # what is fainter belongs to the room
_SILENT_DBFS = -55.0  # and fainter: no word
_QUIET_DBFS = -32.0  # of the loudest frame
_NOISY_DB = 20.0  # of the loudest frame above the background
_BACKGROUND_SHARE = 15  # percent of the frames, the faintest
_FLOOR_DBFS = -90.0


@dataclass(frozen=True, eq=False)
class Take:
    """A clip cut out of what was heard.

    Attributes:
        clip: int16 [clip_samples], the word in its middle.
        peak_dbfs: mean square of the loudest 10 ms; full scale 0.
        background_dbfs: of the faintest part.
        faults: what is wrong with it, in words, each with its cure.
    """

    clip: Samples
    peak_dbfs: float
    background_dbfs: float
    faults: tuple[str, ...]


def judge_take(sound: Samples, rate_hz: int, clip_samples: int) -> Take:
    """Find the word in int16 [n] and cut a clip around it; zeros where the sound ends.

    With several words the loudest one counts.
    """
    levels = frame_levels_dbfs(sound, rate_hz)
    peak, background = float(np.max(levels)), background_dbfs(levels)
    parts = spoken_parts(levels)
    if not parts:
        fault = "no word was heard: speak after the countdown, nearer to the microphone"
        return Take(_cut(sound, 0, clip_samples), peak, background, (fault,))
    start, end = max(parts, key=lambda part: float(np.max(levels[part[0] : part[1]])))
    frame = frame_samples(rate_hz)
    middle = (start + end) * frame // 2
    clip = _cut(sound, middle - clip_samples // 2, clip_samples)
    faults = []
    if is_clipped(clip):
        faults.append("clipping: it is too loud; turn the microphone down, or step back")
    if peak < _QUIET_DBFS:
        faults.append(f"too quiet ({peak:.0f} dB): come nearer, or turn the microphone up")
    margin = MARGIN_MS // FRAME_MS
    if start < margin or end > len(levels) - margin:
        faults.append("cut off: the word touches the end; wait for the sign, then speak at once")
    if (end - start) * frame > clip_samples:
        seconds, room = (end - start) * FRAME_MS / 1000, clip_samples / rate_hz
        faults.append(f"cut off: the word takes {seconds:.1f} s, and a clip has {room:.1f} s")
    if peak - background < _NOISY_DB:
        faults.append(
            f"background: only {peak - background:.0f} dB below the word; find a quieter place"
        )
    if len(parts) > 1:
        faults.append(f"{len(parts)} sounds were heard, not one word: pause before and after it")
    return Take(clip, peak, background, tuple(faults))


def frame_samples(rate_hz: int) -> int:
    """Samples of a frame of FRAME_MS."""
    return rate_hz * FRAME_MS // 1000


def frame_levels_dbfs(sound: Samples, rate_hz: int) -> NDArray[np.float64]:
    """Mean square of each whole frame of int16 [n], in dB of full scale; one frame at least."""
    frame = frame_samples(rate_hz)
    whole = np.pad(sound, (0, max(0, frame - len(sound))))
    rows = whole[: len(whole) // frame * frame].reshape(-1, frame).astype(np.float64)
    mean_square = np.square(rows).mean(axis=1) / FULL_SCALE**2
    levels: NDArray[np.float64] = 10 * np.log10(np.maximum(mean_square, 10 ** (_FLOOR_DBFS / 10)))
    return levels


def background_dbfs(levels: NDArray[np.float64]) -> float:
    """Level of the faintest frames."""
    return float(np.percentile(levels, _BACKGROUND_SHARE))


def spoken_parts(levels: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Where somebody speaks: [first, after the last) frames."""
    threshold = max(
        background_dbfs(levels) + _ABOVE_BACKGROUND_DB,
        float(np.max(levels)) - _BELOW_PEAK_DB,
        _SILENT_DBFS,
    )
    loud = np.flatnonzero(levels > threshold)
    if not loud.size:
        return []
    gap = _GAP_MS // FRAME_MS
    breaks = np.flatnonzero(np.diff(loud) > gap)
    starts = loud[np.concatenate(([0], breaks + 1))]
    ends = loud[np.concatenate((breaks, [loud.size - 1]))] + 1
    shortest = _SHORTEST_MS // FRAME_MS
    return [(int(a), int(b)) for a, b in zip(starts, ends, strict=True) if b - a >= shortest]


def _cut(sound: Samples, start: int, count: int) -> Samples:
    before = max(0, -start)
    inside = sound[max(0, start) : max(0, start + count)]
    return np.pad(inside, (before, count - before - len(inside)))
