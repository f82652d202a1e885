# SPDX-License-Identifier: Apache-2.0
"""The configuration of the detector, with its checks: how decisions become detected words."""

from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Literal

from pydantic.dataclasses import dataclass

from kws_codegen.base.feature_config import STRICT, Fraction
from kws_codegen.base.ranges import Range

Form = Literal["auto", "rows", "window"]


@dataclass(frozen=True, config=STRICT)
class DetectConfig:
    """How often the model decides, and when its decisions are a detected word.

    Does not touch what the model learns: another value needs another firmware, no other training.
    """

    interval_ms: Annotated[int, Range(1, 10_000)] = 80  # between decisions; rounded to whole hops
    smoothing: Annotated[int, Range(1, 100)] = 4  # decisions whose scores are averaged
    threshold: Fraction = 0.7  # least average score of a detected word; 1: never
    thresholds: Mapping[str, Fraction] = field(default_factory=dict)  # by word, before `threshold`
    consecutive: Annotated[int, Range(1, 100)] = 1  # decisions in a row with the same best word
    refractory_ms: Annotated[int, Range(0, 60_000)] = 1000  # least time between two detections
    gate_dbfs: Annotated[float, Range(-120, 0)] = 0.0  # quieter sound is not decided on; 0: all is
    form: Form = "auto"  # of the model on the device: new rows only, or the whole window each time

    def decision_frames(self, hop_ms: int) -> int:
        """Hops between two decisions, at least one."""
        return max(1, (2 * self.interval_ms + hop_ms) // (2 * hop_ms))

    def refractory_decisions(self, hop_ms: int) -> int:
        """Fewest decisions from one detection to the next: refractory_ms or a little more."""
        return -(-self.refractory_ms // (self.decision_frames(hop_ms) * hop_ms))
