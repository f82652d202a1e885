# SPDX-License-Identifier: Apache-2.0
"""The C detector against its rules in plain Python, over random streams and configurations."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kws.detect import Detection, Detector
from kws_codegen.base.detect_config import DetectConfig
from kws_codegen.base.errors import KwsError

LABELS = ("_silence_", "_unknown_", "yes", "no", "up")
HOP_MS = 20


def detections(config: DetectConfig, scores: np.ndarray) -> list[Detection]:
    """The rules as firmware/detect/detect.h states them, in exact integers."""
    waits = config.refractory_decisions(HOP_MS)
    found: list[Detection] = []
    run, before = 0, None
    for n in range(config.smoothing - 1, len(scores)):
        last = scores[n - config.smoothing + 1 : n + 1].astype(int) + 128
        sums = last.sum(axis=0)
        over = [
            (int(sums[c]), -c)
            for c, word in enumerate(LABELS[2:], 2)
            if sums[c] * 256
            >= config.smoothing * round(config.thresholds.get(word, config.threshold) * 65536)
            and config.thresholds.get(word, config.threshold) < 1
        ]
        best = -max(over)[1] if over else None
        run = run + 1 if best == before else 1
        before = best
        late = not found or n - found[-1].decision >= waits
        if best is not None and run >= config.consecutive and late:
            score = int(sums[best]) * 256 // config.smoothing / 65536
            found.append(Detection(n, best, score))
    return found


@settings(max_examples=200)
@given(
    st.builds(
        DetectConfig,
        smoothing=st.integers(1, 12),
        consecutive=st.integers(1, 5),
        refractory_ms=st.integers(0, 2000),
        threshold=st.floats(0, 1),
        thresholds=st.dictionaries(st.sampled_from(LABELS[2:]), st.floats(0, 1)),
    ),
    st.integers(0, 60),
    st.integers(0, 2**32 - 1),
)
def test_the_rules(config: DetectConfig, decisions: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    steps = random.integers(-90, 91, (decisions, len(LABELS))).cumsum(axis=0)
    scores = np.clip(steps, -128, 127).astype(np.int8)
    assert list(Detector(config, LABELS, HOP_MS).events(scores)) == detections(config, scores)


def test_smoothed_is_what_thresholds_are_compared_with() -> None:
    random = np.random.default_rng(1)
    scores = random.integers(-128, 128, (300, len(LABELS))).astype(np.int8)
    detector = Detector(DetectConfig(threshold=0.6, refractory_ms=0), LABELS, HOP_MS)
    smoothed = detector.smoothed(scores)
    mean = [(scores[n - 3 : n + 1].astype(int) + 128).mean(axis=0) / 256 for n in range(3, 300)]
    assert np.array_equal(smoothed[3:], mean)
    assert not smoothed[:3].any()
    assert len(detector.events(scores)) == (smoothed[:, 2:].max(axis=1) >= 0.6).sum() > 0


def test_other_thresholds() -> None:
    random = np.random.default_rng(2)
    scores = random.integers(-128, 128, (500, len(LABELS))).astype(np.int8)
    detector = Detector(DetectConfig(), LABELS, HOP_MS)
    lower = {"yes": 0.5, "no": 0.6, "up": 0.55}
    other = detector.with_thresholds([0.0, 0.0, *lower.values()])
    config = DetectConfig(thresholds=lower)
    assert other.events(scores) == Detector(config, LABELS, HOP_MS).events(scores) != ()
    assert other.thresholds[:2] == (1, 1)  # no words
    assert other.thresholds[2:] == pytest.approx(tuple(lower.values()), abs=1e-5)


def test_a_stream_without_decisions() -> None:
    detector = Detector(DetectConfig(), LABELS, HOP_MS)
    assert detector.events(np.zeros((0, len(LABELS)), np.int8)) == ()
    assert detector.smoothed(np.zeros((0, len(LABELS)), np.int8)).shape == (0, len(LABELS))


@pytest.mark.parametrize(
    "scores",
    [np.zeros((4, 4), np.int8), np.zeros(5, np.int8), np.zeros((4, 5), np.int16)],
    ids=["classes", "dimensions", "type"],
)
def test_other_arrays_are_refused(scores: np.ndarray) -> None:
    with pytest.raises(KwsError, match=r"takes int8 \[decisions, 5\]"):
        Detector(DetectConfig(), LABELS, HOP_MS).events(scores)


def test_other_thresholds_are_counted() -> None:
    with pytest.raises(KwsError, match="5 classes"):
        Detector(DetectConfig(), LABELS, HOP_MS).with_thresholds([0.5])
    with pytest.raises(KwsError, match="from 0 to 1"):
        Detector(DetectConfig(), LABELS, HOP_MS).with_thresholds([0.5] * 4 + [1.5])


def test_a_threshold_of_no_word() -> None:
    for word in ("yess", "_unknown_"):
        with pytest.raises(KwsError, match=f"names '{word}', which is no wanted word") as error:
            Detector(DetectConfig(thresholds={word: 0.5}), LABELS, HOP_MS)
    assert error.value.hint == "the words: yes, no, up."


@pytest.mark.parametrize(
    ("interval_ms", "hop_ms", "frames", "waits"),
    [(80, 20, 4, 13), (80, 30, 3, 12), (10, 20, 1, 50), (1, 128, 1, 8), (75, 30, 3, 12)],
)
def test_whole_hops(interval_ms: int, hop_ms: int, frames: int, waits: int) -> None:
    config = DetectConfig(interval_ms=interval_ms)
    assert config.decision_frames(hop_ms) == frames
    assert config.refractory_decisions(hop_ms) == waits
    assert replace(config, refractory_ms=0).refractory_decisions(hop_ms) == 0
