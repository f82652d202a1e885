# SPDX-License-Identifier: Apache-2.0
"""Chooses thresholds on streams of the validation split: never on what is reported."""

from dataclasses import replace

from kws.config.schema import Config
from kws.evaluate.clips import load_model
from kws.run.paths import RunPaths
from kws.streams.decisions import detector_of, listening
from kws.streams.det import Curves
from kws.streams.sources import StreamOptions, check_apart, scored_streams
from kws.streams.thresholds import choose


def choose_thresholds(run: RunPaths, options: StreamOptions, per_hour: float) -> tuple[Config, str]:
    """The run's configuration with thresholds for at most `per_hour` false accepts, and how.

    Of `options`, the hours, the words and the speech to choose on count. KwsError when the rate
    cannot be kept to, or that speech is also in options.speech.
    """
    check_apart(options)
    model = load_model(run)
    config = model.config
    where = replace(
        options,
        split="validation",
        recordings=(),
        speech=options.choosing_speech,
        most_minutes=None,
    )
    scored = scored_streams(run, model, where, exact=False)
    curves = Curves(scored, detector_of(config), listening(config, model.tflite))
    choice = choose(curves, per_hour)
    point = choice.point
    more = " and of the speech to choose on" if options.choosing_speech else ""
    words = (
        f"for {per_hour:g} false accepts an hour, on {curves.hours:.1f} h of each background of "
        f"the validation split{more}: {choice.reason}; "
        f"there {point.false_accepts} false accepts and "
        f"{100 * point.missed_share:.1f} % of {point.said} words missed"
    )
    rounded = {word: round(threshold, 5) for word, threshold in choice.thresholds.items()}
    return replace(config, detect=replace(config.detect, thresholds=rounded)), words
