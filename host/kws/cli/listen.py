# SPDX-License-Identifier: Apache-2.0
"""`kws listen`: a microphone or a file, heard by the firmware, its detections as they come."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from kws.cli.interrupts import dealt_with
from kws.cli.options import (
    ArenaOption,
    BaudOption,
    KernelsOption,
    OptimiseOption,
    RunBoardOption,
    RunOption,
    RuntimeOption,
    baud_of,
)
from kws.console import console, log, printable
from kws.data.audio import Samples
from kws.evaluate.clips import load_model
from kws.evaluate.device_session import open_device
from kws.firmware.runtime import ModelRuntime
from kws.link.listening_cost import listening_cost
from kws.listen import (
    Heard,
    SavedDetections,
    file_blocks,
    listen,
    microphone_blocks,
)
from kws.listen.display import display
from kws.run.pipeline import Pipeline
from kws_codegen.base.errors import KwsError


def listen_command(
    run: RunOption,
    file: Annotated[
        Path | None, typer.Option(help="A sound file instead of the microphone.", dir_okay=False)
    ] = None,
    microphone: Annotated[
        str | None, typer.Option(metavar="NAME", help="Part of the microphone's name.")
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(min=0.1, max=1e6, help="Stop after so much sound.", show_default=False),
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option(help="Keep the sound of each detection in this folder.", file_okay=False),
    ] = None,
    board: RunBoardOption = "host",
    port: Annotated[
        str | None,
        typer.Option(help="A device that is there, whose microphone this computer is."),
    ] = None,
    baud: BaudOption = None,
    trace: Annotated[
        Path | None, typer.Option(help="Write every packet to this file.", dir_okay=False)
    ] = None,
    runtime: RuntimeOption = "static",
    kernels: KernelsOption = "",
    arena_bytes: ArenaOption = None,
    optimise: OptimiseOption = None,
) -> None:
    """Listen to the microphone, or to a file, and print each word that is detected.

    The firmware hears it: built for this computer and started here unless --board or --port say
    otherwise. Each line is time, word and score; Ctrl-C ends it. The detections that were none make
    the model better: listen with --save to sound without the words, then kws data add-negatives.

    Examples:

      kws listen --run runs/demo

      kws listen --run runs/demo --file kitchen.wav --save detections

      kws listen --run runs/demo --board mps2_an386 --file kitchen.wav

      kws listen --run runs/demo --port /dev/ttyACM0
    """
    if file is not None and microphone is not None:
        raise KwsError("--file and --microphone are two sources of sound", "Leave out one.")
    speed = baud_of(baud, port)
    pipeline = Pipeline.open(run)
    model = load_model(pipeline.run)
    config, rate_hz = model.config, model.config.features.sample_rate_hz
    saved = None if save is None else SavedDetections(save, rate_hz, config.clip_samples)
    blocks = microphone_blocks(rate_hz, microphone) if file is None else file_blocks(file, rate_hz)
    if seconds is not None:
        blocks = _first(blocks, round(seconds * rate_hz))
    firmware = None
    if port is None:
        firmware = pipeline.build(board, ModelRuntime(runtime, kernels, arena_bytes), optimise)
    with open_device(firmware, board, port or "", speed, trace) as device:
        info = device.handshake(model.expected)
        source = "the microphone" if file is None else str(file)
        log.print(f"{info.board} listens to {printable(source)}", soft_wrap=True)
        detections, interrupted = 0, False
        try:
            with display(config.data.labels, rate_hz) as shown:
                for heard in listen(device, blocks):
                    detections += _print(heard, config.data.labels, rate_hz, saved)
                    shown.show(heard)
        except KeyboardInterrupt:
            dealt_with()
            interrupted = True
        hops_per_second = 1000 / config.features.hop_ms
        cost = listening_cost([device.stream_stats()], info.time_unit, hops_per_second)
    log.print(f"detections: {detections}" + (f", saved in {save}" if save and detections else ""))
    if cost is not None:
        log.print(cost.line, soft_wrap=True)
    if interrupted:
        raise KeyboardInterrupt


def _print(
    heard: Heard, labels: tuple[str, ...], rate_hz: int, saved: SavedDetections | None
) -> int:
    """Print and keep the detections of a block; how many."""
    if saved is not None:
        saved.hear(heard.block)
    found = [decision for decision in heard.decisions if decision.event is not None]
    for decision in found:
        assert decision.event is not None
        word, score = labels[decision.event.word], decision.event.score
        console.print(f"{decision.samples / rate_hz:10.2f} s  {printable(word):20} {score:.2f}")
        if saved is not None:
            saved.save(word, score, decision.samples)
    return len(found)


def _first(blocks: Iterator[Samples], samples: int) -> Iterator[Samples]:
    for block in blocks:
        yield block[:samples]
        samples -= len(block)
        if samples <= 0:
            return
