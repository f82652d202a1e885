# SPDX-License-Identifier: Apache-2.0
"""A device under test: what a team's tests ask of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kws.evaluate.clips import EvaluatedSplit, TrainedModel, load_clips, load_model
from kws.evaluate.device_session import NamedDevice, open_devices
from kws.evaluate.evaluation import evaluate_with
from kws.evaluate.options import EvaluationOptions, InputKind
from kws.evaluate.report import EvaluationReport
from kws.firmware.boards import find_board
from kws.run.paths import RunPaths
from kws.run.pipeline import Pipeline
from kws_codegen.base.errors import KwsError
from kws_codegen.protocol.messages import ClipKind, ClipResult, DeviceInfo


@dataclass(frozen=True)
class Clip:
    """A recording of the run's data set. audio: int16 [clip_samples] at the run's rate."""

    name: str
    label: str
    audio: npt.NDArray[np.int16]


@dataclass(frozen=True)
class Answer:
    """What the device says of a clip."""

    label: str  # with the highest score
    scores: dict[str, int]  # int8, by label
    result: ClipResult  # all of it, with times in the device's unit (info.time_unit)


class DeviceUnderTest:
    """A session with a device that runs a run's firmware.

    Attributes:
        info: what it said in the handshake: board, versions, hashes, sizes, time unit.
        labels: the class names, in the order of the scores.
    """

    def __init__(
        self,
        run: RunPaths,
        model: TrainedModel,
        device: NamedDevice,
        info: DeviceInfo,
        options: EvaluationOptions,
        firmware: Path | None,
    ) -> None:
        self.info = info
        self.labels = model.config.data.labels
        self._run = run
        self._model = model
        self._device = device
        self._options = options
        self._firmware = firmware

    def clips(self, split: EvaluatedSplit = "testing", limit: int | None = None) -> list[Clip]:
        """Clips of the run's data set, at most so many, spread over the split."""
        clips = load_clips(self._run, self._model, None, split, limit)
        return [
            Clip(name, self.labels[truth], audio)
            for name, truth, audio in zip(clips.names, clips.truth, clips.audio, strict=True)
        ]

    def classify(self, audio: npt.NDArray[np.int16]) -> Answer:
        """Send samples, int16 [info.clip_samples], through front end and model of the device.

        KwsError for another shape or type, or when the device does not answer.
        """
        if audio.shape != (self.info.clip_samples,) or audio.dtype != np.int16:
            raise KwsError(
                f"audio is {audio.dtype} {list(audio.shape)}, "
                f"and a clip is int16 [{self.info.clip_samples}]",
                f"Cut or pad it; the rate is {self.info.sample_rate_hz} Hz.",
            )
        sent = audio.astype("<i2").tobytes()
        result = self._device.session.classify(ClipKind.AUDIO, sent)
        scores = dict(zip(self.labels, result.scores, strict=True))
        return Answer(self.labels[result.best], scores, result)

    def evaluate(
        self,
        split: EvaluatedSplit = "testing",
        limit: int | None = None,
        input: InputKind = "audio",
        data: Path | None = None,
    ) -> EvaluationReport:
        """As `kws evaluate` with these options, but nothing is written.

        `passed`: each clip was answered exactly as TensorFlow Lite Micro does, within the budget.
        """
        options = EvaluationOptions(
            **{**vars(self._options), "split": split, "limit": limit, "input": input, "data": data}
        )
        return evaluate_with([self._device], self._run, options, self._firmware).report


@contextmanager
def device_under_test(
    run: str, board: str = "", port: str = "", baud: str = ""
) -> Iterator[DeviceUnderTest]:
    """The device at `port`, or `board` (host when empty) with the run's firmware; gone afterwards.

    KwsError when the run lacks something, the firmware cannot be built or started, or the device
    does not run what the run has made.
    """
    if not run:
        raise KwsError(
            "no run folder is named", "Use --kws-run FOLDER, or kws_run = FOLDER in the ini file."
        )
    if baud and not baud.isdigit():
        raise KwsError(f"{baud} is no baud rate", "Use --kws-baud 921600, or leave it out.")
    options = EvaluationOptions(
        board=find_board(board or "host").name,
        ports=(port,) if port else (),
        bauds=(int(baud),) if baud and port else (),
    )
    pipeline = Pipeline.open(Path(run))
    model = load_model(pipeline.run)
    firmware = None if port else pipeline.build(options.board)
    with open_devices(options, firmware) as (device,):
        info = device.session.handshake(model.expected)
        yield DeviceUnderTest(pipeline.run, model, device, info, options, firmware)
