# SPDX-License-Identifier: Apache-2.0
"""Devices that answer wrongly: which stage is named, and what a run keeps of a broken device."""

import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kws.evaluate.clips import Clips, spread
from kws.evaluate.device_run import DeviceRun, run_clips
from kws.evaluate.device_session import NamedDevice
from kws.evaluate.parity import compare, locate
from kws.link.counters import LinkCounters
from kws_codegen.base.errors import KwsError
from kws_codegen.protocol.messages import ClipKind, ClipResult, DeviceStats

COUNT, FRAMES, CHANNELS, CLASSES = 4, 5, 6, 3
_random = np.random.default_rng(3)
CLIPS = Clips(
    folder=Path("recordings"),
    names=[f"clip{i}" for i in range(COUNT)],
    truth=np.arange(COUNT, dtype=np.int32) % CLASSES,
    audio=_random.integers(-9, 9, (COUNT, 100)).astype(np.int16),
    features=_random.integers(-128, 128, (COUNT, FRAMES, CHANNELS)).astype(np.int8),
    scores=np.array([[1, 9, 2], [5, 5, 4], [-1, -2, 7], [0, 1, -1]], np.int8),
)


class ExactDevice:
    """Answers each clip of CLIPS as it should; tests override one method."""

    counters = LinkCounters()
    restarts = 0
    faults = ()

    def classify(self, kind: ClipKind, clip: bytes) -> ClipResult:
        return self.result(self.number(kind, clip))

    def result(self, i: int) -> ClipResult:
        scores = CLIPS.scores[i]
        crc = zlib.crc32(self.device_features(i).tobytes())
        return ClipResult(
            best=int(np.argmax(scores)),
            classes=len(scores),
            frames=FRAMES,
            front_end_time=10,
            inference_time=20,
            features_crc=crc,
            scores=tuple(scores.tolist()),
        )

    def device_features(self, i: int) -> np.ndarray:
        return CLIPS.features[i]

    def features(self, kind: ClipKind, clip: bytes) -> bytes:
        return self.device_features(self.number(kind, clip)).tobytes()

    def number(self, kind: ClipKind, clip: bytes) -> int:
        sent = CLIPS.audio if kind == ClipKind.AUDIO else CLIPS.features
        return [row.tobytes() for row in sent].index(clip)

    def stats(self) -> DeviceStats:
        return DeviceStats(100, 2, 3, 4, 5, 6)


def run(device: ExactDevice, kind: ClipKind = ClipKind.AUDIO) -> DeviceRun:
    return run_clips([NamedDevice("x", device)], CLIPS, kind)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ClipKind)
def test_an_exact_device(kind: ClipKind) -> None:
    result = run(ExactDevice(), kind)
    assert (result.differences, result.failure) == ([], "")
    assert [r.best for r in result.results] == [1, 0, 2, 1]  # the first of equal scores
    assert result.stats == DeviceStats(100, 2, 3, 4, 5, 6)
    assert result.seconds > 0


def test_a_wrong_feature_is_named_with_frame_and_channel() -> None:
    class Device(ExactDevice):
        def device_features(self, i: int) -> np.ndarray:
            features = CLIPS.features[i].copy()
            if i == 2:
                features[3, 4:] ^= 1
            return features

        def result(self, i: int) -> ClipResult:
            wrong = super().result(i)
            return wrong if i != 2 else replace(wrong, scores=(9, 9, 9))

    (difference,) = run(Device()).differences
    assert (difference.stage, difference.position) == ("front end", (3, 4))
    assert difference.expected == CLIPS.features[2, 3, 4]
    assert difference.actual == CLIPS.features[2, 3, 4] ^ 1
    assert str(difference).startswith("clip2: front end: frame 3, channel 4: expected ")


def test_features_that_change_from_time_to_time() -> None:
    class Device(ExactDevice):
        def result(self, i: int) -> ClipResult:
            return replace(super().result(i), features_crc=1)

    differences = run(Device()).differences
    assert len(differences) == COUNT
    assert str(differences[0]).startswith("clip0: front end: CRC-32 of the features: expected ")
    assert differences[0].actual == 1


def test_a_wrong_score_is_named() -> None:
    class Device(ExactDevice):
        def result(self, i: int) -> ClipResult:
            return replace(super().result(i), scores=(1, 9, 2))

    differences = run(Device()).differences
    assert [d.clip for d in differences] == ["clip1", "clip2", "clip3"]
    assert str(differences[0]) == "clip1: inference: score of class 0: expected 5, got 1"


def test_a_wrong_decision_is_named() -> None:
    class Device(ExactDevice):
        def result(self, i: int) -> ClipResult:
            return replace(super().result(i), best=1)

    differences = run(Device()).differences
    assert [d.clip for d in differences] == ["clip1", "clip2"]
    assert str(differences[0]) == "clip1: decision: index of the best class: expected 0, got 1"


def test_a_device_that_stops_answering_keeps_its_results() -> None:
    class Device(ExactDevice):
        def result(self, i: int) -> ClipResult:
            if i == 2:
                raise KwsError("the device at x stopped answering", "what to do")
            return super().result(i)

    result = run(Device())
    assert len(result.results) == 2
    assert result.failure == "the device at x stopped answering\nwhat to do"
    assert result.stats is None


def test_compare_and_locate_directly() -> None:
    result = ExactDevice().result(0)
    assert compare("a", result, CLIPS.features[0], CLIPS.scores[0]) is None
    difference = compare("a", result, CLIPS.features[1], CLIPS.scores[1])
    assert difference is not None and difference.stage == "front end"
    found = locate(difference, CLIPS.features[0].tobytes(), CLIPS.features[1])
    assert found.position == tuple(np.argwhere(CLIPS.features[0] != CLIPS.features[1])[0])


@pytest.mark.parametrize(
    ("count", "limit", "expected"),
    [
        (5, None, [0, 1, 2, 3, 4]),
        (5, 9, [0, 1, 2, 3, 4]),
        (5, 5, [0, 1, 2, 3, 4]),
        (10, 3, [0, 3, 6]),
        (10, 1, [0]),
    ],
)
def test_limit_is_spread_evenly(count: int, limit: int | None, expected: list[int]) -> None:
    assert spread(count, limit) == expected
