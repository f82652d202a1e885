# SPDX-License-Identifier: Apache-2.0
"""`kws stream-eval`: what a listener is worth, on hours of sound."""

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
from kws.console import console, log, printable, warn
from kws.data.splits import Split
from kws.firmware.boards import find_board
from kws.firmware.runtime import ModelRuntime
from kws.metrics.verdict import percent
from kws.run.pipeline import Pipeline
from kws.streams.rates import rate_text
from kws.streams.report import StreamReport
from kws.streams.report_text import delay_text, level_name, parity_line, worth_lines
from kws.streams.sources import StreamOptions
from kws_codegen.base.errors import KwsError


def stream_eval_command(
    run: RunOption,
    split: Annotated[
        Split, typer.Option(help="Whose words, noise and speech the streams are made of.")
    ] = "testing",
    audio: Annotated[
        list[Path] | None,
        typer.Option(help="A recording of your own instead; may be given again.", dir_okay=False),
    ] = None,
    labels: Annotated[
        list[Path] | None,
        typer.Option(help="Its label track, as Audacity exports it.", dir_okay=False),
    ] = None,
    speech: Annotated[
        list[Path] | None,
        typer.Option(help="More speech without wanted words: sound files or folders."),
    ] = None,
    choose_on: Annotated[
        list[Path] | None,
        typer.Option(help="The same, to choose thresholds on: none of it in --speech."),
    ] = None,
    hours: Annotated[
        float,
        typer.Option(min=0.0, max=1000.0, help="Of each background in which no word is said."),
    ] = 1.0,
    words: Annotated[
        int | None, typer.Option(min=1, help="At most N words in each stream of words.")
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(min=0.1, max=1e6, help="Cut the streams, in proportion, to M minutes."),
    ] = None,
    board: RunBoardOption = "host",
    port: Annotated[str | None, typer.Option(help="A device that is there.")] = None,
    baud: BaudOption = None,
    no_device: Annotated[
        bool, typer.Option("--no-device", help="The host's model alone: no device listens.")
    ] = False,
    false_accepts_per_hour: Annotated[
        float | None,
        typer.Option(
            min=0.001,
            max=1e6,
            help="First choose thresholds for this rate on streams of the validation split, and "
            "write them into the run's configuration.",
        ),
    ] = None,
    fast: Annotated[
        bool,
        typer.Option(
            "--fast",
            help="Compare with the static C model on this computer, in seconds an hour of sound; "
            "TensorFlow Lite Micro takes minutes.",
        ),
    ] = False,
    mlperf: Annotated[
        bool, typer.Option("--mlperf-rules", help="Score as MLPerf Tiny's streaming wake word.")
    ] = False,
    runtime: RuntimeOption = "static",
    kernels: KernelsOption = "",
    arena_bytes: ArenaOption = None,
    optimise: OptimiseOption = None,
    force: ForceOption = False,
) -> None:
    """Let a device listen to hours of sound: words missed, false accepts an hour, delay.

    Streams are made from the testing split: each word at a known time, in quiet, in noise at
    20, 10, 5 and 0 dB, and amid other speech; then quiet, noise and speech in which no wanted word
    is said. Every decision of the device is compared with the host's.

    Results go to RUN/streams, a folder each: report.md, det.png, det.csv, events.csv,
    stream-eval.json.

    Exit status 0: every decision equals the host's; 1: not so; 2: bad input.

    Examples:

      kws stream-eval --run runs/demo --minutes 10

      kws stream-eval --run runs/demo --false-accepts-per-hour 0.5 --speech podcasts/

      kws stream-eval --run runs/demo --audio kitchen.wav --labels kitchen.txt

      kws stream-eval --run runs/demo --port /dev/ttyACM0
    """
    options = StreamOptions(
        split=split,
        recordings=_recordings(audio or [], labels or []),
        speech=tuple(speech or []),
        choosing_speech=tuple(choose_on or []),
        hours=hours,
        most_words=words,
        most_minutes=minutes,
        board=board,
        port=port,
        baud=baud_of(baud, port) or find_board(board).baud,
        on_device=not no_device,
        runtime=ModelRuntime(runtime, kernels, arena_bytes),
        optimise=optimise,
        mlperf=mlperf,
        fast=fast,
    )
    if false_accepts_per_hour is not None and split == "validation":
        raise KwsError(
            "thresholds are chosen on the validation split: it cannot judge them",
            "Leave --split out, or take testing.",
        )
    if choose_on and false_accepts_per_hour is None:
        raise KwsError(
            "--choose-on is for choosing thresholds", "Give --false-accepts-per-hour as well."
        )
    pipeline = Pipeline.open(run, force)
    chosen = ""
    if false_accepts_per_hour is not None:
        chosen = pipeline.choose_thresholds(options, false_accepts_per_hour)
        console.print(f"thresholds: {chosen}", soft_wrap=True)
    report, path = pipeline.evaluate_streams(options, chosen)
    print_stream_report(report, path)
    raise typer.Exit(0 if report.passed else 1)


def _recordings(audio: list[Path], labels: list[Path]) -> tuple[tuple[Path, Path | None], ...]:
    if labels and len(labels) != len(audio):
        raise KwsError(
            f"{len(audio)} --audio and {len(labels)} --labels",
            "Give one label track for each recording, in the same order; or none, where no wanted "
            "word is said.",
        )
    for path in (*audio, *labels):
        if not path.is_file():
            raise KwsError(
                f"no file {path}", "Give --audio a sound file, --labels its label track."
            )
    tracks: list[Path | None] = [*labels] or [None] * len(audio)
    return tuple(zip(audio, tracks, strict=True))


def print_stream_report(report: StreamReport, path: Path) -> None:
    """Misses by level, false accepts by background, parity, and where the files lie."""
    if report.levels:
        table = Table("words missed (FRR)", box=None)
        for column in ("said", "missed", "95 % interval"):
            table.add_column(column, justify="right")
        for level in report.levels:
            low, high = level.misses.interval
            table.add_row(
                level_name(level), str(level.misses.said), percent(level.misses.share),
                f"{percent(low)} to {percent(high)}",
            )  # fmt: skip
        console.print(table)
    if report.backgrounds:
        table = Table("false accepts", "", box=None)
        for result in report.backgrounds:
            table.add_row(result.background, rate_text(result.false_accepts))
        console.print(table)
    if report.levels:
        console.print(f"detected {delay_text(report.delay)}", soft_wrap=True)
    for line in worth_lines(report):
        warn(line)
    console.print(parity_line(report), soft_wrap=True)
    if report.cost:
        console.print(report.cost.line, soft_wrap=True)
    if report.failure:
        log.print(f"the device stopped: {printable(report.failure)}", soft_wrap=True)
    console.print(f"report: {path.with_name('report.md')}", soft_wrap=True)
