# SPDX-License-Identifier: Apache-2.0
"""Is the device exact? Each answer against TensorFlow Lite Micro on the host's features."""

import zlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from kws_codegen.protocol.messages import ClipResult
from kws_codegen.protocol.wire import MessageError

Int8 = npt.NDArray[np.int8]
Stage = Literal["front end", "inference", "decision"]


@dataclass(frozen=True)
class ClipDifference:
    """The first stage of a clip where the device differs, and the first value there.

    position: (frame, channel) of a feature, (class,) of a score, () when only the CRC of the
    features is known to differ.
    """

    clip: str
    stage: Stage
    position: tuple[int, ...]
    expected: int
    actual: int

    def __str__(self) -> str:
        where = {
            0: "CRC-32 of the features",
            1: "score of class {}",
            2: "frame {}, channel {}",
        }[len(self.position)].format(*self.position)
        if self.stage == "decision":
            where = "index of the best class"
        return f"{self.clip}: {self.stage}: {where}: expected {self.expected}, got {self.actual}"


def compare(clip: str, result: ClipResult, features: Int8, scores: Int8) -> ClipDifference | None:
    """The first difference of an answer, None when it is exact.

    features: int8 [frames, channels] of the host; scores: int8 [classes] of TensorFlow Lite
    Micro for them.
    """
    crc = zlib.crc32(np.ascontiguousarray(features).tobytes())
    if result.features_crc != crc:
        return ClipDifference(clip, "front end", (), crc, result.features_crc)
    actual = np.array(result.scores, np.int8)
    wrong = np.flatnonzero(actual != scores)
    if wrong.size:
        i = int(wrong[0])
        return ClipDifference(clip, "inference", (i,), int(scores[i]), int(actual[i]))
    best = int(np.argmax(scores))
    if result.best != best:
        return ClipDifference(clip, "decision", (), best, result.best)
    return None


def locate(difference: ClipDifference, device_features: bytes, features: Int8) -> ClipDifference:
    """The same difference of the front end with its first frame and channel.

    device_features: int8 bytes [frames * channels] read back from the device. Unchanged when
    they are the host's: then the device's features differ from one time to the next.
    MessageError when they are not as many.
    """
    if len(device_features) != features.size:
        raise MessageError(f"{len(device_features)} features of a clip for {features.size}")
    actual = np.frombuffer(device_features, np.int8).reshape(features.shape)
    wrong = np.argwhere(actual != features)
    if not wrong.size:
        return difference
    frame, channel = (int(i) for i in wrong[0])
    return ClipDifference(
        difference.clip,
        "front end",
        (frame, channel),
        int(features[frame, channel]),
        int(actual[frame, channel]),
    )
