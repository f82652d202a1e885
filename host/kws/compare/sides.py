# SPDX-License-Identifier: Apache-2.0
"""The sides of a comparison by name, and the clip that goes through them."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kws.compare.device import SILENCE_S, TracingDevice
from kws.compare.reference import NAME as REFERENCE
from kws.compare.reference import reference_trace
from kws.compare.trace import Trace, load_trace
from kws.data import evaluation_clips, load_dataset
from kws.evaluate.clips import EvaluatedSplit, TrainedModel
from kws.firmware.boards import Board, boards, find_board
from kws.firmware.cmake import build_stage_tracer
from kws.firmware.launch import run_board
from kws.link.connect import SerialTransport
from kws.run.lock import run_lock
from kws.run.paths import RunPaths
from kws_codegen.base.errors import KwsError

_PORT_SILENCE_S = 20.0  # a real core computes faster than an emulator


@dataclass(frozen=True)
class TracedClip:
    """A clip by name: samples int16 [n]."""

    name: str
    samples: npt.NDArray[np.int16]


def find_clip(run: RunPaths, model: TrainedModel, wanted: str, split: EvaluatedSplit) -> TracedClip:
    """A clip of a split by its number, or by its name or a part of it that no other has.

    KwsError when there is no such clip, or more than one.
    """
    audio, _, names = evaluation_clips(load_dataset(run.dataset), model.config, split)
    if wanted.isdecimal():
        found = [int(wanted)] if int(wanted) < len(names) else []
    else:
        found = [i for i, name in enumerate(names) if name == wanted]
        found = found or [i for i, name in enumerate(names) if wanted in name]
    if len(found) == 1:
        return TracedClip(names[found[0]], audio[found[0]])
    some = ", ".join(names[i] for i in found[:3]) + (" ..." if len(found) > 3 else "")
    raise KwsError(
        f"{len(found)} clips of the {split} split are called {wanted!r}: {some}"
        if found
        else f"the {split} split has no clip {wanted!r}",
        f"Name one, or give its number: 0 to {len(names) - 1}.",
    )


def captured_clip(names: tuple[str, ...]) -> TracedClip | None:
    """The clip of the first side that is a capture file; None when none is."""
    for name in names:
        if _is_capture(name):
            trace = load_trace(Path(name))
            return TracedClip(trace.clip, trace.values["pcm"])
    return None


def side_trace(
    name: str, run: RunPaths, model: TrainedModel, clip: TracedClip, baud: int | None = None
) -> Trace:
    """What the side of that name gives for a clip.

    name: "tflite_micro"; a board that runs here, whose debug firmware is built from the run's
        generated code; a serial port or socket:// URL of a device that has it; a capture file.
    baud: of a serial port; None: what most boards have.

    KwsError when there is no such side, it cannot be built, or it does not answer.
    """
    if name == REFERENCE:
        return reference_trace(model, clip.name, clip.samples)
    if _is_capture(name):
        return load_trace(Path(name))
    with ExitStack() as stack:
        url, silence_s, baud = name, _PORT_SILENCE_S, baud or find_board("host").baud
        if not _is_port(name):
            board, silence_s = _board(name), SILENCE_S
            url = stack.enter_context(run_board(board, debug_firmware(run, board)))
        transport = SerialTransport(url, baud)
        stack.callback(transport.close)
        return TracingDevice(transport, silence_s).trace(name, clip.name, clip.samples)


def debug_firmware(run: RunPaths, board: Board) -> Path:
    """Build the debug firmware of a board from the run's generated code; returns the file."""
    if not (run.generated / "manifest.json").is_file():
        raise KwsError(
            f"{run.generated} holds no generated code", f"Run kws generate --run {run.root} first."
        )
    name = f"{board.name}-compare"
    with run_lock(run.root, f"build {name}"):
        return build_stage_tracer(run.generated, run.build(name), board)


def _is_capture(name: str) -> bool:
    return Path(name).is_file() and name not in _runnable()


def _is_port(name: str) -> bool:
    return "/" in name


def _runnable() -> list[str]:
    return [board.name for board in boards() if board.is_emulated or board.name == "host"]


def _board(name: str) -> Board:
    if name in _runnable():
        return find_board(name)
    raise KwsError(
        f"no side is called {name!r}",
        f"Sides: {REFERENCE}, keras, {', '.join(_runnable())}, a serial port "
        "(/dev/ttyACM0, socket://HOST:PORT), a capture file.",
    )
