# SPDX-License-Identifier: Apache-2.0
"""Training for streams: sound before the clip, variants made once, averaged weights."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kws.config.schema import Config, TrainingConfig, config_from_dict
from kws.data import Dataset, build_dataset
from kws.data.stretch import stretch_of
from kws.features import FrontEnd
from kws.run.paths import RunPaths
from kws.train import checkpoint, train
from kws.train.epochs import training_features
from kws.train.loop import average_decay, compiled_model
from kws.train.variants import fresh_stretches
from kws_codegen.base.errors import KwsError
from tests.support.epochs import whole_epoch
from tests.support.tone_words import tone_config, write_tone_words

PLAIN = {"time_mask_frames": 0, "channel_mask": 0, "time_warp": 0.0, "channel_warp": 0.0}


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tones") / "words"
    write_tone_words(folder, clips=20)
    return folder


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KWS_CACHE_DIR", str(tmp_path / "cache"))


def listening(recordings: Path, **training: Any) -> tuple[Dataset, Config]:
    """Shifts of 5 frames of 30 ms, a context of 8."""
    plain = tone_config(**PLAIN, **training)
    data = dataclasses.replace(plain.data, time_shift_ms=150, context_ms=240)
    return build_dataset(data, recordings), dataclasses.replace(plain, data=data)


def test_the_front_end_has_heard_the_context(recordings: Path) -> None:
    """The network's frames are the last of a stream that begins before the clip."""
    dataset, config = listening(recordings)
    stretch = stretch_of(config)
    assert (stretch.lead_frames, stretch.slack_frames, stretch.shift_samples) == (8, 0, 2400)
    sounds, classes = whole_epoch(dataset, config, 2, config.training.seed)
    assert sounds.shape[1] == config.clip_samples + 8 * 480
    streams = FrontEnd(config.features).clips(sounds)
    epoch = training_features(dataset, config, 2)
    wanted = streams[:, -config.frames :] * np.float32(config.features.output_scale)
    np.testing.assert_array_equal(epoch.features[..., 0], wanted)
    np.testing.assert_array_equal(epoch.classes, classes)


def test_some_silence_begins_suddenly_and_without_context_none(recordings: Path) -> None:
    dataset, config = listening(recordings)
    first_sample = stretch_of(config).first_sample
    for context_ms, sudden in ((240, True), (0, False)):
        data = dataclasses.replace(config.data, silence_percentage=400.0, context_ms=context_ms)
        sounds, classes = whole_epoch(dataset, dataclasses.replace(config, data=data), 0, 1)
        begins = (sounds[classes == 0] != 0).argmax(axis=1)
        assert (begins > 100).any() == sudden
        if sudden:
            assert 0.3 < (begins > 100).mean() < 0.7
            assert first_sample < begins.max() <= 2 * first_sample + 100, "in the clip, too"


def test_windows_move_over_a_variant_and_each_is_made_once(
    recordings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset, config = listening(recordings, variants=2)
    made: list[int] = []

    def counted(dataset: Dataset, config: Config, epoch: int) -> Any:
        made.append(epoch)
        return fresh_stretches(dataset, config, epoch)

    monkeypatch.setattr("kws.train.variants.fresh_stretches", counted)
    epochs = [training_features(dataset, config, number) for number in range(4)]
    assert made == [0, 1]
    stretches, _ = fresh_stretches(dataset, config, 0)
    assert stretches.shape[1] == 8 + config.frames + 2 * 5
    windows = np.lib.stride_tricks.sliding_window_view(stretches[:, 8:], config.frames, axis=1)
    known = {w.T.tobytes(): place for stretch in windows for place, w in enumerate(stretch)}
    scale = config.features.output_scale
    for epoch in (epochs[0], epochs[2]):
        steps = np.rint(epoch.features[..., 0] / scale).astype(np.uint16)
        places = [known[window.tobytes()] for window in steps]
        assert set(places) == set(range(11)), "5 frames either way"
        assert np.bincount(epoch.classes).tolist() == np.bincount(epochs[1].classes).tolist()
    assert not np.array_equal(epochs[0].features, epochs[2].features)
    again = training_features(dataset, config, 2)
    np.testing.assert_array_equal(again.features, epochs[2].features)


def test_another_recipe_makes_the_variants_anew(
    recordings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lies in the cache was made by code that may have changed since."""
    dataset, config = listening(recordings, variants=1)
    made: list[int] = []

    def counted(dataset: Dataset, config: Config, epoch: int) -> Any:
        made.append(epoch)
        return fresh_stretches(dataset, config, epoch)

    monkeypatch.setattr("kws.train.variants.fresh_stretches", counted)
    for recipe in ("old", "old", "new"):
        monkeypatch.setattr("kws.train.variants._recipe_hash", lambda recipe=recipe: recipe)
        training_features(dataset, config, 0)
    assert made == [0, 0]


def test_other_sound_is_another_variant(recordings: Path) -> None:
    found = []
    for noise in ([], [0.0, 10.0]):
        dataset, config = listening(recordings, variants=1, noise_snr_db=noise)
        found.append(training_features(dataset, config, 0).features)
    assert not np.array_equal(*found)


def test_averaged_weights_are_kept_and_resumed(recordings: Path, tmp_path: Path) -> None:
    dataset, config = listening(recordings, weight_average=0.9, schedule="constant")
    run, resumed = RunPaths(tmp_path / "run"), RunPaths(tmp_path / "resumed")
    train(config, dataset, run)

    model = compiled_model(config)
    key = checkpoint_key(run)
    assert checkpoint.load_last(run.checkpoints, key, model) is not None
    last = model.get_weights()
    differences = [
        np.abs(one - two).max() for one, two in zip(kept_weights(run), last, strict=True)
    ]
    assert max(differences) > 1e-3, "not the last weights"
    resumed.checkpoints.mkdir(parents=True)
    (resumed.checkpoints / "last.npz").write_bytes((run.checkpoints / "last.npz").read_bytes())
    train(config, dataset, resumed)
    for one, two in zip(kept_weights(run), kept_weights(resumed), strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_short_training_is_not_averaged_with_its_first_weights() -> None:
    training = TrainingConfig(epochs=30, batch_size=64, weight_average=0.999)
    assert average_decay(training, 1_280) == pytest.approx(1 - 10 / 600)
    assert average_decay(dataclasses.replace(training, epochs=600), 1_280) == 0.999
    assert average_decay(dataclasses.replace(training, epochs=1), 64) == 0.0, "a single step"


def test_the_decay_is_what_training_uses(
    recordings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset, config = listening(recordings, weight_average=0.9, temperature=1.0)
    monkeypatch.setattr("kws.train.loop.average_decay", lambda *_: 0.0)
    run = RunPaths(tmp_path / "run")
    train(config, dataset, run)
    model = compiled_model(config)
    assert checkpoint.load_last(run.checkpoints, checkpoint_key(run), model) is not None
    for one, two in zip(kept_weights(run), model.get_weights(), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-6, err_msg="an average of the last step")


def kept_weights(run: RunPaths) -> list[np.ndarray]:
    import keras

    return list(keras.models.load_model(run.keras_model, compile=False).get_weights())


def checkpoint_key(run: RunPaths) -> str:
    import json

    with np.load(run.checkpoints / "last.npz") as file:
        return str(json.loads(str(file["state"]))["key"])


@pytest.mark.parametrize("limits", [[3], [5, 1], [1, 2, 3]])
def test_limits_in_decibels_are_two_in_order(limits: list[float]) -> None:
    with pytest.raises(KwsError, match=r"noise_snr_db.*(must be the least and the most|at most 2)"):
        config_from_dict({"training": {"noise_snr_db": limits}})
