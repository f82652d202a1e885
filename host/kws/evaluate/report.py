# SPDX-License-Identifier: Apache-2.0
"""The result of an evaluation, as <target>.json holds it: every figure, with its options."""

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from kws.config.schema import Optimise
from kws.evaluate.parity import ClipDifference
from kws.evaluate.profile import OperatorTime
from kws.firmware.budget import BudgetLine
from kws.firmware.size import Size
from kws.link.listening_cost import ListeningCost
from kws.metrics.confusion import Metrics, WordScore
from kws.metrics.verdict import accuracy_verdict
from kws.quantize.cross_validation import CrossValidation
from kws_codegen.base.json_file import read_json, write_json


@dataclass(frozen=True)
class Parity:
    """How many clips were answered, and how many as TensorFlow Lite Micro does."""

    clips: int
    identical: int
    differences: tuple[ClipDifference, ...]


@dataclass(frozen=True)
class Spread:
    """Of a time over the clips, in the device's unit."""

    median: float
    mean: float
    min: int
    max: int


def spread_of(values: Sequence[int]) -> Spread | None:
    """None when nothing was measured."""
    if not values:
        return None
    return Spread(statistics.median(values), statistics.fmean(values), min(values), max(values))


@dataclass(frozen=True)
class Timing:
    """Times of a whole clip; None where nothing was measured.

    A device at a port gets all but the first clips while it computes, and the bytes that come in
    cost it time: only clips without that are measured.
    """

    unit: str
    front_end: Spread | None
    frames: int  # of a clip
    inference: Spread | None
    clips: int | None = None  # that were measured


@dataclass(frozen=True)
class EvaluatedModel:
    """Which model it was."""

    sha256: str
    tflite_bytes: int


@dataclass(frozen=True)
class Memory:
    """What the device says of its memory, and what the linker said of the firmware."""

    weights_bytes: int
    activation_bytes: int
    model_used_bytes: int | None  # None when the device stopped answering
    stack_peak_bytes: int | None
    firmware: Size | None  # None for this computer and for --port


@dataclass(frozen=True)
class EvaluatedDevice:
    """What the device said of itself."""

    board: str
    firmware_version: str
    runtime: str
    protocol_version: int


@dataclass(frozen=True)
class LinkUse:
    """What went over the serial lines of all devices, this time. None: not known."""

    seconds: float
    clips_per_second: float
    taken_over: int  # answers from an evaluation that was interrupted
    resends: int
    restarts: int
    faults: tuple[str, ...]  # that made the device restart
    damaged_frames_at_device: int | None
    requests: int | None = None
    timeouts: int | None = None  # requests that nothing answered in time
    damaged_frames_here: int | None = None
    outages: int | None = None  # times a port was gone and came back
    sent_bytes: int | None = None
    received_bytes: int | None = None
    line_rate_share: float | None = None  # of what the baud rate carries to the devices


@dataclass(frozen=True)
class DeviceShare:
    """What one of the devices did that shared the clips; times and counts are of this time."""

    name: str  # the port, or the board that was started
    clips: int  # that it answered, those before an interruption included
    differing: int  # of these, from TensorFlow Lite Micro
    seconds: float  # that it was at work
    clips_per_second: float
    resends: int
    restarts: int
    failure: str  # why it stopped answering; "" when it did not


@dataclass(frozen=True)
class EvaluationReport:
    """One evaluation, as `kws evaluate` prints and keeps it."""

    target: str
    date: str  # when it began, ISO 8601, UTC
    kws_version: str
    kws_commit: str | None  # None when kws is no checkout
    ports: tuple[str, ...]  # empty when the board was started for it
    split: str
    input: str
    limit: int | None
    data: str  # folder of the recordings
    own_data: bool  # the run's own, not --data
    optimise: Optimise | None  # None for --port: not ours to know
    clips: int  # that were answered
    unanswered: int
    synthetic_clips: int  # of all that were sent: spoken by the synthesiser, not recorded
    failure: str  # why every device stopped answering; "" when one did not
    faulting_clips: tuple[str, ...]  # on which devices fault every time
    accuracy: float
    accuracy_interval_95: tuple[float, float]
    labels: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]  # rows are the truth, columns the prediction
    words: tuple[WordScore, ...]
    parity: Parity
    timing: Timing
    profile: tuple[OperatorTime, ...]  # of the last clip; empty unless asked for
    profile_differences: tuple[str, ...]  # devices whose counts are others
    model: EvaluatedModel
    memory: Memory
    budget: tuple[BudgetLine, ...]  # limits of the configuration that could be checked
    device: EvaluatedDevice
    link: LinkUse
    devices: tuple[DeviceShare, ...]
    cross_validation: CrossValidation | None = None  # of the run; None with --data
    known_voices: int = 0  # of the clips: by speakers who are heard in training
    form: str = ""  # of the model on the device, in words; "" when that is not known
    listening: ListeningCost | None = None  # None: not measured

    @property
    def whole(self) -> bool:
        """Every clip was answered."""
        return not self.unanswered and not self.failure

    @property
    def passed(self) -> bool:
        """Every clip was answered, each as TensorFlow Lite Micro does, within the budget."""
        over_budget = any(line.exceeded for line in self.budget)
        return self.whole and not self.parity.differences and not over_budget

    @cached_property
    def metrics(self) -> Metrics:
        return Metrics(self.labels, np.array(self.confusion, np.int64))

    @property
    def verdict(self) -> str:
        """What the accuracy is worth, in words; "" where there is nothing to say."""
        can_fold = self.own_data and self.cross_validation is None
        return accuracy_verdict(self.metrics, self.synthetic_clips, self.known_voices, can_fold)

    def save(self, path: Path) -> None:
        """Write <target>.json."""
        write_json(path, self, verdict=self.verdict)


def plain_name(text: str) -> str:
    """Text as a part of a file name: what a device or a folder is called never makes a path."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", text)[:40]


def tells_most(report: EvaluationReport) -> tuple[bool, int, bool, str]:
    """Sort key of a run's evaluations: the one that says most of what the run is worth first.

    That is one of its own testing split; of those with the most clips; of those this computer.
    """
    own = report.own_data and report.split == "testing"
    return not own, -report.clips, report.target != "host", report.target


def load_report(path: Path) -> EvaluationReport:
    """Read <target>.json. KwsError when it is missing or damaged."""
    return read_json(path, EvaluationReport, "kws evaluate")
