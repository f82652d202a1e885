# SPDX-License-Identifier: Apache-2.0
"""One evaluation of a listener: streams made or recorded, on a device or by the host alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from kws.console import progress
from kws.data import load_dataset
from kws.detect import Detector
from kws.evaluate.clips import load_model
from kws.evaluate.device_session import open_device
from kws.evaluate.report import plain_name
from kws.link.client import Device
from kws.link.listening_cost import listening_cost
from kws.run.paths import RunPaths
from kws.streams.decisions import Listening, detector_of, listening
from kws.streams.det import ScoredStream, heard_in
from kws.streams.device import DeviceHearing, hear
from kws.streams.report import DecisionParity, StreamReport
from kws.streams.scoring import Outcome, judge
from kws.streams.sources import StreamOptions, scored_streams
from kws.streams.stream import OWN
from kws.streams.summary import Circumstances, summarize
from kws_codegen.base.errors import KwsError

HOST = "host model"
"""Target of an evaluation in which no device listened."""


@dataclass(frozen=True)
class StreamEvaluation:
    """All that was heard; `report` sums it up."""

    date: datetime
    report: StreamReport
    outcomes: tuple[Outcome, ...]
    sample_rate_hz: int


def evaluate_streams(
    run: RunPaths, options: StreamOptions, firmware: Path | None, chosen: str = ""
) -> StreamEvaluation:
    """Let a device, or the host's model alone, listen to the streams.

    firmware: what was built for `options.board`; None with `options.port` or without a device.
    chosen: says how thresholds were chosen, where they were. KwsError for bad input; a device that
    stops is in the result.
    """
    model, date = load_model(run), datetime.now(timezone.utc)
    config = model.config
    timing = listening(config, model.tflite)
    detector = detector_of(config)
    parity, cost, failure, target, runtime = None, None, "", HOST, "host"
    if options.on_device:
        port = options.port or options.board
        with open_device(firmware, options.board, port, options.baud, None) as device:
            info = device.handshake(model.expected)
            scored = scored_streams(run, model, options)
            target, runtime = plain_name(info.board), info.runtime
            hearings, failure = _listen(device, scored, detector, timing)
        scored = scored[: len(hearings)]
        heard = [hearing.heard for hearing in hearings]
        parity = _parity(hearings, scored, timing.rate_hz)
        cost = listening_cost(
            [hearing.cost for hearing in hearings if hearing.cost],
            info.time_unit,
            timing.rate_hz / timing.hop_samples,
        )
    else:
        scored = scored_streams(run, model, options)
        heard = [heard_in(one, detector, timing) for one in scored]
    outcomes = tuple(
        judge(one.stream, events, timing.rate_hz, mlperf=options.mlperf)
        for one, events in zip(scored, heard, strict=True)
    )
    about = Circumstances(
        target=target,
        date=date,
        data="" if options.recordings else load_dataset(run.dataset).root,
        split=OWN if options.recordings else options.split,
        mlperf=options.mlperf,
        runtime=runtime,
        model_sha256=model.expected.model_hash,
        parity=parity,
        cost=cost,
        failure=failure,
        chosen=chosen,
        reference="the static C model" if options.fast else "TensorFlow Lite Micro",
    )
    return StreamEvaluation(
        date, summarize(config, timing, scored, outcomes, about), outcomes, timing.rate_hz
    )


def _listen(
    device: Device,
    scored: Sequence[ScoredStream],
    detector: Detector,
    timing: Listening,
) -> tuple[list[DeviceHearing], str]:
    """What the device heard in each stream, until it stopped; why it stopped."""
    hearings: list[DeviceHearing] = []
    failure, before = "", 0
    total = sum(one.stream.samples.size for one in scored)
    with progress() as bar:
        task = bar.add_task("the device listens: seconds", total=total // timing.rate_hz)
        try:
            for one in scored:

                def step(samples: int, before: int = before) -> None:
                    bar.update(task, completed=(before + samples) // timing.rate_hz)

                events = detector.events(one.decisions.scores)
                hearings.append(hear(device, one, events, timing, step))
                before += one.stream.samples.size
        except KwsError as error:
            failure = str(error)
    return hearings, failure


def _parity(
    hearings: Sequence[DeviceHearing], scored: Sequence[ScoredStream], rate_hz: int
) -> DecisionParity:
    return DecisionParity(
        decisions=sum(hearing.decisions for hearing in hearings),
        identical=sum(hearing.identical for hearing in hearings),
        seconds=round(sum(one.stream.samples.size for one in scored) / rate_hz, 1),
        first_difference=next((h.first_difference for h in hearings if h.first_difference), ""),
    )
