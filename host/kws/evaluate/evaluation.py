# SPDX-License-Identifier: Apache-2.0
"""One evaluation: a run's model on a board or at a serial port, clip by clip."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import Any

from kws.console import log
from kws.data.spoken import is_spoken
from kws.evaluate.clips import Clips, TrainedModel, load_clips, load_model
from kws.evaluate.device_run import DeviceRun, Share, payload, run_clips
from kws.evaluate.device_session import NamedDevice, handshakes, open_devices
from kws.evaluate.duty import cost_of_listening
from kws.evaluate.journal import Journal
from kws.evaluate.options import EvaluationOptions
from kws.evaluate.profile import Profile, profile_of
from kws.evaluate.report import (
    DeviceShare,
    EvaluatedDevice,
    EvaluatedModel,
    EvaluationReport,
    LinkUse,
    Memory,
    Parity,
    Timing,
    plain_name,
    spread_of,
)
from kws.firmware.boards import Board, boards, find_board
from kws.firmware.budget import BudgetLine, budget_lines
from kws.firmware.cmake import build_name
from kws.firmware.faults import describe_fault
from kws.firmware.size import Size, firmware_size
from kws.link.connect import BITS_PER_BYTE, has_baud_rate
from kws.link.counters import LinkCounters
from kws.link.listening_cost import ListeningCost
from kws.metrics.confusion import Metrics, metrics
from kws.quantize import form_of
from kws.quantize.cross_validation import CrossValidation, current_cross_validation
from kws.run.paths import RunPaths
from kws.source import source_commit
from kws_codegen.base.hashes import file_hash
from kws_codegen.base.version import VERSION
from kws_codegen.protocol.messages import ClipKind, DeviceFault, DeviceInfo


@dataclass(frozen=True)
class Evaluation:
    """All that an evaluation found, clip by clip; `report` sums it up."""

    options: EvaluationOptions
    date: datetime  # when it began
    data: Path  # folder of the recordings
    model: TrainedModel
    device: DeviceInfo
    names: list[str]  # of all clips, answered or not
    truth: list[int]
    known_voices: int  # of the clips: by speakers who are heard in training
    metrics: Metrics  # of the answered clips
    run: DeviceRun
    journal: Journal | None
    faults: list[str]  # that made devices restart
    size: Size | None  # of the firmware; None for this computer and for --port
    budget: list[BudgetLine]  # limits of the configuration that could be checked
    profile: Profile  # of the last clip; empty unless asked for
    form: str  # of the model on the device, in words; "" when that is not known
    listening: ListeningCost | None
    cross_validation: CrossValidation | None  # of the run, beside its own data

    @property
    def answered(self) -> int:
        return len(self.run.results)

    @property
    def restarts(self) -> int:
        """Of all devices."""
        return sum(share.restarts for share in self.run.shares.values())

    @property
    def target(self) -> str:
        """Names the files: the board, and what tells its firmware from the usual one."""
        parts = [plain_name(self.device.board)]
        if self.device.runtime != "static":
            parts.append(self.device.runtime)
        if self.options.ports:
            parts.append("port")
        else:
            parts += ["size"] * (self.options.optimise == "size")
            parts += ["profile"] * self.options.profile
        return "-".join(parts)

    def finish(self) -> None:
        """The report is written: an evaluation that is whole is not gone on with."""
        if self.journal is not None and self.report.whole:
            self.journal.finish()

    @property
    def passed(self) -> bool:
        """As the report says."""
        return self.report.passed

    @cached_property
    def report(self) -> EvaluationReport:
        """What is kept of it."""
        options, device, run = self.options, self.device, self.run
        timed = run.timed_results
        stats = [share.stats for share in run.shares.values() if share.stats]
        return EvaluationReport(
            target=self.target,
            date=self.date.isoformat(timespec="seconds"),
            kws_version=VERSION,
            kws_commit=source_commit(),
            ports=options.ports,
            split=options.split,
            input=options.input,
            limit=options.limit,
            data=str(self.data),
            own_data=options.data is None,
            optimise=None if options.ports else options.optimise,
            clips=self.answered,
            unanswered=len(self.names) - self.answered,
            synthetic_clips=sum(map(is_spoken, self.names)),
            known_voices=self.known_voices,
            failure=run.failure,
            faulting_clips=tuple(run.lost),
            accuracy=self.metrics.accuracy,
            accuracy_interval_95=self.metrics.interval_95,
            labels=self.metrics.labels,
            confusion=tuple(map(tuple, self.metrics.confusion.tolist())),
            words=self.metrics.words,
            parity=Parity(
                self.answered, self.answered - len(run.differences), tuple(run.differences)
            ),
            timing=Timing(
                unit=device.time_unit,
                front_end=spread_of([r.front_end_time for r in timed if r.frames]),
                frames=device.frames,
                inference=spread_of([r.inference_time for r in timed]),
                clips=len(timed),
            ),
            form=self.form,
            listening=self.listening,
            profile=tuple(self.profile.operators),
            profile_differences=tuple(self.profile.differences),
            model=EvaluatedModel(self.model.expected.model_hash, len(self.model.tflite)),
            memory=Memory(
                weights_bytes=device.weights_bytes,
                activation_bytes=device.activation_bytes,
                model_used_bytes=max((s.model_used_bytes for s in stats), default=None),
                stack_peak_bytes=max((s.stack_peak_bytes for s in stats), default=0) or None,
                firmware=self.size,
            ),
            budget=tuple(self.budget),
            device=EvaluatedDevice(
                device.board, device.firmware_version, device.runtime, device.protocol_version
            ),
            link=self._link_use(),
            devices=tuple(_share(share) for share in run.shares.values()),
            cross_validation=self.cross_validation,
        )

    def _link_use(self) -> LinkUse:
        run, ports, seconds = self.run, self.options.ports, max(self.run.seconds, 1e-9)
        stats = [share.stats for share in run.shares.values() if share.stats]
        counters = LinkCounters()
        for share in run.shares.values():
            counters += share.counters
        line_bytes = None  # that the lines could have carried
        if self.options.bauds and all(map(has_baud_rate, ports)):
            line_bytes = seconds * sum(self.options.bauds) / BITS_PER_BYTE
        return LinkUse(
            seconds=round(seconds, 3),
            clips_per_second=round((self.answered - run.taken_over) / seconds, 1),
            taken_over=run.taken_over,
            resends=counters.resends,
            restarts=self.restarts,
            faults=tuple(self.faults),
            damaged_frames_at_device=sum(s.bad_frames for s in stats) if stats else None,
            requests=counters.requests,
            timeouts=counters.timeouts,
            damaged_frames_here=counters.damaged_answers,
            outages=counters.outages,
            sent_bytes=counters.sent_bytes,
            received_bytes=counters.received_bytes,
            line_rate_share=round(counters.sent_bytes / line_bytes, 3) if line_bytes else None,
        )


def _share(share: Share) -> DeviceShare:
    return DeviceShare(
        name=share.name,
        clips=len(share.answered),
        differing=share.differing,
        seconds=round(share.seconds, 3),
        clips_per_second=round(share.sent / max(share.seconds, 1e-9), 1),
        resends=share.counters.resends,
        restarts=share.restarts,
        failure=share.failure,
    )


def evaluate(
    run: RunPaths,
    options: EvaluationOptions,
    firmware: Path | None,
    journals: Path | None = None,
    fresh: bool = False,
) -> Evaluation:
    """Evaluate a run on a device, or on several alike that share the clips.

    Args:
        run: the files of a run.
        options: what to evaluate and where.
        firmware: what was built for `options.board`; None with `options.ports`.
        journals: folder for the answers until finish() is called; an evaluation that was
            interrupted goes on from those of the same clips, firmware and device.
        fresh: take no earlier answers.

    Raises KwsError for bad input: no model, no clips, no such port, a device that does not
    answer the handshake or was built from something else. A device that stops answering
    later is in the result.
    """
    with open_devices(options, firmware) as devices:
        return evaluate_with(devices, run, options, firmware, journals, fresh)


def evaluate_with(
    devices: Sequence[NamedDevice],
    run: RunPaths,
    options: EvaluationOptions,
    firmware: Path | None,
    journals: Path | None = None,
    fresh: bool = False,
) -> Evaluation:
    """As evaluate(), on devices that are open already."""
    model, date = load_model(run), datetime.now(timezone.utc)
    options = replace(options, optimise=options.optimise or model.config.firmware.optimise)
    # Before the clips: a wrong port or firmware is known at once.
    info = handshakes(devices, model.expected)
    clips = load_clips(run, model, options.data, options.split, options.limit)
    kind = ClipKind.AUDIO if options.input == "audio" else ClipKind.FEATURES
    journal = None
    if journals is not None:
        journal = Journal(journals, _answers_depend_on(options, info, clips, firmware), fresh)
        if journal.answers:
            log.print(f"going on after {len(journal.answers)} of {len(clips.names)} clips")
    device_run = run_clips(
        devices, clips, kind, journal, ahead=bool(options.ports) and options.ray is None
    )
    alive = [d for d in devices if not device_run.shares[d.name].failure]
    profile, listening = Profile(), None
    if options.profile:
        profile = profile_of(model.tflite, alive, info, kind, payload(clips, kind, -1))
    else:  # what counts operators costs time itself
        listening = cost_of_listening(alive, info, model.config, clips.audio)
    predicted = [result.best for result in device_run.results]
    truth = [int(label) for label in clips.truth]
    board = find_board(options.board)
    size = firmware_size(board, firmware) if firmware and board.flash_bytes else None
    slowest = max((result.inference_time for result in device_run.timed_results), default=None)
    return Evaluation(
        options=options,
        date=date,
        data=clips.folder,
        model=model,
        device=info,
        names=clips.names,
        truth=truth,
        known_voices=clips.known_voices,
        metrics=metrics(
            [truth[i] for i in device_run.answered], predicted, model.config.data.labels
        ),
        run=device_run,
        journal=journal,
        faults=[
            _describe(fault, info, run, options, firmware)
            for share in device_run.shares.values()
            for fault in share.faults
        ],
        size=size,
        profile=profile,
        form=form_of(run, model.config, info.runtime),
        listening=listening,
        cross_validation=(
            current_cross_validation(model.config, run) if options.data is None else None
        ),
        budget=budget_lines(
            model.config.budget, size, slowest if info.time_unit == "instructions" else None
        ),
    )


def _answers_depend_on(
    options: EvaluationOptions, device: DeviceInfo, clips: Clips, firmware: Path | None
) -> dict[str, Any]:
    return {
        "kws": VERSION,
        "clips": clips.sha256(),
        "input": options.input,
        "firmware": None if firmware is None else file_hash(firmware),
        "device": asdict(device),
    }


def _describe(
    fault: DeviceFault,
    device: DeviceInfo,
    run: RunPaths,
    options: EvaluationOptions,
    firmware: Path | None,
) -> str:
    """A fault in words. Behind --port the firmware is what this run built last for the board."""
    board: Board | None = next((b for b in boards() if b.name == device.board), None)
    if board is None:
        return str(fault)
    if firmware is None:
        choice = options.optimise or "speed"
        name = build_name(board.name, options.runtime, choice, options.profile)
        firmware = run.build(name) / board.firmware_file
    return describe_fault(fault, board, firmware)
