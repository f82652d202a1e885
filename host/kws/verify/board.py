# SPDX-License-Identifier: Apache-2.0
"""The static model on a board in QEMU: builds it, asks for one input after the other.

The device makes the inputs itself and answers with a checksum of the output, so that little
travels over the emulated line (firmware/verify/verify.c has the lines of text).
"""

import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kws.config.schema import Optimise
from kws.console import progress
from kws.cycles.counting import counting
from kws.cycles.estimate import CycleEstimate
from kws.firmware.boards import Board
from kws.firmware.cmake import build_verifier
from kws.firmware.launch import emulated
from kws.firmware.size import firmware_size
from kws.inference.traced import outputs_of_operators
from kws.link.connect import SerialTransport
from kws.verify.inputs import EXTREMES
from kws_codegen.base.activations import WHOLE, Activations
from kws_codegen.base.cache import scratch
from kws_codegen.base.errors import KwsError
from kws_codegen.base.version import GENERATOR
from kws_codegen.lowering import read_graph
from kws_codegen.render import FileInfo
from kws_codegen.static_model import static_model_files

Int8 = npt.NDArray[np.int8]

_SILENCE_S = 300.0  # a large model on an emulated Cortex-M0
_PING_S = 0.5
_PINGS = 60


@dataclass(frozen=True)
class Answer:
    """What the device says of one input."""

    number: int
    crc: int  # CRC-32 of the output
    time: int
    unit: str  # "instructions" in QEMU


@dataclass(frozen=True)
class BoardRun:
    """Answers in the order of the requests, and the bytes of code in the firmware."""

    answers: list[Answer]
    code_bytes: int


def run_on_board(
    model: bytes,
    board: Board,
    numbers: Sequence[int],
    steps: int,
    activations: Activations = WHOLE,
) -> BoardRun:
    """Build the static model for a board, start it in QEMU, run the inputs of these numbers.

    So many `steps` are one sequence, before which the model is reset.

    Raises KwsError when the model does not fit the board, a tool is missing or the device faults.
    """
    with scratch() as folder:
        firmware = _firmware(model, board, folder, activations)
        code_bytes = firmware_size(board, firmware).parts["kernels"].flash_bytes
        answers = []
        with _connected(board, firmware) as device, progress() as bar:
            for position, number in enumerate(
                bar.track(numbers, description=f"inputs on {board.name}")
            ):
                if steps > 1 and position % steps == 0:
                    device.reset()
                answers.append(device.run(number)[0])
    return BoardRun(answers, code_bytes)


def trace_on_board(
    model: bytes, board: Board, numbers: Sequence[int], activations: Activations = WHOLE
) -> list[tuple[int, Int8]]:
    """Index in the file and output of every operator for the last input of a sequence, in order."""
    with scratch() as folder:
        firmware = _firmware(model, board, folder, activations, trace=True)
        with _connected(board, firmware) as device:
            told = [device.run(number)[1] for number in numbers][-1]
    graph = read_graph(model)
    outputs = outputs_of_operators(graph, told, 1)
    return [(op.index, rows[0]) for op, rows in zip(graph.ops, outputs, strict=True)]


def cycles_on_board(
    model: bytes,
    board: Board,
    clock_hz: int | None = None,
    optimise: Optimise = "speed",
    activations: Activations = WHOLE,
) -> CycleEstimate:
    """Cycles of one inference of a random input, estimated from the instructions that QEMU runs.

    Args:
        model: a .tflite file whose static model fits the board.
        board: runs in QEMU, and its core has timings (kws.cycles.counting.timings_of).
        clock_hz: for the milliseconds; the board's clock unless given.
        optimise: what the compiler aims at.
        activations: as of static_model().

    Raises KwsError as run_on_board does, and for another board.
    """
    with scratch() as folder:
        firmware = _firmware(model, board, folder, activations, optimise=optimise)
        with (
            counting(board, firmware, "kws_static_invoke", clock_hz) as counter,
            _connected(board, firmware, counter.options) as device,
        ):
            device.run(len(EXTREMES))
            return counter.estimate()


def output_crc(output: Int8) -> int:
    """What an Answer of this output has."""
    return zlib.crc32(output.astype(np.int8).tobytes())


def _firmware(
    model: bytes,
    board: Board,
    folder: Path,
    activations: Activations,
    trace: bool = False,
    optimise: Optimise = "speed",
) -> Path:
    info = FileInfo(GENERATOR, "kws verify")
    for name, text in static_model_files(model, info, activations).items():
        (folder / name).write_text(text, encoding="utf-8")
    return build_verifier(folder, folder / "build", board, trace, optimise)


@contextmanager
def _connected(board: Board, firmware: Path, options: Sequence[str] = ()) -> Iterator["_Device"]:
    with emulated(board, firmware, options) as url:
        transport = SerialTransport(url, board.baud)
        try:
            device = _Device(transport, board.name)
            device.wait_until_ready()
            yield device
        finally:
            transport.close()


class _Device:
    """One request at a time; lines that answer another one are passed over."""

    def __init__(self, transport: SerialTransport, name: str) -> None:
        self._transport = transport
        self._name = name
        self._received = b""

    def wait_until_ready(self) -> None:
        for _ in range(_PINGS):
            self._transport.write(b"\n")
            if self._line(_PING_S) is not None:
                return
        raise KwsError(f"{self._name} does not answer", "Try again on a less busy machine.")

    def reset(self) -> None:
        """The next input begins a sequence."""
        self._transport.write(b"reset\n")
        if self._line(_SILENCE_S) is None:
            raise KwsError(f"{self._name} does not answer", "Try again on a less busy machine.")

    def run(self, number: int) -> tuple[Answer, dict[int, bytes]]:
        """The answer, and in a tracing build the outputs of the operators by their index."""
        self._transport.write(f"{number}\n".encode())
        trace: dict[int, bytes] = {}
        while True:
            line = self._line(_SILENCE_S)
            if line is None:
                raise KwsError(
                    f"{self._name} was silent for {_SILENCE_S:.0f} s at input {number}",
                    "Is the machine very busy, or the model very large?",
                )
            words = line.split()
            if words[0] == "fault":
                raise KwsError(
                    f"the firmware faulted on {self._name} at input {number}: fault {words[1]}, "
                    f"program counter 0x{words[2]}",
                    "That is a bug in kws; please report it with the model.",
                )
            if words[0] == "operator":
                index = int(words[1])
                trace[index] = trace.get(index, b"") + bytes.fromhex(words[2])
            if words[0] == "result":
                answer = Answer(int(words[1]), int(words[2], 16), int(words[3]), words[4])
                if answer.number == number:
                    return answer, trace

    def _line(self, timeout_s: float) -> str | None:
        """The next line, or None after that time of silence."""
        deadline = time.monotonic() + timeout_s
        while b"\n" not in self._received:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            if data := self._transport.read(left):
                self._received += data
                deadline = time.monotonic() + timeout_s
        line, _, self._received = self._received.partition(b"\n")
        return line.decode("ascii")
