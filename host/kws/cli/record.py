# SPDX-License-Identifier: Apache-2.0
"""`kws record`: one's own words, take by take, with advice."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.live import Live
from rich.text import Text

from kws.config.schema import Config
from kws.console import console, log, printable, warn
from kws.data.audio import Samples, load_recording
from kws.listen import file_blocks, microphone_blocks
from kws.listen.display import meter
from kws.listen.session import level_dbfs
from kws.record import Recordings, Take, check_names, cut_recording, judge_take
from kws_codegen.base.errors import KwsError

_AROUND_MS = 1000  # heard besides the clip, so that a word need not come at once
_COUNTDOWN_S = 3
Source = Callable[[], Iterator[Samples]]


def record_command(
    out: Annotated[Path, typer.Option(help="Folder of words to write to.", file_okay=False)],
    words: Annotated[
        str, typer.Option(metavar="A,B,...", help="Words; with --labels all of it, unless named.")
    ] = "",
    speaker: Annotated[
        str, typer.Option(help="Who speaks: the splits keep speakers apart.")
    ] = "s01",
    count: Annotated[int, typer.Option(min=1, max=10_000, help="Takes of each word.")] = 30,
    source: Annotated[
        Path | None,
        typer.Option("--from", help="Cut this long recording into clips.", dir_okay=False),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(help="With --from: its label track, as Audacity exports it.", dir_okay=False),
    ] = None,
    microphone: Annotated[
        str | None, typer.Option(metavar="NAME", help="Part of the microphone's name.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="A sound file that is heard instead.", dir_okay=False)
    ] = None,
    rate_hz: Annotated[
        int, typer.Option("--rate", min=4000, max=48_000, help="Samples a second.")
    ] = Config().features.sample_rate_hz,
    clip_ms: Annotated[
        int, typer.Option(min=100, max=10_000, help="Length of a clip.")
    ] = Config().data.clip_duration_ms,
) -> None:
    """Record words for training: countdown, level, trimming, and advice about each take.

    Writes OUT/<word>/<speaker>_nohash_<n>.wav, the layout that kws reads. After a good take Enter
    goes on and r takes it again; after a bad one Enter takes it again and k keeps it; q ends. The
    same command goes on where it ended; a long recording that is cut again adds what lacks.

    Examples:

      kws record --words lumos,stop --speaker s01 --count 30 --out recordings

      kws record --from session.wav --words lumos --speaker s02 --out recordings

      kws record --from session.wav --labels session.txt --speaker s02 --out recordings
    """
    chosen = [word.strip() for word in words.split(",")] if words else []
    check_names(chosen, speaker)
    recordings = Recordings(out, speaker, rate_hz)
    clip_samples = rate_hz * clip_ms // 1000
    if source is not None:
        _cut(source, labels, chosen, recordings, rate_hz, clip_samples)
        return
    if labels is not None:
        raise KwsError("--labels belongs to a long recording", "Name it with --from.")
    if not chosen:
        raise KwsError("no word is named", "Name them: --words lumos,stop")
    if file is None:
        _record(recordings, chosen, count, rate_hz, clip_samples,
                lambda: microphone_blocks(rate_hz, microphone), _COUNTDOWN_S)  # fmt: skip
    else:
        blocks = file_blocks(file, rate_hz)
        _record(recordings, chosen, count, rate_hz, clip_samples, lambda: blocks, 0)


def _record(
    recordings: Recordings,
    words: list[str],
    count: int,
    rate_hz: int,
    clip_samples: int,
    source: Source,
    countdown_s: int,
) -> None:
    todo = recordings.missing(words, count)
    there = len(words) * count - len(todo)
    if there:
        log.print(f"{there} of {len(words) * count} takes are there already")
    length, kept, ended = clip_samples + rate_hz * _AROUND_MS // 1000, 0, False
    while todo and not ended:
        word, number = todo[0]
        log.print(f"{printable(word)} ({number + 1} of {count})", soft_wrap=True)
        sound = _hear(source(), length, rate_hz, countdown_s)
        if sound.size < length // 2:
            log.print("the sound has ended")
            break
        take = judge_take(sound, rate_hz, clip_samples)
        answer = _ask(take)
        ended = answer == "q"
        if answer == "k":
            recordings.save(word, number, take.clip)
            kept += 1
            todo.pop(0)
    console.print(f"kept: {kept}; missing: {len(todo)}")


def _hear(blocks: Iterator[Samples], length: int, rate_hz: int, countdown_s: int) -> Samples:
    """So many samples after the countdown, with the level on a moving line."""
    with Live(console=log, transient=True, refresh_per_second=20) as live:
        started = time.monotonic()
        heard: list[Samples] = []
        while (size := sum(map(len, heard))) < length:
            block = next(blocks, None)
            if block is None:
                break
            left = countdown_s - (time.monotonic() - started)
            if left > 0:
                live.update(Text(f"  {left:.0f} ...  {meter(level_dbfs(block))}"))
                continue
            heard.append(block)
            seconds = (length - size) / rate_hz
            live.update(Text(f"  speak  {meter(level_dbfs(block))}  {seconds:.1f} s"))
    close = getattr(blocks, "close", None)
    if countdown_s and close is not None:
        close()  # the microphone; a file goes on
    return np.concatenate(heard)[:length] if heard else np.empty(0, np.int16)


def _ask(take: Take) -> str:
    """k: keep it; r: take it again; q: end."""
    for fault in take.faults:
        warn(fault)
    good = not take.faults
    log.print(
        f"  {take.peak_dbfs:.0f} dB, background {take.background_dbfs:.0f} dB: "
        + ("good; Enter goes on, r takes it again, q ends" if good
           else "Enter takes it again, k keeps it, q ends")
    )  # fmt: skip
    try:
        answer = input().strip().lower()[:1]
    except EOFError:
        return "q"
    return answer if answer in ("k", "r", "q") else "k" if good else "r"


def _cut(
    source: Path,
    labels: Path | None,
    words: list[str],
    recordings: Recordings,
    rate_hz: int,
    clip_samples: int,
) -> None:
    for path in (source, *([labels] if labels else [])):
        if not path.is_file():
            raise KwsError(f"no file {path}", "Give --from a sound file, --labels its labels.")
    cuts = cut_recording(load_recording(source, rate_hz), labels, words, rate_hz, clip_samples)
    check_names(sorted({cut.word for cut in cuts}), "any")
    if not cuts and labels is not None:
        raise KwsError(
            f"{labels} has no label{' of ' + ', '.join(words) if words else ''}",
            "Export the label track again, or name other --words.",
        )
    if not cuts:
        raise KwsError(
            f"no word was found in {source}", "Is it louder than the background? Or give --labels."
        )
    counts = dict.fromkeys((cut.word for cut in cuts), 0)
    there = {word: recordings.samples(word) for word in counts}
    again = dict(counts)
    for cut in cuts:
        if cut.take.clip.tobytes() in there[cut.word]:  # cut before, from this recording
            again[cut.word] += 1
            continue
        number = recordings.next_number(cut.word)
        path = recordings.save(cut.word, number, cut.take.clip)
        counts[cut.word] += 1
        for fault in cut.take.faults:
            warn(f"{path.name} ({cut.word}, {cut.seconds:.1f} s): {fault.partition(':')[0]}")
    for word, made in counts.items():
        text = f"{printable(word)}: {made} clip{'s' if made != 1 else ''}"
        same = f" ({again[word]} more are there already)" if again[word] else ""
        console.print(text + same, soft_wrap=True)
