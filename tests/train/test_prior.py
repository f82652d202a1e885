# SPDX-License-Identifier: Apache-2.0
"""Other words count as many as training.unknown_prior says, however many were trained on."""

import dataclasses
import math
from pathlib import Path

import keras
import numpy as np
import pytest

from kws.data import build_dataset
from kws.data.dataset import trained_unknowns
from kws.run.paths import RunPaths
from kws.train import train
from kws.train.prior import unknown_shift
from tests.support.tone_words import tone_config, write_tone_words

UNKNOWN = 1  # position of the class


@pytest.mark.parametrize("percent", [30.0, 400.0])
def test_other_words_count_as_so_many(tmp_path: Path, percent: float) -> None:
    config = tone_config()
    write_tone_words(tmp_path / "words")
    dataset = build_dataset(config.data, tmp_path / "words")
    biases = []
    for prior in (0.0, percent):
        training = dataclasses.replace(
            config.training, epochs=1, unknown_prior=prior, temperature=1.0
        )
        changed, run = (
            dataclasses.replace(config, training=training),
            RunPaths(tmp_path / f"{prior}"),
        )
        train(changed, dataset, run)
        model = keras.models.load_model(run.keras_model, compile=False)
        biases.append(model.get_layer("logits").get_weights()[1])
    counted = dataset.wanted_count("training") * percent / 100
    moved = math.log(math.ceil(counted) / trained_unknowns(dataset, config.data))
    expected = np.where(np.arange(len(biases[0])) == UNKNOWN, moved, 0.0)
    np.testing.assert_allclose(biases[1] - biases[0], expected, atol=1e-6)
    assert moved, "or nothing is tested"


def test_cuts_of_negatives_are_other_words_too(tmp_path: Path) -> None:
    config = tone_config()
    write_tone_words(tmp_path / "words")
    dataset = build_dataset(config.data, tmp_path / "words")
    training = dataclasses.replace(config.training, unknown_prior=100.0)
    config = dataclasses.replace(config, training=training)
    before = unknown_shift(dataset, config)
    wanted, others = dataset.wanted_count("training"), trained_unknowns(dataset, config.data)
    data = dataclasses.replace(config.data, negatives=("speech",), negative_percentage=200.0)
    after = unknown_shift(dataset, dataclasses.replace(config, data=data))
    assert before - after == pytest.approx(math.log((others + 2 * wanted) / others))


def test_without_other_words_nothing_moves(tmp_path: Path) -> None:
    config = tone_config()
    write_tone_words(tmp_path / "words")
    training = dataclasses.replace(config.training, unknown_prior=100.0)
    data = dataclasses.replace(config.data, unknown_percentage=0.0)
    config = dataclasses.replace(config, training=training, data=data)
    assert unknown_shift(build_dataset(data, tmp_path / "words"), config) == 0.0
