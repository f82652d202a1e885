# SPDX-License-Identifier: Apache-2.0
"""What the host hears in a stream: the scores of every decision, by TensorFlow Lite Micro.

The front end runs once over the whole stream, as on the device; each decision is one inference on
the last frames. Decision n comes when frame `frames + n * stride` is complete.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kws.config.schema import Config
from kws.data.audio import Samples
from kws.detect import Detector
from kws.features import FrontEnd, quantize
from kws.inference.golden import Golden, golden_outputs
from kws.inference.static_runner import StaticRunner

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

    def heard(self, decision: int) -> int:
        """Samples that the device has taken when it decides: the end of the last frame."""
        frame = self.frames - 1 + decision * self.stride
        return self.window_samples + frame * self.hop_samples


def listening(config: Config) -> Listening:
    """Of a configuration."""
    features = config.features
    return Listening(
        frames=config.frames,
        stride=config.detect.decision_frames(features.hop_ms),
        window_samples=features.window_samples,
        hop_samples=features.hop_samples,
        rate_hz=features.sample_rate_hz,
        labels=config.data.labels,
    )


def stream_scores(config: Config, model: bytes, samples: Samples, *, exact: bool = True) -> Int8:
    """The scores of each decision on int16 [n]: int8 [decisions, classes].

    `exact` asks TensorFlow Lite Micro, which takes milliseconds a decision and is kept on disk;
    else the static C model does it, whose scores `kws verify` has shown to be the same. Raises
    KwsError as Golden and StaticRunner do.
    """
    timing = listening(config)
    golden = Golden(model)
    rows = quantize(
        FrontEnd(config.features).clip(samples),
        golden.input_scale,
        golden.input_zero_point,
        config.features.output_scale,
    )
    count = timing.decisions(len(rows))
    if not count:
        return np.empty((0, int(np.prod(golden.output_shape))), np.int8)
    windows = np.lib.stride_tricks.sliding_window_view(rows, timing.frames, axis=0)
    windows = windows[:: timing.stride].transpose(0, 2, 1)
    ask = StaticRunner(model).outputs if not exact else None
    batches = []
    for start in range(0, count, _BATCH):
        inputs = np.ascontiguousarray(windows[start : start + _BATCH])
        batches.append(ask(inputs) if ask else golden_outputs(model, inputs))
    return np.concatenate(batches)


def detector_of(config: Config) -> Detector:
    """The detector with the thresholds of a configuration."""
    return Detector(config.detect, config.data.labels, config.features.hop_ms)
