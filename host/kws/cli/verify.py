# SPDX-License-Identifier: Apache-2.0
"""`kws verify`: is the static C model exact for this .tflite file, and how big and fast is it?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kws.cli.cycles import ClockOption, clock_hz, estimate_text
from kws.cli.options import ActivationsOption, board_names
from kws.console import console
from kws.cycles.counting import timings_of
from kws.firmware.boards import find_board
from kws_codegen.base.activations import WHOLE
from kws_codegen.base.errors import KwsError
from kws_codegen.base.json_file import write_json

if TYPE_CHECKING:
    from kws.verify.verify import Verification


def verify_command(
    model: Annotated[Path, typer.Option("--model", help="Any int8 .tflite file.")],
    inputs: Annotated[int, typer.Option("--inputs", help="Random inputs to compare.")] = 100,
    board: Annotated[
        str,
        typer.Option(
            "--board",
            help="Where it runs: host, or a board in QEMU (kws boards).",
            autocompletion=board_names,
        ),
    ] = "host",
    activations: ActivationsOption = None,
    cycles: Annotated[
        bool,
        typer.Option("--cycles", help="Estimate cycles of an inference by Arm's tables."),
    ] = False,
    clock: ClockOption = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the result to this file too.")
    ] = None,
) -> None:
    """Compare the static C model of a .tflite file with TensorFlow Lite Micro, bit for bit.

    Exit status 1 when an output differs; the first operator that differs is named.

    Examples:

      kws verify --model model.tflite --inputs 1000 --json verify.json

      kws verify --model model.tflite --board mps2_an386

      kws verify --model model.tflite --board mps2_an386 --cycles --clock 120MHz
    """
    from kws.verify.verify import verify, with_cycles

    if not model.is_file():
        raise KwsError(f"no model {model}", "Give a .tflite file with --model.")
    if clock is not None and not cycles:
        raise KwsError("--clock is for --cycles", "Add --cycles, or leave out --clock.")
    hertz = clock_hz(clock)
    if cycles:
        timings_of(find_board(board))
    result = verify(model.read_bytes(), inputs, board, activations or WHOLE)
    if cycles:
        result = with_cycles(result, model.read_bytes(), hertz, activations or WHOLE)
    if json_file is not None:
        write_json(json_file, result)
    _print(result)
    if not result.identical:
        raise typer.Exit(1)


def _print(result: "Verification") -> None:
    if result.identical:
        steps = result.sequence_steps
        resets = f" in sequences of {steps}" if steps > 1 else ""
        console.print(
            f"identical: {result.inputs} inputs{resets}, {result.operators} operators, "
            f"static C model on {result.board} = TensorFlow Lite Micro",
            soft_wrap=True,
        )
    elif result.first_difference is None:
        console.print("different: no single operator differs, but the output does", style="red")
    else:
        d = result.first_difference
        console.print(
            f"different: input {d.input}, operator {d.operator} ({d.kind}), "
            f"byte {d.position}: expected {d.expected}, got {d.actual}",
            style="red",
        )
    instructions = result.instructions_per_inference
    count = "not counted (valgrind counts on the host)" if instructions is None else ""
    console.print(f"instructions per inference: {count or f'{instructions:,}'}")
    if result.cycle_estimate is not None:
        console.print(estimate_text(result.cycle_estimate), soft_wrap=True)
    console.print(
        f"code {result.code_bytes:,} bytes, weights {result.weights_bytes:,} bytes, "
        f"activations {result.activation_bytes:,} bytes"
        + (f" (state {result.state_bytes:,})" if result.state_bytes else ""),
        soft_wrap=True,
    )
