# SPDX-License-Identifier: Apache-2.0
"""`kws wake`: from typed words to firmware that wakes on them."""

from pathlib import Path
from typing import Annotated

import typer

from kws.cli.options import (
    EpochsOption,
    ForceOption,
    RunBoardOption,
    SetOption,
    configuration,
    configurations,
)
from kws.cli.report import show_report
from kws.cli.stream_eval import print_stream_report
from kws.config.quantity import read_quantity
from kws.console import console, printable, warn
from kws.data.engines import engine_names
from kws.run.paths import RunPaths
from kws_codegen.base.errors import KwsError


def wake_command(
    words: Annotated[
        list[str], typer.Argument(help='Words or phrases: "hey lumos".', show_default=False)
    ],
    out: Annotated[Path, typer.Option("--out", help="Run folder to write.", show_default=False)],
    language: Annotated[
        str, typer.Option("--language", help="As espeak-ng calls it: en, en-gb, es, de ...")
    ] = "en",
    voices: Annotated[
        str | None,
        typer.Option(
            "--voices",
            metavar="A,B,...",
            help=f"Any of {', '.join(engine_names())}; else all that are here.",
            show_default=False,
        ),
    ] = None,
    recordings: Annotated[
        Path | None,
        typer.Option(
            help="Folder of words with your own clips: some speakers train, the others test.",
            file_okay=False,
        ),
    ] = None,
    negatives: Annotated[
        list[Path] | None,
        typer.Option(help="Speech and sound without the words: files or folders. Again for more."),
    ] = None,
    noise: Annotated[
        list[Path] | None, typer.Option(help="Sound file to hear words in: noise, music.")
    ] = None,
    budget: Annotated[
        str | None,
        typer.Option(metavar="BYTES", help="Most bytes of the model: 60k.", show_default=False),
    ] = None,
    false_accepts_per_hour: Annotated[
        float, typer.Option(min=0.001, max=1e6, help="Thresholds are chosen for it.")
    ] = 0.5,
    clips: Annotated[
        int,
        typer.Option(
            "--clips-per-word", help="Spoken, each by another speaker.", min=3, max=10_000
        ),
    ] = 400,
    rounds: Annotated[
        int,
        typer.Option(
            help="Of training: what wakes the model of one is trained on in the next.",
            min=1,
            max=9,
        ),
    ] = 2,
    hours: Annotated[
        float, typer.Option(min=0.01, max=100.0, help="Of each background that it listens to.")
    ] = 1.0,
    config: Annotated[
        Path,
        typer.Option(
            "--config",
            help="Configuration (TOML), or a preset by name.",
            autocompletion=configurations,
        ),
    ] = Path("wake"),
    epochs: EpochsOption = None,
    settings: SetOption = None,
    board: RunBoardOption = "host",
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Train words that the check refuses.")
    ] = False,
    force: ForceOption = False,
) -> None:
    """Make a wake word from its text: no recordings, firmware at the end.

    The word is checked, spoken by synthesisers among words like it and sentences without it,
    trained in rounds, given thresholds, built, and judged on streams. Each step is printed as the
    command that it is; what is done is skipped, and what was interrupted goes on. The result is a
    run folder as any other.

    Synthetic words in the test say little about people: --recordings does.

    Exit status 0: every decision and every clip as on the host; 1: not so; 2: bad input.

    Examples:

      kws wake "hey lumos" --out runs/lumos

      kws wake "hey lumos" "stop lumos" --out runs/lumos --recordings mine --negatives radio/
      --budget 60k --board mps2_an386
    """
    from kws.wake.request import WakeRequest
    from kws.wake.result import advice, result_lines
    from kws.wake.wake import make_wake_word

    texts = (word.casefold().replace(",", " ").split() for word in words)
    names = tuple(dict.fromkeys(map(" ".join, texts)))
    request = WakeRequest(
        words=names,
        config=configuration(config, settings, epochs=epochs, wanted_words=",".join(names)),
        language=language,
        voices=_voices(voices),
        clips=clips,
        rounds=rounds,
        recordings=recordings,
        negatives=tuple(negatives or ()),
        noise=_files(noise or []),
        budget_bytes=bytes_of(budget),
        per_hour=false_accepts_per_hour,
        hours=hours,
        board=board,
        anyway=anyway,
    )
    result, report = make_wake_word(out, request, force)
    print_stream_report(report, out / result.streams)
    for line in result_lines(result, report):
        console.print(printable(line), soft_wrap=True)
    for line in advice(result):
        warn(line)
    show_report(out, [], RunPaths(out).report)
    raise typer.Exit(0 if result.exact else 1)


def bytes_of(text: str | None) -> int | None:
    """60k, 60kB, 60KiB, 61440 in bytes. KwsError for what is no size."""
    if text is None:
        return None
    count = read_quantity(text)
    if not count:
        raise KwsError(f'--budget "{text}" is no number of bytes', "Write 60k, or 61440.")
    return count


def _voices(text: str | None) -> tuple[str, ...]:
    names = (name.strip() for name in (text or "").split(","))
    return tuple(dict.fromkeys(name for name in names if name))


def _files(paths: list[Path]) -> tuple[Path, ...]:
    for path in paths:
        if not path.is_file():
            raise KwsError(f"no sound file {path}", "Give --noise a sound file, and again more.")
    return tuple(paths)
