# SPDX-License-Identifier: Apache-2.0
"""The steps of `kws wake` in order: each is a command of its own, skipped when it is done."""

from dataclasses import replace
from pathlib import Path

from kws.config.run_config import save_run_config
from kws.config.schema import Config
from kws.console import log, warn
from kws.data import load_dataset
from kws.data.negatives import negative_files
from kws.data.own_recordings import OWN, own_recordings
from kws.data.wake_speech import WakeSpeech, make_wake_speech
from kws.data.word_check import check_word
from kws.evaluate.options import EvaluationOptions
from kws.run.lock import run_lock
from kws.run.paths import RunPaths
from kws.run.pipeline import Pipeline
from kws.run.preflight import check_machine
from kws.streams.det import thresholds
from kws.streams.rates import Misses
from kws.streams.report import StreamReport
from kws.streams.sources import StreamOptions
from kws.wake.request import WakeRequest, voices_of, wake_config
from kws.wake.result import Checked, RoundResult, WakeResult, save_result
from kws.wake.rounds import (
    Round,
    round_paths,
    train_last_round,
    train_round,
    without_people,
)
from kws.wake.steps import say
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import file_hash

_ANSWERED = 100  # clips of the testing split that the firmware answers in the end
_CHOSEN_ON = 2  # times the hours that are reported: thresholds for rare events


def make_wake_word(
    out: Path, request: WakeRequest, force: bool = False
) -> tuple[WakeResult, StreamReport]:
    """Make the run folder `out`: speech, training in rounds, thresholds, firmware, streams.

    Raises KwsError for a word that is refused (unless request.anyway), for what is missing on this
    machine, and as the steps do.
    """
    run = RunPaths(out)
    checked = _checked(request)
    voices = voices_of(request)
    negative_files([str(path) for path in request.negatives])
    if request.recordings is not None:
        own_recordings(request.recordings, request.words)
    check_machine(run, request.board)
    request = replace(request, config=wake_config(request))
    with run_lock(out):
        speech = _spoken(run, request, voices)
        pipeline, rounds, left_out, first = _trained(run, speech, request, force)
        chosen = _thresholds(pipeline, request)
        say("kws build", "--run", out, "--board", request.board)
        pipeline.generate()
        pipeline.build(request.board)
        options = StreamOptions(hours=request.hours, fast=True)
        say("kws stream-eval", "--run", out, "--hours", request.hours, "--fast")
        report, path = pipeline.evaluate_streams(options, chosen)
        say("kws evaluate", "--run", out, "--limit", _ANSWERED)
        answered, _ = pipeline.evaluate(EvaluationOptions(limit=_ANSWERED))
        people = _people(run)
        result = WakeResult(
            checked=checked,
            language=request.language,
            voices=voices,
            clips=request.clips,
            rounds=rounds,
            left_out=left_out,
            people=people,
            tflite_bytes=run.tflite_model.stat().st_size,
            model_sha256=file_hash(run.tflite_model),
            exact=answered.passed and report.passed,
            per_hour=request.per_hour,
            chosen=chosen,
            streams=path.relative_to(out).as_posix(),
            quiet=report.levels[0].misses if report.levels else None,
            without_people=_missed_by(first, options, request) if people and first else None,
        )
        save_result(run, result)
    return result, report


def _checked(request: WakeRequest) -> tuple[Checked, ...]:
    results = []
    for word in request.words:
        say("kws word check", word, "--language", request.language)
        found = check_word(word, request.language)
        results.append(Checked(word, found.verdict, found.reasons))
        log.print(f"{word}: {found.verdict}", *(f"- {r}" for r in found.reasons), sep="\n  ")
        if found.verdict == "refused" and not request.anyway:
            better = f" Better: {', '.join(found.proposals)}." if found.proposals else ""
            raise KwsError(
                f'"{word}" is no good wake word: {"; ".join(found.reasons)}',
                f"Choose another, or train it all the same with --anyway.{better}",
            )
    return tuple(results)


def _spoken(run: RunPaths, request: WakeRequest, voices: tuple[str, ...]) -> Path:
    wanted = WakeSpeech(request.words, request.clips, voices, request.language, request.seed)
    out = run.wake / "speech"
    say(
        "kws data wake-speech", out, "--words", ",".join(request.words), "--clips-per-word",
        request.clips, "--voices", ",".join(voices), "--language", request.language,
    )  # fmt: skip
    if not make_wake_speech(out, wanted, request.recordings, request.noise):
        log.print("unchanged, skipped", style="dim")
    return out


def _trained(
    run: RunPaths, speech: Path, request: WakeRequest, force: bool
) -> tuple[Pipeline, tuple[RoundResult, ...], tuple[str, ...], Pipeline | None]:
    """The run, its rounds, clips that the last one did not hear, the first round's pipeline."""
    config = _with_negatives(request)
    given, first = Round(), None
    for number in range(1, request.rounds):
        log.print(f"round {number} of {request.rounds}", markup=False)
        folder = round_paths(run, number)
        heard = without_people(speech, folder) if number == 1 else speech
        pipeline, given = train_round(folder, heard, config, given, request.board, force)
        first = first or pipeline
    log.print(f"round {request.rounds} of {request.rounds}", markup=False)
    folder = round_paths(run, request.rounds)
    pipeline, rounds = train_last_round(
        run.root, folder, speech, config, given, request.board, force
    )
    return pipeline, rounds, given.left_out, first


def _with_negatives(request: WakeRequest) -> Config:
    negatives = (*request.config.data.negatives, *(str(path) for path in request.negatives))
    return replace(request.config, data=replace(request.config.data, negatives=negatives))


def _thresholds(pipeline: Pipeline, request: WakeRequest) -> str:
    """Choose them; where the rate cannot be kept to, the highest that there are."""
    say(
        "kws stream-eval", "--run", pipeline.run.root, "--false-accepts-per-hour",
        request.per_hour, "--hours", _CHOSEN_ON * request.hours,
    )  # fmt: skip
    try:
        options = StreamOptions(hours=_CHOSEN_ON * request.hours)
        return pipeline.choose_thresholds(options, request.per_hour)
    except KwsError as error:
        warn(f"{error.message}: the highest thresholds are taken. {error.hint}")
        highest = dict.fromkeys(request.words, round(thresholds()[0], 5))
        detect = replace(pipeline.config.detect, thresholds=highest)
        pipeline.config = replace(pipeline.config, detect=detect)
        save_run_config(pipeline.config, pipeline.run.config)
        return f"the highest, for {request.per_hour:g} false accepts an hour were not kept to"


def _people(run: RunPaths) -> int:
    """Recorded clips of wanted words that test."""
    dataset = load_dataset(run.dataset)
    return sum(
        clip.label in dataset.wanted_labels and Path(clip.path).name.startswith(OWN)
        for clip in dataset.clips_of("testing")
    )


def _missed_by(pipeline: Pipeline, options: StreamOptions, request: WakeRequest) -> Misses:
    """In quiet, by the model of another round with thresholds of its own for the same rate."""
    _thresholds(pipeline, request)
    report, _ = pipeline.evaluate_streams(replace(options, on_device=False, hours=0.0))
    return report.levels[0].misses
