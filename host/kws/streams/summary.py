# SPDX-License-Identifier: Apache-2.0
"""From judged streams to the report."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from kws.config.schema import Config
from kws.link.listening_cost import ListeningCost
from kws.source import source_commit
from kws.streams.decisions import Listening, detector_of
from kws.streams.det import Curves, DetPoint, ScoredStream
from kws.streams.rates import delay, false_accepts, misses
from kws.streams.report import (
    BackgroundResult,
    DecisionParity,
    LevelResult,
    StreamReport,
    StreamResult,
    WordResult,
)
from kws.streams.scoring import MLPERF_RULES, RULES, Outcome
from kws_codegen.base.version import VERSION


@dataclass(frozen=True)
class Circumstances:
    """What a report says besides its figures; the fields are those of StreamReport."""

    target: str
    date: datetime
    data: str
    split: str
    mlperf: bool
    runtime: str
    model_sha256: str
    parity: DecisionParity | None
    cost: ListeningCost | None
    failure: str
    chosen: str
    reference: str


def summarize(
    config: Config,
    timing: Listening,
    scored: Sequence[ScoredStream],
    outcomes: Sequence[Outcome],
    about: Circumstances,
) -> StreamReport:
    """All figures; the curves are those of the host's scores, which the device's equal."""
    detect, rate_hz = config.detect, config.features.sample_rate_hz
    curves = Curves(scored, detector_of(config), timing)
    det: dict[str, tuple[DetPoint, ...]] = {}
    if curves.words:
        det["all"] = curves.overall()
        if len(curves.words) > 1:
            det.update({word: curves.of_word(word) for word in curves.words})
    return StreamReport(
        target=about.target,
        date=about.date.isoformat(timespec="seconds"),
        kws_version=VERSION,
        kws_commit=source_commit(),
        data=about.data,
        split=about.split,
        rules=MLPERF_RULES if about.mlperf else RULES,
        runtime=about.runtime,
        interval_ms=detect.decision_frames(config.features.hop_ms) * config.features.hop_ms,
        smoothing=detect.smoothing,
        consecutive=detect.consecutive,
        refractory_ms=detect.refractory_ms,
        model_sha256=about.model_sha256,
        parity=about.parity,
        cost=about.cost,
        failure=about.failure,
        levels=_levels(outcomes),
        backgrounds=_backgrounds(outcomes, rate_hz),
        words=_words(config, outcomes),
        delay=delay(outcomes, rate_hz),
        streams=tuple(_stream_result(outcome, rate_hz) for outcome in outcomes),
        det=det,
        chosen=about.chosen,
        reference=about.reference,
    )


def _levels(outcomes: Sequence[Outcome]) -> tuple[LevelResult, ...]:
    """By background and ratio, in the order in which they were heard."""
    said = [outcome for outcome in outcomes if outcome.stream.words]
    keys = dict.fromkeys((o.stream.background, o.stream.snr_db) for o in said)
    return tuple(
        LevelResult(
            background,
            snr_db,
            misses(
                o for o in said if (o.stream.background, o.stream.snr_db) == (background, snr_db)
            ),
        )
        for background, snr_db in keys
    )


def _backgrounds(outcomes: Sequence[Outcome], rate_hz: int) -> tuple[BackgroundResult, ...]:
    silent = [outcome for outcome in outcomes if not outcome.stream.words]
    kinds = dict.fromkeys(outcome.stream.background for outcome in silent)
    return tuple(
        BackgroundResult(
            kind, false_accepts((o for o in silent if o.stream.background == kind), rate_hz)
        )
        for kind in kinds
    )


def _words(config: Config, outcomes: Sequence[Outcome]) -> tuple[WordResult, ...]:
    silent = [outcome for outcome in outcomes if not outcome.stream.words]
    rate_hz, detect = config.features.sample_rate_hz, config.detect
    return tuple(
        WordResult(
            word,
            detect.thresholds.get(word, detect.threshold),
            misses(outcomes, word),
            false_accepts(silent, rate_hz, word),
        )
        for word in config.data.wanted_words
    )


def _stream_result(outcome: Outcome, rate_hz: int) -> StreamResult:
    stream = outcome.stream
    words, counts = np.unique([event.word for event in outcome.false], return_counts=True)
    return StreamResult(
        name=stream.name,
        background=stream.background,
        snr_db=stream.snr_db,
        seconds=round(stream.samples.size / rate_hz, 1),
        distinct_seconds=round(stream.distinct_samples / rate_hz, 1),
        misses=misses([outcome]),
        false_accepts=len(outcome.false),
        delay=delay([outcome], rate_hz),
        false_words={str(w): int(c) for w, c in zip(words, counts, strict=True)},
    )
