# SPDX-License-Identifier: Apache-2.0
"""`kws evaluate`: a confusion matrix measured on a device, over a serial link."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from kws.cli.options import (
    ArenaOption,
    BaudOption,
    ForceOption,
    KernelsOption,
    OptimiseOption,
    RunBoardOption,
    RunOption,
    RuntimeOption,
    baud_of,
)
from kws.console import console, log, printable
from kws.evaluate.clips import EvaluatedSplit
from kws.evaluate.options import MOST_JOBS, EvaluationOptions, InputKind
from kws.evaluate.report import EvaluationReport
from kws.evaluate.report_text import (
    SHARE_COLUMNS,
    fault_lines,
    headline,
    link_line,
    listening_lines,
    memory_line,
    parity_line,
    share_failures,
    share_rows,
    timing_line,
)
from kws.firmware.boards import find_board
from kws.firmware.budget import budget_table
from kws.firmware.runtime import ModelRuntime
from kws.link import exchange
from kws.metrics.confusion import confusion_view
from kws.metrics.verdict import percent
from kws.run.pipeline import Pipeline
from kws_codegen.base.errors import KwsError

_SHOWN_DIFFERENCES = 5


def evaluate_command(
    run: RunOption,
    data: Annotated[
        Path | None,
        typer.Option(help="Folder of words instead of the run's data set.", show_default=False),
    ] = None,
    split: Annotated[
        EvaluatedSplit | None,
        typer.Option(help="Clips to use: testing unless named; all with --data."),
    ] = None,
    input: Annotated[
        InputKind, typer.Option(help="What is sent: audio, or features that the host computed.")
    ] = "audio",
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most N clips, spread over the split.")
    ] = None,
    board: RunBoardOption = "host",
    port: Annotated[
        list[str] | None,
        typer.Option(
            help="A device that is there: /dev/ttyACM0, /dev/pts/3, socket://HOST:PORT. Several "
            "times: devices alike, which share the clips."
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=MOST_JOBS,
            help="Start --board N times; they share the clips.",
            metavar="N",
            show_default="1",
        ),
    ] = None,
    ray: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Use the devices of a Ray cluster's machines: auto, or HOST:PORT of its head.",
        ),
    ] = None,
    baud: BaudOption = None,
    patience: Annotated[
        float,
        typer.Option(
            min=1, max=1e6, help="Seconds without an answer before the device is given up."
        ),
    ] = exchange.PATIENCE_S,
    trace: Annotated[
        Path | None,
        typer.Option(
            help="Write every packet to this file: text, or for Wireshark and `kws trace show` "
            "FILE.pcap.",
            dir_okay=False,
        ),
    ] = None,
    profile: Annotated[
        bool, typer.Option("--profile", help="Time each operator of the model (in its own build).")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the results: RUN/evaluation unless named.")
    ] = None,
    runtime: RuntimeOption = "static",
    kernels: KernelsOption = "",
    arena_bytes: ArenaOption = None,
    optimise: OptimiseOption = None,
    force: ForceOption = False,
) -> None:
    """Stream clips to a device and compare each answer with TensorFlow Lite Micro.

    Each evaluation has a folder of its own in RUN/evaluation; <target>.json there is the newest
    in which every clip was answered (<board>-port.json with --port).

    Several devices share the clips: each takes the next one when it has answered. When one stops,
    its clips go to the others.

    An evaluation that passed and whose inputs are unchanged is not run again: its result is shown.
    --force runs it all the same; with --port or --trace it always runs.

    Exit status 0: every clip was answered and is exact; 1: not so; 2: bad input.

    Examples:

      kws evaluate --run runs/demo

      kws evaluate --run runs/demo --data my_recordings --input features --limit 100

      kws evaluate --run runs/demo --board mps2_an386 --limit 1 --profile

      kws evaluate --run runs/demo --port /dev/ttyACM0 --baud 921600 --trace packets.txt

      kws evaluate --run runs/demo --port /dev/ttyACM0 --board microbit

      kws evaluate --run runs/demo --port /dev/ttyACM0 --port /dev/ttyACM1

      kws evaluate --run runs/demo --board mps2_an386 --jobs 4

      kws evaluate --run runs/demo --port /dev/ttyACM0 --ray auto
    """
    ports = tuple(port or ())
    _check_devices(ports, jobs, ray, trace)
    if ray is not None and baud == "auto":
        raise KwsError(
            "--baud auto asks ports of this machine, those of --ray are on others",
            "Give the number: kws ports finds it on the machine that has the port.",
        )
    speeds = [baud_of(baud, each) for each in ports or (None,)]
    options = EvaluationOptions(
        data=data,
        split=split or ("testing" if data is None else "all"),
        input=input,
        limit=limit,
        board=board,
        ports=ports,
        jobs=jobs,
        ray=ray,
        bauds=tuple(speed or find_board(board).baud for speed in speeds[: len(ports)]),
        trace=trace,
        patience_s=patience,
        runtime=ModelRuntime(runtime, kernels, arena_bytes),
        profile=profile,
        optimise=optimise,
    )
    report, path = Pipeline.open(run, force).evaluate(options, out)
    print_report(report, path)
    raise typer.Exit(0 if report.passed else 1)


def _check_devices(
    ports: tuple[str, ...], jobs: int | None, ray: str | None, trace: Path | None
) -> None:
    """KwsError when the options that name devices make no sense."""
    for port in ports:
        if ports.count(port) > 1:
            raise KwsError(f"--port {port} is named twice", "Name each device once.")
    if ray is not None and trace is not None:
        raise KwsError(
            "--trace writes on this machine, and the ports of --ray are on others",
            "Leave it out, or run kws evaluate --trace on the machine that has the port.",
        )
    if ports and jobs is not None:
        raise KwsError(
            "--jobs starts boards here, and --port names devices that are there",
            "Leave out one of them; several devices are --port A --port B.",
        )


def print_report(report: EvaluationReport, path: Path) -> None:
    """The confusion matrix, the words, parity and where the files lie: beside `path`."""
    console.print(printable(confusion_view(report.metrics, console.width)), soft_wrap=True)
    table = Table("word", "clips", "precision", "recall", box=None)
    for word in report.words:
        table.add_row(
            printable(word.label), str(word.clips), percent(word.precision), percent(word.recall)
        )
    console.print(table)
    console.print(headline(report), soft_wrap=True)
    if report.verdict:
        console.print(report.verdict, soft_wrap=True, style="yellow")
    if report.cross_validation:
        console.print(report.cross_validation.line, soft_wrap=True)
    console.print(parity_line(report), soft_wrap=True)
    console.print(memory_line(report), soft_wrap=True)
    cost = [timing_line(report), *listening_lines(report)]
    console.print("\n".join(cost), soft_wrap=True, markup=False)
    if report.ports:
        console.print(link_line(report), soft_wrap=True)
    if shares := share_rows(report):
        console.print(_share_table(shares))
    if report.profile:
        console.print(_profile_table(report))
    if report.budget:
        console.print(budget_table(report.budget), soft_wrap=True, markup=False)
    console.print(f"report: {path.with_name('report.md')}", soft_wrap=True, markup=False)
    for difference in report.parity.differences[:_SHOWN_DIFFERENCES]:
        log.print(f"  {difference}", soft_wrap=True, markup=False)
    for text in (*report.profile_differences, *share_failures(report)):
        log.print(text, soft_wrap=True, markup=False)
    if report.failure:
        log.print(f"{report.unanswered} clips were not answered: {report.failure}", markup=False)
    for clip in report.faulting_clips:
        log.print(f"the device faults on this clip every time: {clip}", markup=False)
    for fault in fault_lines(report):
        log.print(f"the device restarted after a fault: {fault}", soft_wrap=True, markup=False)


def _share_table(rows: list[tuple[str, ...]]) -> Table:
    table = Table(SHARE_COLUMNS[0], box=None)
    for column in SHARE_COLUMNS[1:]:
        table.add_column(column, justify="right")
    for row in rows:
        table.add_row(*map(printable, row))
    return table


def _profile_table(report: EvaluationReport) -> Table:
    """A row an operator: its time in the last clip, its share, its time a multiply-accumulate."""
    table = Table("operator", "shape", box=None)
    for column in (report.timing.unit, "share", "MACs", "a MAC"):
        table.add_column(column, justify="right")
    total = sum(operator.time for operator in report.profile) or 1
    for operator in report.profile:
        per_mac = f"{operator.time / operator.macs:.2f}" if operator.macs else "-"
        table.add_row(
            f"{operator.index} {operator.kind}", operator.shape,
            f"{operator.time:,}", percent(operator.time / total), f"{operator.macs:,}", per_mac,
        )  # fmt: skip
    return table
