# SPDX-License-Identifier: Apache-2.0
"""Clips over a bad line, each answer beside what TensorFlow Lite Micro says."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from kws.inference.golden import Golden
from kws.link.client import Device
from kws.link.connect import connect
from kws.link.errors import ClipLostError
from kws_codegen.base.errors import KwsError
from kws_codegen.protocol.messages import ClipKind, ClipResult
from tests.support.bad_line import BadLine
from tests.support.tiny_run import CONFIG, tiny_model


@dataclass
class LineSession:
    """What came of some clips."""

    answered: int = 0
    wrong: int = 0  # scores that were accepted and are not those of the model
    lost: int = 0
    failure: str = ""
    names: list[str] = field(default_factory=list)  # of the port, as it was after each clip
    resends: int = 0
    restarts: int = 0
    outages: int = 0


class Clips:
    """n clips of features, int8 [n, frames * channels], and their scores."""

    def __init__(self, count: int, seed: int = 0) -> None:
        random = np.random.default_rng(seed)
        shape = (count, CONFIG.frames, CONFIG.features.channels)
        features = random.integers(-128, 128, shape).astype(np.int8)
        golden = Golden(tiny_model())
        self.features = [clip.tobytes() for clip in features]
        self.scores = [tuple(golden.invoke(clip).tolist()) for clip in features]


def send_clips(line: BadLine, clips: Clips, ahead: bool = True) -> LineSession:
    """Send every clip, until the session fails; one request at a time when not `ahead`."""
    session = LineSession()
    device: Device | None = None
    try:
        with connect(line.url, returns=True) as device:
            device.handshake()
            left = list(zip(clips.features, clips.scores, strict=True))
            while left:
                features = [clip for clip, _ in left]
                try:
                    for result in _results(device, features, ahead):
                        session.answered += 1
                        line.clips = session.answered
                        session.wrong += result.scores != left.pop(0)[1]
                        session.names.append(device.port)
                except ClipLostError:
                    session.lost += 1
                    left.pop(0)
    except KwsError as error:
        session.failure = error.message
        session.lost = len(clips.features) - session.answered
    if device is not None:
        session.resends = device.resends
        session.restarts = device.restarts
        session.outages = device.outages
    return session


def _results(device: Device, features: list[bytes], ahead: bool) -> Iterable[ClipResult]:
    if ahead:
        return device.classify_all(ClipKind.FEATURES, features)
    return (device.classify(ClipKind.FEATURES, clip) for clip in features)
