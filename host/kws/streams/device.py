# SPDX-License-Identifier: Apache-2.0
"""A device hears a stream, and each of its decisions is compared with the host's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from kws.console import warn
from kws.detect import Detection
from kws.link.client import Device
from kws.streams.decisions import Int8, Listening
from kws.streams.det import ScoredStream
from kws.streams.scoring import Heard
from kws_codegen.base.errors import KwsError
from kws_codegen.protocol.messages import StreamStats


@dataclass(frozen=True)
class DeviceHearing:
    """What a device heard in one stream.

    heard: its detections; identical: of its `decisions`, those that are the host's; cost: what
    listening cost it, None where it does not say.
    """

    heard: tuple[Heard, ...]
    decisions: int
    identical: int
    first_difference: str
    cost: StreamStats | None


def hear(
    device: Device,
    scored: ScoredStream,
    events: Sequence[Detection],
    listening: Listening,
    progress: Callable[[int], None],
) -> DeviceHearing:
    """Send a stream and compare each decision, as it comes, with `scored` and `events`.

    progress: told the samples that the device has heard. Raises KwsError when the device stops.
    """
    scores, times = scored.decisions.scores, scored.decisions.heard
    expected = {event.decision: event for event in events}
    heard: list[Heard] = []
    identical, first, count = 0, "", 0
    for count, decision in enumerate(device.listen(scored.stream.samples), 1):
        index = count - 1
        wanted = scores[index] if index < len(scores) else None
        difference = _difference(
            index, wanted, decision.scores, expected.get(index), decision.event
        )
        if not difference and decision.samples != times[index]:
            difference = (
                f"decision {index} came after {decision.samples} samples, not after {times[index]}"
            )
        identical += not difference
        if difference and not first:
            first = f"{scored.stream.name}: {difference}"
        if decision.event is not None:
            heard.append(
                Heard(decision.samples, listening.labels[decision.event.word], decision.event.score)
            )
        progress(decision.samples)
    missing = len(scores) - count
    if missing > 0 and not first:
        first = f"{scored.stream.name}: {missing} decisions did not come"
    return DeviceHearing(tuple(heard), max(count, len(scores)), identical, first, _cost(device))


def _cost(device: Device) -> StreamStats | None:
    try:
        return device.stream_stats()
    except KwsError as error:
        warn(f"no figures of what listening costs: {error.message}")
        return None


def _difference(
    index: int,
    wanted: Int8 | None,
    got: Int8,
    expected: Detection | None,
    event: Detection | None,
) -> str:
    """What differs in a decision; "" when nothing does."""
    if wanted is None:
        return f"decision {index} is one more than the host takes"
    if not np.array_equal(wanted, got):
        at = int(np.flatnonzero(wanted != got)[0])
        return f"decision {index}: score {at} is {got[at]}, and {wanted[at]} on the host"
    if _said(expected) != _said(event):
        return f"decision {index}: the device says {_said(event)}, the host {_said(expected)}"
    return ""


def _said(event: Detection | None) -> str:
    return "nothing" if event is None else f"class {event.word} ({event.score:.4f})"
