# SPDX-License-Identifier: Apache-2.0
"""What the host hears in a stream: the scores of every decision, by TensorFlow Lite Micro.

The front end runs once over the whole stream, as on the device; each decision is one inference on
the last frames that the model was given: all of them, unless there is an energy gate.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kws.config.schema import Config
from kws.data.audio import Samples
from kws.detect import Detector, Gate
from kws.features import FrontEnd, quantize
from kws.inference.clip_scores import class_scores
from kws.inference.golden import Golden, golden_outputs
from kws.inference.static_runner import StaticRunner
from kws_codegen.fit import check_fit
from kws_codegen.tflite.reader import read_tflite

Int8 = npt.NDArray[np.int8]

_BATCH = 4096  # decisions whose windows are laid out at a time


@dataclass(frozen=True)
class Listening:
    """What there is to decide and how often, in the units of the front end."""

    frames: int  # of a window
    stride: int  # frames from one decision to the next
    window_samples: int  # of the first frame
    hop_samples: int
    rate_hz: int
    labels: tuple[str, ...]  # of the classes

    def decisions(self, frames: int) -> int:
        """How many decisions so many frames give."""
        return max(0, (frames - self.frames) // self.stride + 1)


def listening(config: Config, model: bytes) -> Listening:
    """Of a configuration and a model; KwsError when the model does not fit.

    A model that remembers by itself hears as many new frames for each decision as it takes at a
    time.
    """
    features = config.features
    fit = check_fit(read_tflite(model), config.interface)
    steps = fit.steps > 1
    return Listening(
        frames=fit.step_frames if steps else config.frames,
        stride=fit.step_frames if steps else config.detect.decision_frames(features.hop_ms),
        window_samples=features.window_samples,
        hop_samples=features.hop_samples,
        rate_hz=features.sample_rate_hz,
        labels=config.data.labels,
    )


@dataclass(frozen=True, eq=False)
class Decisions:
    """The decisions of one stream, n of them.

    Attributes:
        scores: int8 [n, classes].
        heard: int64 [n]: samples of the stream that were heard when each was taken.
    """

    scores: Int8
    heard: npt.NDArray[np.int64]


def host_decisions(
    config: Config, model: bytes, samples: Samples, *, exact: bool = True
) -> Decisions:
    """What the firmware decides on int16 [n].

    `exact` asks TensorFlow Lite Micro, which takes milliseconds a decision and is kept on disk;
    else the static C model does it, whose scores `kws verify` has shown to be the same. Raises
    KwsError as Golden and StaticRunner do.
    """
    timing = listening(config, model)
    golden = Golden(model)
    given = Gate(config.detect, config.features, config.frames).rows(samples)
    rows = quantize(
        FrontEnd(config.features).clip(samples),
        golden.input_scale,
        golden.input_zero_point,
        config.features.output_scale,
    )[[frame.row for frame in given]]
    count = timing.decisions(len(rows))
    if not count:
        empty = np.empty((0, len(config.data.labels)), np.int8)
        return Decisions(empty, np.empty(0, np.int64))
    windows = np.lib.stride_tricks.sliding_window_view(rows, timing.frames, axis=0)
    windows = windows[:: timing.stride].transpose(0, 2, 1)
    fit = check_fit(read_tflite(model), config.interface)
    # The whole stream is one sequence for a model that remembers, a window for another.
    batch, steps = (count, count) if fit.steps > 1 else (_BATCH, 1)
    ask = StaticRunner(model).outputs if not exact else None
    batches = []
    for start in range(0, count, batch):
        inputs = np.ascontiguousarray(windows[start : start + batch])
        outputs = ask(inputs, steps) if ask else golden_outputs(model, inputs, steps=steps)
        batches.append(class_scores(fit, outputs))
    last = given[timing.frames - 1 :: timing.stride]
    # A device decides on no row that waited behind the gate.
    taken = np.array([frame.row == frame.heard for frame in last])
    frames = np.array([frame.heard for frame in last], np.int64)[taken]
    heard = timing.window_samples + frames * timing.hop_samples
    return Decisions(np.concatenate(batches)[taken], heard)


def detector_of(config: Config) -> Detector:
    """The detector with the thresholds of a configuration."""
    return Detector(config.detect, config.data.labels, config.features.hop_ms)
