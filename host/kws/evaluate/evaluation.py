"""One evaluation: a run's model on a board or at a serial port, clip by clip."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from kws.config.schema import Optimise
from kws.console import log
from kws.evaluate.clips import EvaluatedSplit, TrainedModel, load_clips, load_model
from kws.evaluate.device_run import DeviceRun, run_clips
from kws.evaluate.metrics import Metrics, metrics
from kws.evaluate.profile import OperatorTime, operator_times
from kws.firmware.boards import Board, boards, find_board
from kws.firmware.budget import BudgetLine, budget_lines
from kws.firmware.cmake import build_firmware, build_name
from kws.firmware.faults import describe_fault
from kws.firmware.launch import run_board
from kws.firmware.runtime import ModelRuntime
from kws.firmware.size import Size, firmware_size
from kws.link.client import Device
from kws.link.connect import connect
from kws.link.trace import open_trace
from kws.run.paths import RunPaths
from kws_codegen.protocol.messages import ClipKind, DeviceFault, DeviceInfo

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
    baud: int | None = None  # of the port; None: the board's
    trace: Path | None = None  # file for every packet
    runtime: ModelRuntime = field(default_factory=ModelRuntime)  # what the firmware is built with
    profile: bool = False  # time each operator; takes firmware of its own
    optimise: Optimise | None = None  # None: as the configuration says


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
    faults: list[str]  # that made the device restart
    size: Size | None  # of the firmware; None for this computer and for --port
    budget: list[BudgetLine]  # limits of the configuration that could be checked
    profile: list[OperatorTime]  # of the last clip; empty unless asked for

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
        """Every clip was answered, each as TensorFlow Lite Micro does, within the budget."""
        complete = self.answered == len(self.names) and not self.run.failure
        over_budget = any(line.exceeded for line in self.budget)
        return complete and not self.run.differences and not over_budget


def evaluate(run: RunPaths, options: EvaluationOptions) -> Evaluation:
    """Evaluate a run on a device.

    Raises KwsError for bad input: no model, no clips, no such port, a device that does not
    answer the handshake or was built from something else. A device that stops answering
    later is in the result.
    """
    model = load_model(run)
    options = replace(options, optimise=options.optimise or model.config.firmware.optimise)
    firmware = None if options.port else _build(run, options)
    with _device(firmware, options) as device:
        # Before the clips: a wrong port or firmware is known at once.
        info = device.handshake(model.expected)
        clips = load_clips(run, model, options.data, options.split, options.limit)
        kind = ClipKind.AUDIO if options.input == "audio" else ClipKind.FEATURES
        device_run = run_clips(device, clips, kind)
        profile = []
        if options.profile and not device_run.failure:
            profile = operator_times(model.tflite, device.profile())
    predicted = [result.best for result in device_run.results]
    truth = [int(label) for label in clips.truth]
    board = find_board(options.board)
    size = firmware_size(board, firmware) if firmware and board.flash_bytes else None
    slowest = max((result.inference_time for result in device_run.results), default=None)
    return Evaluation(
        options=options,
        model=model,
        device=info,
        names=clips.names,
        truth=truth,
        metrics=metrics(
            [truth[i] for i in device_run.answered], predicted, model.config.data.labels
        ),
        run=device_run,
        resends=device.resends,
        restarts=device.restarts,
        faults=[_describe(fault, info, run, options) for fault in device.faults],
        size=size,
        profile=profile,
        budget=budget_lines(
            model.config.budget, size, slowest if info.time_unit == "instructions" else None
        ),
    )


def _build(run: RunPaths, options: EvaluationOptions) -> Path:
    log.print(f"building the firmware for {options.board}")
    return build_firmware(
        run.generated,
        _build_folder(run, options, options.board),
        options.board,
        runtime=options.runtime,
        profile=options.profile,
        optimise=options.optimise or "speed",
    )


def _build_folder(run: RunPaths, options: EvaluationOptions, board: str) -> Path:
    choice = options.optimise or "speed"
    return run.build(build_name(board, options.runtime, choice, options.profile))


def _describe(
    fault: DeviceFault, device: DeviceInfo, run: RunPaths, options: EvaluationOptions
) -> str:
    """A fault in words. Behind --port the firmware is what this run built last for the board."""
    board: Board | None = next((b for b in boards() if b.name == device.board), None)
    if board is None:
        return str(fault)
    return describe_fault(
        fault, board, _build_folder(run, options, board.name) / board.firmware_file
    )


@contextmanager
def _device(firmware: Path | None, options: EvaluationOptions) -> Iterator[Device]:
    """A session with the device at --port, or with `firmware` on a board started for it."""
    with ExitStack() as stack:
        if firmware is None:
            assert options.port is not None
            url = options.port
        else:
            url = stack.enter_context(run_board(find_board(options.board), firmware))
        baud = options.baud or find_board(options.board).baud
        trace = None
        if options.trace is not None:
            trace = stack.enter_context(open_trace(options.trace))
        yield stack.enter_context(connect(url, baud, trace))
