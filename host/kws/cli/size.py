# SPDX-License-Identifier: Apache-2.0
"""`kws size`: where flash and RAM go, the activation buffer over time, speed against size."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from kws.cli.cycles import ClockOption, estimate_cycles
from kws.cli.options import (
    ActivationsOption,
    ArenaOption,
    KernelsOption,
    OptimiseOption,
    RuntimeOption,
    board_names,
)
from kws.config.schema import Optimise
from kws.console import console
from kws.evaluate.report import EvaluationReport, load_report
from kws.evaluate.report_files import report_path
from kws.firmware.boards import find_board
from kws.firmware.cmake import build_name
from kws.firmware.memory_picture import picture_text, write_picture
from kws.firmware.runtime import ModelRuntime
from kws.firmware.size import Size, firmware_size, memory_of
from kws.firmware.speed_or_size import BuildCost, compare_builds
from kws.quantize import form_of
from kws.run.paths import RunPaths
from kws.run.pipeline import Pipeline
from kws_codegen.base.activations import WHOLE, Activations
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import file_hash
from kws_codegen.static_model import StaticModel, static_model


def size_command(
    run: Annotated[
        Path | None, typer.Option("--run", help="Run folder.", show_default=False, file_okay=False)
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option("--model", help="With --plan: any int8 .tflite instead of a run's."),
    ] = None,
    board: Annotated[
        str | None,
        typer.Option(
            "--board",
            help="Board to build for and measure.",
            show_default=False,
            autocompletion=board_names,
        ),
    ] = None,
    runtime: RuntimeOption = "static",
    kernels: KernelsOption = "",
    arena_bytes: ArenaOption = None,
    optimise: OptimiseOption = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="What optimising for speed and for size costs.")
    ] = False,
    cycles: Annotated[
        bool, typer.Option("--cycles", help="Estimate cycles of an inference by Arm's tables.")
    ] = False,
    clock: ClockOption = None,
    activations: ActivationsOption = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Show the activation buffer over time; needs no board.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="PNG of --plan: RUN/memory_plan.png unless named.", dir_okay=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of a table.")] = False,
) -> None:
    """Show where a run's flash and RAM go.

    --board builds the firmware; its stack's high-water mark and what listening costs are those of
    the last `kws evaluate --board` of this run. --plan draws what lies where in the activation
    buffer, operator by operator. --compare builds for speed and for size and counts both in QEMU.

    Examples:

      kws size --run runs/demo --board microbit

      kws size --run runs/demo --board mps2_an386 --runtime tflm --kernels cmsis_nn

      kws size --run runs/demo --board mps2_an386 --compare

      kws size --run runs/demo --board mps2_an386 --cycles --clock 120MHz

      kws size --run runs/demo --plan

      kws size --model any.tflite --plan --out plan.png
    """
    if board is None and not plan:
        raise KwsError("nothing to show", "Name --board, or ask for --plan.")
    if compare and runtime != "static":
        raise KwsError("--compare builds generated C", "Leave out --runtime, or --compare.")
    if board is None and compare:
        raise KwsError("--compare counts on a board", "Name it with --board.")
    if cycles and (board is None or runtime != "static"):
        raise KwsError(
            "--cycles runs generated C on a board", "Name it with --board, without --runtime."
        )
    if clock is not None and not cycles:
        raise KwsError("--clock is for --cycles", "Add --cycles, or leave out --clock.")
    content: dict[str, Any] = {}
    if plan:
        content |= _plan(run, model, activations, out, as_json)
    if board is not None:
        if run is None:
            raise KwsError("--board needs a run to build", "Name it with --run.")
        if compare:
            content |= _compare(run, board, as_json)
        else:
            choice = ModelRuntime(runtime, kernels, arena_bytes)
            content |= _sizes(run, board, choice, optimise, as_json)
        if cycles:
            aim = optimise or Pipeline.open(run).config.firmware.optimise
            model_file = RunPaths(run).tflite_model
            content |= estimate_cycles(model_file, board, clock, aim, as_json)
    if as_json:
        typer.echo(json.dumps(content, indent=2))


def _plan(
    run: Path | None,
    model: Path | None,
    activations: Activations | None,
    out: Path | None,
    quiet: bool,
) -> dict[str, Any]:
    if run is not None and activations is not None:
        raise KwsError(
            "--activations goes with --model", "In a run it is firmware.activations of config.toml."
        )
    if (run is None) == (model is None):
        raise KwsError("--plan draws one model", "Name either --run or --model.")
    file = model or RunPaths(run or Path()).tflite_model
    if not file.is_file():
        raise KwsError(f"no model {file}", "Run kws quantize first, or name a .tflite file.")
    if out is not None and out.suffix.lower() != ".png":
        raise KwsError(f"{out} is no name of a PNG", "Let --out end in .png.")
    if run is not None:
        activations = Pipeline.open(run).config.firmware.activations
    activations = activations or WHOLE
    content = static_model(file.read_bytes(), activations)
    other: Activations = "rows" if activations == "whole" else "whole"
    alternative = static_model(file.read_bytes(), other).activation_bytes
    picture = out or (run or Path()) / "memory_plan.png"
    write_picture(content, picture, str(file))
    if not quiet:
        console.print(picture_text(content, console.width), soft_wrap=True)
        console.print(
            f"by {other}  {alternative:,} bytes with firmware.activations = {other!r}", markup=False
        )
        console.print(f"picture: {picture}", soft_wrap=True, markup=False)
    return {"plan": {**_plan_dict(content), "other_activation_bytes": {other: alternative}}}


def _plan_dict(model: StaticModel) -> dict[str, Any]:
    layout = model.plan
    return {
        "activation_bytes": layout.bytes,
        "lower_bound_bytes": layout.lower_bound,
        "optimal": layout.optimal,
        "blocks": [
            {"name": b.name, "bytes": b.bytes, "offset": b.offset, "first": b.first, "last": b.last}
            for b in layout.blocks
        ],
    }


def _sizes(
    run: Path, board: str, runtime: ModelRuntime, optimise: Optimise | None, quiet: bool
) -> dict[str, Any]:
    target, pipeline = find_board(board), Pipeline.open(run)
    memory_of(target)
    choice = optimise or pipeline.config.firmware.optimise
    size = firmware_size(target, pipeline.firmware(board, runtime, choice))
    form = form_of(pipeline.run, pipeline.config, runtime.name)
    measured = _measured(pipeline.run, build_name(board, runtime, choice))
    stack_peak = measured.memory.stack_peak_bytes if measured else None
    listening = measured.listening if measured else None
    if not quiet:
        console.print(size_table(size))
        missing = "not measured: run kws evaluate"
        peak = missing if stack_peak is None else f"{stack_peak:,} bytes"
        console.print(f"stack, high-water mark on the device: {peak}")
        console.print(f"form: {form}", soft_wrap=True, markup=False)
        console.print(listening.line if listening else f"listening: {missing}", soft_wrap=True)
    return {
        **asdict(size),
        "optimise": choice,
        "stack_peak_bytes": stack_peak,
        "form": form,
        "listening": asdict(listening) if listening else None,
    }


def _compare(run: Path, board: str, quiet: bool) -> dict[str, Any]:
    pipeline = Pipeline.open(run)

    def build(optimise: Optimise) -> Path:
        return pipeline.firmware(board, optimise=optimise)

    costs = compare_builds(find_board(board), pipeline.config.clip_samples, build)
    if not quiet:
        console.print(comparison_table(costs))
    return {"compare": [asdict(cost) for cost in costs]}


def size_table(size: Size) -> Table:
    """Flash and RAM by part, with totals and what the chip has."""
    table = Table("part", box=None)
    table.add_column("flash", justify="right")
    table.add_column("RAM", justify="right")
    for name, part in size.parts.items():
        table.add_row(name, f"{part.flash_bytes:,}", f"{part.ram_bytes:,}")
    table.add_row("all", f"{size.flash_bytes:,}", f"{size.ram_bytes:,}", style="bold")
    table.add_row("of", f"{size.flash_capacity_bytes:,}", f"{size.ram_capacity_bytes:,}")
    return table


def comparison_table(costs: list[BuildCost]) -> Table:
    """A column a way to optimise: flash by part of code, and what runs."""
    table = Table("optimise", box=None)
    for cost in costs:
        table.add_column(cost.optimise, justify="right")
    for part in ("kernels", "front end", "core", "port"):
        flash = (cost.size.parts[part].flash_bytes for cost in costs)
        table.add_row(f"flash: {part}", *(f"{count:,}" for count in flash))
    table.add_row("flash: all", *(f"{cost.size.flash_bytes:,}" for cost in costs), style="bold")
    unit = costs[0].time_unit
    table.add_row(f"{unit} a frame", *(f"{cost.time_per_frame:,}" for cost in costs))
    table.add_row(f"{unit} an inference", *(f"{cost.time_per_inference:,}" for cost in costs))
    return table


def _measured(run: RunPaths, target: str) -> EvaluationReport | None:
    """What the board said of this model's firmware; None before an evaluation."""
    path = report_path(run.evaluation, target)
    if not path.is_file():
        return None
    report = load_report(path)
    return report if report.model.sha256 == file_hash(run.tflite_model) else None
