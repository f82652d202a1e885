# SPDX-License-Identifier: Apache-2.0
"""The result of `kws stream-eval`, as stream-eval.json holds it: every figure, with its options."""

from dataclasses import dataclass
from pathlib import Path

from kws.link.listening_cost import ListeningCost
from kws.streams.det import DetPoint
from kws.streams.rates import Delay, FalseAccepts, Misses
from kws_codegen.base.json_file import read_json, write_json


@dataclass(frozen=True)
class DecisionParity:
    """How many decisions were taken on the device, and how many as the host takes them.

    A decision is the scores of all classes, and whether a word is detected, which, and its score.
    """

    decisions: int
    identical: int
    seconds: float  # of sound that the device heard
    first_difference: str  # "" when there is none


@dataclass(frozen=True)
class StreamResult:
    """One stream."""

    name: str
    background: str
    snr_db: float | None
    seconds: float
    distinct_seconds: float
    misses: Misses
    false_accepts: int
    delay: Delay | None
    false_words: dict[str, int]  # false accepts by word


@dataclass(frozen=True)
class WordResult:
    """One word over all streams; its false accepts are those of streams without wanted words."""

    word: str
    threshold: float
    misses: Misses
    false_accepts: FalseAccepts


@dataclass(frozen=True)
class LevelResult:
    """All words at one level of background: the share missed, and its 95 % interval."""

    background: str
    snr_db: float | None
    misses: Misses


@dataclass(frozen=True)
class BackgroundResult:
    """False accepts where no wanted word is said, by what is heard."""

    background: str
    false_accepts: FalseAccepts


@dataclass(frozen=True)
class StreamReport:
    """What a listener is worth, as `kws stream-eval` prints and keeps it."""

    target: str  # the board that listened; "host model" when no device did
    date: str  # ISO 8601, UTC
    kws_version: str
    kws_commit: str | None
    data: str
    split: str  # of the made streams; "recording" for the user's own
    rules: str
    runtime: str
    interval_ms: int
    smoothing: int
    consecutive: int
    refractory_ms: int
    model_sha256: str
    parity: DecisionParity | None  # None when no device listened
    cost: ListeningCost | None
    failure: str  # why the device stopped; "" when it did not
    levels: tuple[LevelResult, ...]
    backgrounds: tuple[BackgroundResult, ...]
    words: tuple[WordResult, ...]
    delay: Delay | None
    streams: tuple[StreamResult, ...]
    det: dict[str, tuple[DetPoint, ...]]
    reference: str  # what the host decides by
    chosen: str  # how the thresholds were chosen; "" when they were as the configuration says

    @property
    def passed(self) -> bool:
        """Every decision was taken, each as the host takes it."""
        parity = self.parity
        return not self.failure and (parity is None or parity.identical == parity.decisions)


def load_stream_report(path: Path) -> StreamReport:
    """KwsError when it is missing or not one."""
    return read_json(path, StreamReport, "kws stream-eval")


def save_stream_report(path: Path, report: StreamReport) -> None:
    """As load_stream_report() reads it."""
    write_json(path, report)
