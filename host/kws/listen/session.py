# SPDX-License-Identifier: Apache-2.0
"""One session: blocks of sound to a device, levels, scores and detections back, as they come."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from kws.data.audio import FULL_SCALE, Samples
from kws.link.client import Device
from kws.link.listening import StreamDecision

SILENT_DBFS = -100.0
"""The level of no sound at all."""


@dataclass(frozen=True)
class Heard:
    """What came of a block of sound.

    Attributes:
        block: int16 [n].
        samples: heard in the session so far, this block included.
        level_dbfs: mean square of the block, full scale 0.
        decisions: made meanwhile; their samples count from the beginning of the session.
    """

    block: Samples
    samples: int
    level_dbfs: float
    decisions: tuple[StreamDecision, ...]


def listen(device: Device, blocks: Iterable[Samples]) -> Iterator[Heard]:
    """Let the device hear block after block. Raises as Device.listen_live()."""
    samples = 0
    for block, decisions in device.listen_live(blocks):
        samples += len(block)
        yield Heard(block, samples, level_dbfs(block), decisions)


def level_dbfs(block: Samples) -> float:
    """Mean square of int16 [n] in decibels of full scale, SILENT_DBFS at least."""
    mean_square = float(np.square(block.astype(np.float64)).mean()) if len(block) else 0.0
    floor = 10 ** (SILENT_DBFS / 10)
    return float(10 * np.log10(max(mean_square / FULL_SCALE**2, floor)))
