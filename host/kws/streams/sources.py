# SPDX-License-Identifier: Apache-2.0
"""The streams that an evaluation hears, made or recorded, with the host's scores."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from kws.config.schema import Config, Optimise
from kws.console import progress
from kws.data import load_dataset
from kws.data.audio import Samples, load_recording
from kws.data.scan import SOUND_SUFFIXES
from kws.data.splits import Split
from kws.evaluate.clips import TrainedModel
from kws.firmware.runtime import ModelRuntime
from kws.run.paths import RunPaths
from kws.streams.decisions import host_decisions
from kws.streams.det import ScoredStream
from kws.streams.making import background_streams, sounds_of, word_streams
from kws.streams.stream import Stream, recorded_stream
from kws_codegen.base.errors import KwsError


@dataclass(frozen=True)
class StreamOptions:
    """What to listen to and where."""

    split: Split = "testing"  # whose clips the streams are made of
    recordings: tuple[tuple[Path, Path | None], ...] = ()  # own sound and label track, instead
    speech: tuple[Path, ...] = ()  # more speech without wanted words: files or folders
    choosing_speech: tuple[Path, ...] = ()  # the same, to choose thresholds on: never reported
    hours: float = 1.0  # of each background without wanted words
    most_words: int | None = None  # said in each stream of words
    most_minutes: float | None = None  # heard in all: streams are cut in proportion
    board: str = "host"
    port: str | None = None
    baud: int | None = None
    on_device: bool = True  # False: the host's model alone
    runtime: ModelRuntime = field(default_factory=ModelRuntime)
    optimise: Optimise | None = None
    mlperf: bool = False  # its rules instead of ours
    fast: bool = False  # the host decides by the static C model, not by TensorFlow Lite Micro


def scored_streams(
    run: RunPaths, model: TrainedModel, options: StreamOptions, *, exact: bool = True
) -> list[ScoredStream]:
    """The streams with the host's scores; KwsError for recordings that cannot be used.

    `exact` as host_decisions(), unless options.fast.
    """
    exact = exact and not options.fast
    streams = list(_streams(run, model.config, options))
    if options.most_minutes is not None:
        streams = _cut(streams, options.most_minutes, model.config.features.sample_rate_hz)
    scored = []
    with progress() as bar:
        task = bar.add_task("the host listens: streams", total=len(streams))
        for stream in streams:
            found = host_decisions(model.config, model.tflite, stream.samples, exact=exact)
            scored.append(ScoredStream(stream, found))
            bar.advance(task)
    return scored


def _streams(run: RunPaths, config: Config, options: StreamOptions) -> Iterable[Stream]:
    rate_hz = config.features.sample_rate_hz
    if options.recordings:
        for sound, labels in options.recordings:
            yield recorded_stream(sound, labels, config.data.wanted_words, rate_hz)
        return
    speech = speech_of(options.speech, rate_hz)
    sounds = sounds_of(load_dataset(run.dataset), config, options.split, speech)
    yield from word_streams(sounds, options.most_words)
    if options.hours > 0:
        yield from background_streams(sounds, 3600 * options.hours)


def speech_of(paths: Sequence[Path], rate_hz: int) -> list[Samples]:
    """The sound of files, and of all sound files in folders: int16 [n] each."""
    found: list[Samples] = []
    for path in paths:
        if not path.exists():
            raise KwsError(f"no file or folder {path}", "Give --speech sound files or folders.")
        files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
        sounds = [f for f in files if path.is_file() or f.suffix.lower() in SOUND_SUFFIXES]
        if not sounds:
            raise KwsError(
                f"{path} holds no sound files", f"Known are {', '.join(SOUND_SUFFIXES)}."
            )
        found += [load_recording(file, rate_hz) for file in sounds]
    return found


def check_apart(options: StreamOptions) -> None:
    """KwsError when a recording is to choose thresholds on, and to judge them."""
    chosen_on = {path.resolve() for path in options.choosing_speech}
    for path in options.speech:
        real = path.resolve()
        for other in chosen_on:
            if real == other or real in other.parents or other in real.parents:
                raise KwsError(
                    f"thresholds cannot be chosen on what judges them: {path}",
                    "Give --choose-on and --speech recordings of their own, of other speakers.",
                )


def _cut(streams: list[Stream], minutes: float, rate_hz: int) -> list[Stream]:
    """The first part of each, so that all together are no longer."""
    total = sum(stream.samples.size for stream in streams)
    share = min(1.0, minutes * 60 * rate_hz / total)
    cut = []
    for stream in streams:
        size = int(stream.samples.size * share)
        cut.append(
            replace(
                stream,
                samples=stream.samples[:size],
                words=tuple(word for word in stream.words if word.end + rate_hz <= size),
                distinct_samples=min(size, stream.distinct_samples),
            )
        )
    return [stream for stream, whole in zip(cut, streams, strict=True) if _useful(stream, whole)]


def _useful(stream: Stream, whole: Stream) -> bool:
    """A stream of words that was cut before the first of them would count as background."""
    return bool(stream.words) or not whole.words
