# SPDX-License-Identifier: Apache-2.0
"""What a device should decide on a stream: front end, TensorFlow Lite Micro and detector, here."""

import numpy as np

from kws.config.schema import Config
from kws.detect import Detection, Detector, Gate
from kws.features import FrontEnd, quantize
from kws.inference.golden import Golden
from kws.link.listening import StreamDecision


def expected_decisions(
    config: Config, model: bytes, samples: np.ndarray
) -> list[tuple[int, list[int], Detection | None]]:
    """As plain() gives them, for a stream int16 [n]."""
    features, golden = config.features, Golden(model)
    rows = quantize(
        FrontEnd(features).process(samples),
        golden.input_scale, golden.input_zero_point, features.output_scale,
    )  # fmt: skip
    given = Gate(config.detect, features, config.frames).rows(samples)
    every = config.detect.decision_frames(features.hop_ms)
    ends = [
        end
        for end in range(config.frames, len(given) + 1, every)
        if given[end - 1].row == given[end - 1].heard
    ]
    windows = [rows[[row.row for row in given[end - config.frames : end]]] for end in ends]
    scores = np.array([golden.invoke(window) for window in windows], np.int8)
    scores = scores.reshape(len(ends), len(config.data.labels))
    events = Detector(config.detect, config.data.labels, features.hop_ms).events(scores)
    found = {event.decision: event for event in events}
    first, hop = features.window_samples, features.hop_samples
    return [
        (first + given[end - 1].row * hop, scores[i].tolist(), found.get(i))
        for i, end in enumerate(ends)
    ]


def plain(decision: StreamDecision) -> tuple[int, list[int], Detection | None]:
    """Samples, scores, event."""
    return decision.samples, decision.scores.tolist(), decision.event


def babble(config: Config, seconds: float, seed: int, quiet_s: float = 0) -> np.ndarray:
    """Tones and noise that change all the time, int16 [n]; in the middle near silence."""
    random = np.random.default_rng(seed)
    rate = config.features.sample_rate_hz
    parts = []
    for _ in range(int(seconds * 5)):
        t = np.arange(rate // 5) / rate
        tone = np.sin(2 * np.pi * random.uniform(100, rate / 2) * t) * 10 ** random.uniform(2, 4.3)
        parts.append(tone + random.normal(0, 10 ** random.uniform(0, 3.5), len(t)))
    half = len(parts) // 2
    parts.insert(half, random.normal(0, 3, int(quiet_s * rate)))
    return np.clip(np.concatenate(parts), -32768, 32767).astype(np.int16)
