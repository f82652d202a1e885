"""Sends clips to a device, one after the other, and compares each answer."""

import time
from dataclasses import dataclass, field

from kws.console import progress
from kws.errors import KwsError
from kws.evaluate.clips import Clips
from kws.evaluate.parity import Difference, compare, locate
from kws.link.client import Device
from kws.link.messages import ClipKind, ClipResult, DeviceStats

LOCATED = 20  # front-end differences whose features are fetched; each costs another clip


@dataclass
class DeviceRun:
    """What came back. `results` holds one answer a clip, in order, until `failure`."""

    results: list[ClipResult] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    stats: DeviceStats | None = None
    failure: str = ""  # why the device stopped answering; "" when it did not
    seconds: float = 0.0


def run_clips(device: Device, clips: Clips, kind: ClipKind) -> DeviceRun:
    """Evaluate every clip; a device that stops answering ends the run, its results stay."""
    run = DeviceRun()
    start_s = time.monotonic()
    with progress() as bar:
        task = bar.add_task("clips on the device", total=len(clips.names))
        try:
            for i in range(len(clips.names)):
                _run_clip(device, clips, kind, i, run)
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
    if difference is None:
        return
    run.differences.append(difference)
    if difference.stage == "front end" and len(run.differences) <= LOCATED:
        run.differences[-1] = locate(difference, device.features(kind, payload), features)
