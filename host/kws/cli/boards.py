"""`kws boards`, `kws flash` and `kws size`: what firmware can be put on, and what it takes."""

import json
import shlex
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from kws.boards import BOARDS, Board, find_board
from kws.build import build_firmware
from kws.cli.options import RunOption
from kws.console import console
from kws.flash import flash, flash_commands
from kws.paths import RunPaths
from kws.size import Size, firmware_size


def boards_command() -> None:
    """List the boards: core, flash, RAM, clock, how they are run.

    Example: kws boards
    """
    table = Table("board", "core", "flash", "RAM", "clock", "runs as", box=None)
    for board in BOARDS:
        clock = f"{board.clock_hz / 1e6:g} MHz" if board.clock_hz else "-"
        table.add_row(
            board.name, board.core, _kib(board.flash_bytes), _kib(board.ram_bytes), clock,
            board.runs_as,
        )  # fmt: skip
    console.print(table)


def flash_command(
    run: RunOption,
    board: Annotated[str, typer.Option(help="Board on the desk.", show_default=False)],
    show: Annotated[
        bool, typer.Option("--print", help="Print the commands of every tool, run none.")
    ] = False,
) -> None:
    """Build a run's firmware and put it on a board with OpenOCD, st-flash or pyocd.

    Examples:

      kws flash --run runs/demo --board stm32f405

      kws flash --run runs/demo --board microbit --print
    """
    target = find_board(board)
    flash_commands(target, Path(target.firmware_file))  # before a build that could not be used
    firmware = _build(run, target)
    if show:
        for command in flash_commands(target, firmware).values():
            console.print(shlex.join(command), soft_wrap=True, markup=False)
    else:
        flash(target, firmware)


def size_command(
    run: RunOption,
    board: Annotated[str, typer.Option(help="Board to build for.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of a table.")] = False,
) -> None:
    """Build a run's firmware and show where its flash and RAM go.

    The stack's high-water mark is that of the last `kws evaluate --board` of this run.

    Examples:

      kws size --run runs/demo --board microbit

      kws size --run runs/demo --board mps2_an386 --json
    """
    target = find_board(board)
    size = firmware_size(target, _build(run, target))
    stack_peak = _stack_peak(RunPaths(run), board)
    if as_json:
        content = {**size.to_dict(), "stack_peak_bytes": stack_peak}
        typer.echo(json.dumps(content, indent=2))
    else:
        console.print(size_table(size))
        peak = "not measured: run kws evaluate" if stack_peak is None else f"{stack_peak:,} bytes"
        console.print(f"stack, high-water mark on the device: {peak}")


def size_table(size: Size) -> Table:
    """Flash and RAM by part, with totals and what the chip has."""
    table = Table("part", box=None)
    table.add_column("flash", justify="right")
    table.add_column("RAM", justify="right")
    for name, (flash_bytes, ram_bytes) in size.parts.items():
        table.add_row(name, f"{flash_bytes:,}", f"{ram_bytes:,}")
    table.add_row("all", f"{size.flash_bytes:,}", f"{size.ram_bytes:,}", style="bold")
    table.add_row("of", f"{size.flash_capacity_bytes:,}", f"{size.ram_capacity_bytes:,}")
    return table


def _build(run: Path, board: Board) -> Path:
    paths = RunPaths(run)
    return build_firmware(paths.generated, paths.build(board.name), board.name)


def _stack_peak(run: RunPaths, board: str) -> int | None:
    """None before an evaluation on the board."""
    summary = run.evaluation / f"{board}.json"
    if not summary.is_file():
        return None
    content: dict[str, Any] = json.loads(summary.read_text(encoding="utf-8"))
    peak = content["memory"]["stack_peak_bytes"]
    return None if peak is None else int(peak)


def _kib(count: int | None) -> str:
    return "-" if count is None else f"{count // 1024} KB"
