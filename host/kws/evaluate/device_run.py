# SPDX-License-Identifier: Apache-2.0
"""Sends clips to a device, one after the other, and compares each answer."""

import time
from dataclasses import dataclass, field

from kws.console import progress, warn
from kws.evaluate.clips import Clips
from kws.evaluate.journal import Journal
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
    taken_over: int = 0  # of the results, from an evaluation that was interrupted
    lost: list[str] = field(default_factory=list)  # clips on which the device faults every time
    differences: list[ClipDifference] = field(default_factory=list)
    stats: DeviceStats | None = None
    failure: str = ""  # why the device stopped answering; "" when it did not
    seconds: float = 0.0


def run_clips(
    device: Device, clips: Clips, kind: ClipKind, journal: Journal | None = None
) -> DeviceRun:
    """Evaluate every clip but those whose answers are in the journal, which gets the others.

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
                    _answer(device, clips, kind, i, run, journal)
                    in_a_row = 0
                except ClipLostError:
                    run.lost.append(clips.names[i])
                    in_a_row += 1
                    if in_a_row == LOST_IN_A_ROW:
                        raise
                speed = (i + 1 - run.taken_over) / (time.monotonic() - start_s)
                bar.update(task, advance=1, description=f"{speed:.0f} clips/s")
        except KwsError as error:
            run.failure = str(error)
        finally:
            if journal is not None:
                journal.close()
    run.seconds = time.monotonic() - start_s
    if not run.failure:
        run.stats = _stats(device)
    return run


def _stats(device: Device) -> DeviceStats | None:
    try:
        return device.stats()
    except KwsError as error:
        warn(f"no figures of the device's memory and errors: {error.message}")
        return None


def _answer(
    device: Device, clips: Clips, kind: ClipKind, i: int, run: DeviceRun, journal: Journal | None
) -> None:
    """The answer to clip i, from the journal or from the device."""
    if journal is not None and i in journal.answers:
        run.taken_over += 1
        _keep(device, clips, kind, i, run, journal.answers[i])
        return
    before = len(run.results)
    try:
        _run_clip(device, clips, kind, i, run)
    finally:
        if journal is not None and len(run.results) > before:
            journal.add(i, run.results[-1])


def _run_clip(device: Device, clips: Clips, kind: ClipKind, i: int, run: DeviceRun) -> None:
    _keep(device, clips, kind, i, run, device.classify(kind, _payload(clips, kind, i)))


def _payload(clips: Clips, kind: ClipKind, i: int) -> bytes:
    audio = kind == ClipKind.AUDIO
    payload: bytes = (clips.audio[i].astype("<i2") if audio else clips.features[i]).tobytes()
    return payload


def _keep(
    device: Device, clips: Clips, kind: ClipKind, i: int, run: DeviceRun, result: ClipResult
) -> None:
    """Note a result, and where it differs."""
    features = clips.features[i]
    difference = compare(clips.names[i], result, features, clips.scores[i])
    run.results.append(result)
    run.answered.append(i)
    if difference is None:
        return
    run.differences.append(difference)
    if difference.stage == "front end" and len(run.differences) <= LOCATED:
        run.differences[-1] = locate(
            difference, device.features(kind, _payload(clips, kind, i)), features
        )
