# SPDX-License-Identifier: Apache-2.0
"""Sends clips to a device, one after the other, and compares each answer."""

import time
from dataclasses import dataclass, field

from kws.console import progress
from kws.evaluate.clips import Clips
from kws.evaluate.parity import ClipDifference, compare, locate
from kws.link.client import Device
from kws.link.errors import ClipLostError
from kws_codegen.base.errors import KwsError
from kws_codegen.protocol.messages import ClipKind, ClipResult, DeviceStats

LOST_IN_A_ROW = 3  # clips on which the device faults every time: then nothing will work
LOCATED = 20  # front-end differences whose features are fetched; each costs another clip


@dataclass
class DeviceRun:
    """What came back, in the order of the clips, until `failure`."""

    results: list[ClipResult] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)  # the clip of each result
    lost: list[str] = field(default_factory=list)  # clips on which the device faults every time
    differences: list[ClipDifference] = field(default_factory=list)
    stats: DeviceStats | None = None
    failure: str = ""  # why the device stopped answering; "" when it did not
    seconds: float = 0.0


def run_clips(device: Device, clips: Clips, kind: ClipKind) -> DeviceRun:
    """Evaluate every clip.

    A clip on which the device faults every time is noted, and the next one follows. A device
    that stops answering, or faults on several clips in a row, ends the run; results stay.
    """
    run = DeviceRun()
    start_s = time.monotonic()
    in_a_row = 0
    with progress() as bar:
        task = bar.add_task("clips on the device", total=len(clips.names))
        try:
            for i in range(len(clips.names)):
                try:
                    _run_clip(device, clips, kind, i, run)
                    in_a_row = 0
                except ClipLostError:
                    run.lost.append(clips.names[i])
                    in_a_row += 1
                    if in_a_row == LOST_IN_A_ROW:
                        raise
                bar.update(
                    task,
                    advance=1,
                    description=f"{(i + 1) / (time.monotonic() - start_s):.0f} clips/s",
                )
            run.stats = device.stats()
        except KwsError as error:
            run.failure = str(error)
    run.seconds = time.monotonic() - start_s
    return run


def _run_clip(device: Device, clips: Clips, kind: ClipKind, i: int, run: DeviceRun) -> None:
    features = clips.features[i]
    if kind == ClipKind.AUDIO:
        payload = clips.audio[i].astype("<i2").tobytes()
    else:
        payload = features.tobytes()
    result = device.classify(kind, payload)
    difference = compare(clips.names[i], result, features, clips.scores[i])
    run.results.append(result)
    run.answered.append(i)
    if difference is None:
        return
    run.differences.append(difference)
    if difference.stage == "front end" and len(run.differences) <= LOCATED:
        run.differences[-1] = locate(difference, device.features(kind, payload), features)
