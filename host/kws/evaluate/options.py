# SPDX-License-Identifier: Apache-2.0
"""What an evaluation is asked for."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from kws.config.schema import Optimise
from kws.evaluate.clips import EvaluatedSplit
from kws.firmware.runtime import ModelRuntime

InputKind = Literal["audio", "features"]
MOST_JOBS = 64


@dataclass(frozen=True)
class EvaluationOptions:
    """What to evaluate and where. `ports` win over `board`: nothing is built or started then."""

    data: Path | None = None  # a folder of words instead of the run's own data set
    split: EvaluatedSplit = "testing"
    input: InputKind = "audio"  # what is sent: samples, or features of the host
    limit: int | None = None  # at most so many clips
    board: str = "host"
    ports: tuple[str, ...] = ()  # serial ports or socket:// URLs of devices that are there
    jobs: int | None = None  # so many of `board` are started; None: one, on Ray all there are
    ray: str | None = None  # address of a Ray cluster, whose machines have the devices
    bauds: tuple[int, ...] = ()  # of each port; none: the board's
    trace: Path | None = None  # file for every packet
    patience_s: float | None = None  # with a device that does not answer; None: the usual
    runtime: ModelRuntime = field(default_factory=ModelRuntime)  # what the firmware is built with
    profile: bool = False  # time each operator; takes firmware of its own
    optimise: Optimise | None = None  # None: as the configuration says

    def baud_of(self, port: str) -> int | None:
        """Of one of the ports; None: the board's."""
        return dict(zip(self.ports, self.bauds, strict=False)).get(port)
