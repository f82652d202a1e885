"""One evaluation: a run's model on a board or at a serial port, clip by clip."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from kws.boards import find_board
from kws.build import build_firmware
from kws.console import log
from kws.evaluate.clips import EvaluatedSplit, TrainedModel, load_clips, load_model
from kws.evaluate.device_run import DeviceRun, run_clips
from kws.evaluate.metrics import Metrics, metrics
from kws.link.client import Device
from kws.link.connect import DEFAULT_BAUD, connect
from kws.link.launch import run_board
from kws.link.messages import ClipKind, DeviceFault, DeviceInfo
from kws.link.trace import open_trace
from kws.paths import RunPaths
from kws.runtime import ModelRuntime

InputKind = Literal["audio", "features"]


@dataclass(frozen=True)
class EvaluationOptions:
    """What to evaluate and where. `port` wins over `board`: nothing is built or started then."""

    data: Path | None = None  # a folder of words instead of the run's own data set
    split: EvaluatedSplit = "testing"
    input: InputKind = "audio"  # what is sent: samples, or features of the host
    limit: int | None = None  # at most so many clips
    board: str = "host"
    port: str | None = None  # serial port or socket:// URL of a device that is there
    baud: int = DEFAULT_BAUD
    trace: Path | None = None  # file for every packet
    runtime: ModelRuntime = field(default_factory=ModelRuntime)  # what the firmware is built with


@dataclass(frozen=True)
class Evaluation:
    """All that an evaluation found; kws.evaluate.report writes it down."""

    options: EvaluationOptions
    model: TrainedModel
    device: DeviceInfo
    names: list[str]  # of all clips, answered or not
    truth: list[int]
    metrics: Metrics  # of the answered clips
    run: DeviceRun
    resends: int
    restarts: int
    faults: list[DeviceFault]  # that made the device restart

    @property
    def answered(self) -> int:
        return len(self.run.results)

    @property
    def target(self) -> str:
        """Names the files: the board, and what runs the model unless that is generated C."""
        runtime = self.device.runtime
        return self.device.board if runtime == "static" else f"{self.device.board}-{runtime}"

    @property
    def passed(self) -> bool:
        """Every clip was answered, and each answer is TensorFlow Lite Micro's."""
        return self.answered == len(self.names) and not (self.run.differences or self.run.failure)


def evaluate(run: RunPaths, options: EvaluationOptions) -> Evaluation:
    """Evaluate a run on a device.

    Raises KwsError for bad input: no model, no clips, no such port, a device that does not
    answer the handshake or was built from something else. A device that stops answering
    later is in the result.
    """
    model = load_model(run)
    with _device(run, options) as device:
        # Before the clips: a wrong port or firmware is known at once.
        info = device.handshake(model.expected)
        clips = load_clips(run, model, options.data, options.split, options.limit)
        kind = ClipKind.AUDIO if options.input == "audio" else ClipKind.FEATURES
        device_run = run_clips(device, clips, kind)
    predicted = [result.best for result in device_run.results]
    truth = [int(label) for label in clips.truth]
    return Evaluation(
        options=options,
        model=model,
        device=info,
        names=clips.names,
        truth=truth,
        metrics=metrics(truth[: len(predicted)], predicted, model.config.data.labels),
        run=device_run,
        resends=device.resends,
        restarts=device.restarts,
        faults=device.faults,
    )


@contextmanager
def _device(run: RunPaths, options: EvaluationOptions) -> Iterator[Device]:
    with ExitStack() as stack:
        url = options.port
        if url is None:
            board = find_board(options.board)
            log.print(f"building the firmware for {board.name}")
            folder = run.build(options.runtime.build_name(board.name))
            firmware = build_firmware(run.generated, folder, board.name, runtime=options.runtime)
            url = stack.enter_context(run_board(board, firmware))
        trace = None
        if options.trace is not None:
            trace = stack.enter_context(open_trace(options.trace))
        yield stack.enter_context(connect(url, options.baud, trace))
