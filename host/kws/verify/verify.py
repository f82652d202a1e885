# SPDX-License-Identifier: Apache-2.0
"""Proof for one model: the static C model and TensorFlow Lite Micro, input by input.

Compiles the static model for this machine or for a board in QEMU, runs random inputs and the
extremes through both, and finds the first operator that differs. A model with state gets them as
sequences, with a reset between. Also counts: instructions
(valgrind here, the board's counter there), code, weights, activations.
"""

import shutil
import subprocess
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from kws.cycles.estimate import CycleEstimate
from kws.firmware.boards import Board, find_board
from kws.inference.golden import Golden, golden_outputs
from kws.inference.static_runner import StaticRunner
from kws.verify.board import cycles_on_board, output_crc, run_on_board, trace_on_board
from kws.verify.inputs import EXTREMES, input_numbers, verification_input
from kws_codegen.base.activations import WHOLE, Activations
from kws_codegen.base.cache import scratch
from kws_codegen.base.errors import KwsError
from kws_codegen.static_model import StaticModel, static_model
from kws_codegen.tflite.fixed_batch import with_fixed_batch

Int8 = npt.NDArray[np.int8]

SEQUENCE_STEPS = 101
"""Steps of a sequence for a model with state; odd, so that its end falls on any phase of it."""


@dataclass(frozen=True)
class OperatorDifference:
    """The first byte of the first operator whose output differs."""

    input: int  # in the order of the inputs
    operator: int
    kind: str
    position: int
    expected: int
    actual: int


@dataclass(frozen=True)
class Verification:
    """What `kws verify` reports."""

    board: str
    identical: bool
    inputs: int
    operators: int
    first_difference: OperatorDifference | None
    instructions_per_inference: int | None  # None on the host without valgrind
    code_bytes: int
    weights_bytes: int
    activation_bytes: int
    state_bytes: int
    """Of the activations, what lasts from input to input."""
    sequence_steps: int
    """Inputs between two resets; 1 for a model without state."""
    cycle_estimate: CycleEstimate | None = None
    """Of an inference; None unless asked for."""


def verify(
    model: bytes, inputs: int = 100, board: str = "host", activations: Activations = WHOLE
) -> Verification:
    """Compare `inputs` random inputs and three extremes (all lowest, all highest, alternating).

    Args:
        model: a .tflite file.
        inputs: number of random inputs, at least 1.
        board: where the static model runs: "host", or a board that runs in QEMU.
        activations: as of static_model().

    Raises KwsError when the model is not supported or does not fit the board.
    """
    target = find_board(board)
    if inputs < 1:
        raise KwsError(f"{inputs} inputs are nothing to compare", "Give --inputs 1 or more.")
    model = with_fixed_batch(model)
    content = static_model(model, activations)
    values = verification_inputs(content.graph.input.size, inputs)
    steps = SEQUENCE_STEPS if content.graph.states else 1
    expected = golden_outputs(model, values, steps=steps)
    check = _on_board if target.is_emulated else _on_host
    differing, first, instructions, code_bytes = check(
        model, content, target, values, expected, steps, activations
    )
    return Verification(
        board=board,
        identical=differing is None,
        inputs=len(values),
        operators=len(content.graph.ops),
        first_difference=first,
        instructions_per_inference=instructions,
        code_bytes=code_bytes,
        weights_bytes=content.weights_bytes,
        activation_bytes=content.activation_bytes,
        state_bytes=content.graph.state_bytes,
        sequence_steps=steps,
    )


def with_cycles(
    result: Verification,
    model: bytes,
    clock_hz: int | None = None,
    activations: Activations = WHOLE,
) -> Verification:
    """A result of that model on a board, with an estimate of cycles (kws.cycles).

    `clock_hz` is for its milliseconds; the board's clock unless given. KwsError for a board whose
    core has no published timings.
    """
    board, model = find_board(result.board), with_fixed_batch(model)
    return replace(
        result, cycle_estimate=cycles_on_board(model, board, clock_hz, activations=activations)
    )


def verification_inputs(size: int, count: int, first: int = 0) -> Int8:
    """int8 [count + 3, size]: random from number `first` on, then lowest, highest, alternating."""
    numbers = input_numbers(first + count)[first:]
    return np.stack([verification_input(number, size) for number in numbers])


_Checked = tuple[int | None, OperatorDifference | None, int | None, int]
"""Input that differs, first difference, instructions of an inference, bytes of code."""


def _on_host(
    model: bytes,
    content: StaticModel,
    board: Board,
    values: Int8,
    expected: Int8,
    steps: int,
    activations: Activations,
) -> _Checked:
    del board
    runner = StaticRunner(model, activations=activations)
    differing = np.flatnonzero((runner.outputs(values, steps) != expected).any(axis=1))
    number = int(differing[0]) if differing.size else None
    first = None
    if number is not None:
        sequence = values[number - number % steps : number + 1]
        trace = [rows[-1] for rows in runner.trace(sequence, steps)]
        first = _first_difference(model, content, number, sequence, trace)
    return number, first, _instructions(runner, values[:1]), runner.code_bytes()


def _on_board(
    model: bytes,
    content: StaticModel,
    board: Board,
    values: Int8,
    expected: Int8,
    steps: int,
    activations: Activations,
) -> _Checked:
    numbers = input_numbers(len(values) - len(EXTREMES))
    run = run_on_board(model, board, numbers, steps, activations)
    crcs = [output_crc(row) for row in expected]
    wrong = (i for i, answer in enumerate(run.answers) if answer.crc != crcs[i])
    number = next(wrong, None)
    first = None
    if number is not None:
        begin = number - number % steps
        traced = trace_on_board(model, board, numbers[begin : number + 1], activations)
        trace = [out for _, out in traced]
        first = _first_difference(model, content, number, values[begin : number + 1], trace)
    counted = run.answers[0].unit == "instructions"
    return number, first, run.answers[0].time if counted else None, run.code_bytes


def _first_difference(
    model: bytes, content: StaticModel, number: int, sequence: Int8, trace: list[Int8]
) -> OperatorDifference | None:
    """`trace` has the output of every operator for the last input of the sequence."""
    golden = Golden(model, keep_tensors=True)
    for values in sequence:
        golden.invoke(values)
    for op, actual in zip(content.graph.ops, trace, strict=True):
        if not golden.has_values(op.checked_tensor):
            continue  # of a state in float, which is int8 here
        expected = golden.tensor(op.checked_tensor)
        differing = np.flatnonzero(actual != expected)
        if differing.size:
            at = int(differing[0])
            return OperatorDifference(
                number, op.index, op.kind, at, int(expected[at]), int(actual[at])
            )
    return None


def _instructions(runner: StaticRunner, values: Int8) -> int | None:
    """Instructions of one kws_static_invoke(), counted by callgrind."""
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        return None
    with scratch() as folder:
        out = folder / "callgrind.out"
        subprocess.run(
            [
                valgrind,
                "--tool=callgrind",
                "--toggle-collect=kws_static_invoke",
                f"--callgrind-out-file={out}",
                str(runner.program),
            ],
            input=values.tobytes(),
            capture_output=True,
            check=True,
        )
        lines = out.read_text(encoding="utf-8").splitlines()
    totals = [line.split()[1] for line in lines if line.startswith(("summary:", "totals:"))]
    return int(totals[0])
