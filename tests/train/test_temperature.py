# SPDX-License-Identifier: Apache-2.0
"""Logits are divided by what makes scores as sure as they are right."""

import dataclasses
from pathlib import Path

import keras
import numpy as np
import pytest

from kws.data import build_dataset
from kws.run.paths import RunPaths
from kws.train import load_result, train
from kws.train.model import build_model, predict
from kws.train.temperature import cool, fitting_temperature
from tests.support.tone_words import tone_config, write_tone_words

CLASSES = 5
CLIPS = 2000


def judged(sharper: float, clips: int = CLIPS) -> tuple[np.ndarray, np.ndarray]:
    """Logits whose softmax is the chance of each class, and sharper ones; classes drawn by it."""
    random = np.random.default_rng(1)
    logits = random.normal(0, 2, (clips, CLASSES))
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    classes = np.array([random.choice(CLASSES, p=each) for each in chances])
    return (sharper * logits).astype(np.float32), classes


@pytest.mark.parametrize("sharper", [1.5, 2.0, 3.0])
def test_scores_become_as_sure_as_they_are_right(sharper: float) -> None:
    assert fitting_temperature(*judged(sharper)) == pytest.approx(sharper, rel=0.1)


def test_scores_that_doubt_too_much_stay() -> None:
    assert fitting_temperature(*judged(0.5)) == 1.0


def test_few_clips_say_nothing() -> None:
    assert fitting_temperature(*judged(3.0, 99)) == 1.0


def test_the_likeliest_class_stays_and_logits_shrink() -> None:
    config = tone_config()
    model, logits = build_model(config), build_model(config, scores=False)
    shape = (8, config.frames, config.features.channels, 1)
    features = np.random.default_rng(2).random(shape, np.float32) * 10
    cool(model, 2.5)
    cooled = build_model(config, scores=False)
    cooled.set_weights(model.get_weights())
    logits.set_weights(model.get_weights())
    cool(logits, 1 / 2.5)
    before, after = predict(logits, features), predict(cooled, features)
    np.testing.assert_allclose(after, before / 2.5, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(after.argmax(axis=1), before.argmax(axis=1))


def test_a_training_divides_its_logits_in_the_end(tmp_path: Path) -> None:
    config = tone_config()
    write_tone_words(tmp_path / "words")
    dataset = build_dataset(config.data, tmp_path / "words")
    kernels = []
    for temperature in (1.0, 4.0):
        training = dataclasses.replace(config.training, epochs=2, temperature=temperature)
        run = RunPaths(tmp_path / f"run-{temperature}")
        train(dataclasses.replace(config, training=training), dataset, run)
        assert load_result(run).temperature == temperature
        model = keras.models.load_model(run.keras_model, compile=False)
        kernels.append(model.get_layer("logits").get_weights()[0])
    np.testing.assert_allclose(kernels[1], kernels[0] / 4, rtol=1e-6)
