# SPDX-License-Identifier: Apache-2.0
"""`kws compare`: where do two sides part? The first stage, frame or operator, and value."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from kws.console import console, printable
from kws.evaluate.clips import EvaluatedSplit
from kws.metrics.verdict import percent
from kws_codegen.base.errors import KwsError
from kws_codegen.base.json_file import write_json

if TYPE_CHECKING:
    from kws.compare.evaluations import EvaluationComparison
    from kws.compare.layers import LayerComparison
    from kws.compare.stages import Comparison
    from kws.compare.trace import Trace

_SHOWN_CLIPS = 20
_BY_ROWS = (
    "The run's firmware computes the model by rows; compared were whole windows, of which every "
    "operator has an output. kws stream-eval compares each decision by rows."
)


def compare_command(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[RUN RUN]", help="Two run folders: their newest evaluations."),
    ] = None,
    run: Annotated[
        Path | None, typer.Option(help="Run folder. Two evaluations need none.", file_okay=False)
    ] = None,
    a: Annotated[
        str,
        typer.Option(
            "--a",
            help="The side that is taken for right: tflite_micro, host, a board in QEMU "
            "(kws boards), a port, a capture file, keras. Or an evaluation: its <target>.json.",
        ),
    ] = "tflite_micro",
    b: Annotated[str | None, typer.Option("--b", help="The other side.")] = None,
    clip: Annotated[
        str, typer.Option(help="Clip of the split: its number, or (part of) its name.")
    ] = "0",
    split: Annotated[EvaluatedSplit, typer.Option(help="Where the clip is.")] = "testing",
    limit: Annotated[
        int, typer.Option(min=1, help="With keras: at most N clips, spread over the split.")
    ] = 100,
    baud: Annotated[int | None, typer.Option(min=1200, help="Speed of a serial port.")] = None,
    save: Annotated[
        Path | None,
        typer.Option(help="Keep what side a gives in this capture file.", dir_okay=False),
    ] = None,
    build: Annotated[
        str | None,
        typer.Option(metavar="BOARD", help="Only build the debug firmware that a port needs."),
    ] = None,
    put_on_board: Annotated[
        bool, typer.Option("--flash", help="With --build: put it on the board, as kws flash does.")
    ] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the result to this file too.")
    ] = None,
) -> None:
    """Send one clip through two sides and name the first stage at which they part.

    Compared exactly: samples, every stage of the front end, the int8 input, every operator's
    output, scores, decision. tflite_micro is the front end of the configuration with TensorFlow
    Lite Micro behind it; a board runs debug firmware of the run's generated code. That computes the
    model on whole windows, where every operator has an output, also of a run whose firmware
    computes it by rows: the decisions of that form are compared by `kws stream-eval`.

    Of keras, the float network before quantization, and tflite_micro: the error of each layer over
    many clips, and the layer where accuracy goes.

    Of two evaluations, or the newest ones of two run folders (and what differs in their
    configurations): the clips on which they disagree, and McNemar's exact test.

    Exit status 0: equal, or with keras always; 1: different; 2: bad input.

    Examples:

      kws compare --run runs/demo --b mps2_an386 --clip yes/0a7c2a8d

      kws compare --run runs/demo --a host --b rv32

      kws compare --run runs/demo --build stm32f405 --flash

      kws compare --run runs/demo --b /dev/ttyACM0 --baud 921600

      kws compare --run runs/demo --a /dev/ttyACM0 --save device.npz

      kws compare --run runs/demo --b keras --limit 500

      kws compare runs/one runs/two

      kws compare --a runs/one/evaluation/host.json --b runs/two/evaluation/host.json
    """
    from kws.compare.evaluations import compare_evaluations, is_evaluation
    from kws.compare.layers import NAME as KERAS
    from kws.compare.layers import compare_layers
    from kws.compare.reference import NAME as REFERENCE
    from kws.compare.sides import captured_clip, debug_firmware, find_clip, side_trace
    from kws.compare.stages import compare_traces
    from kws.evaluate.clips import load_model
    from kws.firmware.boards import find_board
    from kws.firmware.flash import flash, flash_commands
    from kws.quantize import form_of
    from kws.run.paths import RunPaths

    if runs:
        raise typer.Exit(_compare_runs(runs, json_file))
    if b is not None and is_evaluation(a) and is_evaluation(b):
        evaluations = compare_evaluations(a, b)
        _write(json_file, evaluations)
        _print_evaluations(evaluations)
        raise typer.Exit(0 if evaluations.identical else 1)
    if run is None:
        raise KwsError("there is no run", "Name its folder with --run, or two evaluations.")
    paths = RunPaths(run)
    model = load_model(paths)
    if build is not None:
        board = find_board(build)
        if put_on_board:
            flash_commands(board, Path(board.firmware_file))  # before a build of no use
        firmware = debug_firmware(paths, board)
        console.print(str(firmware), soft_wrap=True)
        if put_on_board:
            flash(board, firmware)
        return
    if KERAS in (a, b):
        if {a, b} != {KERAS, REFERENCE}:
            raise KwsError(
                "keras is compared with tflite_micro only",
                "Then compare tflite_micro with the other side, exactly.",
            )
        layers = compare_layers(paths, model, split, limit)
        _write(json_file, layers)
        _print_layers(layers)
        return
    if b is None and save is None:
        raise KwsError("there is nothing to compare with", "Name the other side with --b.")
    sides = (a,) if b is None else (a, b)
    traced = captured_clip(sides) or find_clip(paths, model, clip, split)
    traces = [side_trace(side, paths, model, traced, baud) for side in sides]
    if save is not None:
        _keep(save, traces[0])
    if b is None:
        return
    result = compare_traces(traces[0], traces[1], model.config, model.tflite)
    _write(json_file, result)
    _print(result, by_rows=form_of(paths, model.config, "static").startswith("rows"))
    raise typer.Exit(0 if result.identical else 1)


def _compare_runs(runs: list[Path], json_file: Path | None) -> int:
    """The exit status."""
    from kws.compare.runs import compare_runs

    if len(runs) != 2:
        raise KwsError(
            f"two run folders are compared, not {len(runs)}",
            "kws report compares one run with many.",
        )
    result = compare_runs(*runs)
    _write(json_file, result)
    if result.changes:
        table = Table("configuration", "a", "b", box=None)
        for key, pair in result.changes.items():
            table.add_row(key, *("-" if value is None else printable(str(value)) for value in pair))
        console.print(table)
    else:
        console.print("both have the same configuration")
    _print_evaluations(result.evaluations)
    return 0 if result.evaluations.identical else 1


def _write(json_file: Path | None, result: object) -> None:
    if json_file is not None:
        write_json(json_file, result)


def _keep(path: Path, trace: "Trace") -> None:
    from kws.compare.trace import save_trace

    save_trace(path, trace)
    console.print(f"capture of {printable(trace.clip)}: {path}", markup=False, soft_wrap=True)


def _print(result: "Comparison", by_rows: bool) -> None:
    table = Table("stage", "", box=None)
    for column in ("values", "differ"):
        table.add_column(column, justify="right")
    for stage in result.stages:
        differ = Text(f"{stage.differing:,}", style="red" if stage.differing else "")
        table.add_row(stage.stage, stage.kind, f"{stage.values:,}", differ)
    console.print(table)
    console.print(f"clip {result.clip}", soft_wrap=True)
    first = result.first
    if first is None:
        console.print(f"identical: {result.a} = {result.b}, every value of every stage")
        if by_rows:
            console.print(_BY_ROWS)
        return
    kind = f" ({first.kind})" if first.kind else ""
    text = f"from stage {first.stage}{kind} on: {first.differing:,} of {first.values:,} values"
    console.print(Text.assemble(("different ", "red"), text), soft_wrap=True)
    console.print(
        f"first at {first.place}: {result.a} has {_or_nothing(first.expected)}, "
        f"{result.b} {_or_nothing(first.actual)}",
        soft_wrap=True,
    )


def _print_layers(result: "LayerComparison") -> None:
    table = Table("operator", "layer", box=None)
    for column in ("max", "RMS", "cosine", "accuracy", "changed"):
        table.add_column(column, justify="right")
    for layer in result.layers:
        operator = "input" if layer.operator is None else str(layer.operator)
        table.add_row(
            operator, layer.layer, f"{layer.max:.3g}", f"{layer.rms:.3g}",
            f"{layer.cosine:.4f}", percent(layer.accuracy), str(layer.changed),
        )  # fmt: skip
    console.print(table)
    console.print(
        f"{result.clips} clips: float {percent(result.float_accuracy)}, "
        f"int8 {percent(result.int8_accuracy)}"
    )
    console.print("accuracy, changed: of a network that is int8 up to here, float behind")
    if result.costliest is None:
        console.print("no layer costs accuracy")
        return
    lost = round(result.cost_points * result.clips / 100)
    console.print(
        f"accuracy goes at {result.costliest.layer} ({result.costliest.kind}): "
        f"{result.cost_points:.1f} points, {lost} of {result.clips} clips"
    )


def _or_nothing(value: int | None) -> str:
    return "nothing" if value is None else str(value)


def _print_evaluations(result: "EvaluationComparison") -> None:
    if result.disagreements:
        table = Table("clip", "true", "a", "b", box=None)
        for clip in result.disagreements[:_SHOWN_CLIPS]:
            table.add_row(clip.clip, clip.truth, clip.a, clip.b)
        console.print(table)
        if len(result.disagreements) > _SHOWN_CLIPS:
            console.print(f"and {len(result.disagreements) - _SHOWN_CLIPS} more (--json has all)")
    for name, path, right, only in (
        ("a", result.a, result.right_in_a, result.only_in_a),
        ("b", result.b, result.right_in_b, result.only_in_b),
    ):
        alone = f", and {only} clips that the other has not" if only else ""
        share = percent(right / result.clips)
        text = f"{name}: {share} of {result.clips} clips right{alone} ({path})"
        console.print(text, soft_wrap=True)
    console.print(
        f"they disagree on {len(result.disagreements)} clips; "
        f"{result.same_word_other_scores} more have the same word with other scores",
        soft_wrap=True,
    )
    console.print(
        f"right only in a: {result.right_only_in_a}, only in b: {result.right_only_in_b}; "
        f"McNemar's exact test: p = {result.mcnemar_p:.3g}",
        soft_wrap=True,
    )
