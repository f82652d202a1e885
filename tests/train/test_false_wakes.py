# SPDX-License-Identifier: Apache-2.0
"""The loop that false wakes close: what wakes a model is added, and wakes the next one less."""

import dataclasses
from pathlib import Path

import numpy as np

from kws.config.schema import Config
from kws.data import build_dataset
from kws.data.false_wakes import add_negatives
from kws.features import FrontEnd
from kws.run.paths import RunPaths
from kws.train import train
from kws.train.epochs import network_input
from kws.train.model import predict
from tests.support.recordings import RATE_HZ, write
from tests.support.tone_words import WORDS, tone_config, write_tone_words

WARBLES = 24  # seconds of each, half of them to add and half to judge by


def warble(seed: int) -> np.ndarray:
    """A second of what is none of the words, but nearly: their tones, quickly switched."""
    random = np.random.default_rng(seed)
    time = np.arange(RATE_HZ) / RATE_HZ
    hz = list(WORDS.values())[seed % 2] * random.uniform(0.9, 1.1)
    switched = np.sin(2 * np.pi * random.uniform(6, 9) * time + random.uniform(0, 6)) > 0
    return 0.2 * switched * np.sin(2 * np.pi * hz * time) + random.normal(0, 1e-3, RATE_HZ)


def false_wakes(run: RunPaths, config: Config, seeds: range) -> list[int]:
    """The seeds of the warbles that the trained network takes for a word."""
    import keras

    model = keras.models.load_model(run.keras_model, compile=False)
    clips = np.stack([(warble(seed) * 32768).astype(np.int16) for seed in seeds])
    features = network_input(FrontEnd(config.features).clips(clips), config)
    answers = predict(model, features).argmax(axis=1)
    return [seed for seed, answer in zip(seeds, answers, strict=True) if answer >= 2]


def test_false_wakes_that_are_added_wake_no_more(tmp_path: Path) -> None:
    write_tone_words(tmp_path / "words", clips=20)
    config = tone_config(epochs=6)
    dataset = build_dataset(config.data, tmp_path / "words")
    train(config, dataset, RunPaths(tmp_path / "before"))
    known, unheard = range(WARBLES), range(WARBLES, 2 * WARBLES)
    woke = false_wakes(RunPaths(tmp_path / "before"), config, known)
    before = false_wakes(RunPaths(tmp_path / "before"), config, unheard)
    assert len(before) > WARBLES / 3
    for seed in woke:
        write(tmp_path / "saved" / f"{seed}.wav", warble(seed))
    add_negatives(tmp_path / "saved", tmp_path / "negatives")
    again = dataclasses.replace(
        config,
        data=dataclasses.replace(config.data, negatives=(str(tmp_path / "negatives"),)),
    )
    train(again, dataset, RunPaths(tmp_path / "after"))
    after = false_wakes(RunPaths(tmp_path / "after"), config, unheard)
    assert len(after) < len(before) / 2
