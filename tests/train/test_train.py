# SPDX-License-Identifier: Apache-2.0
"""Training: schedule, augmentation, checkpoints, resume, repeatability, what it leaves behind."""

import csv
import dataclasses
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kws.config.schema import Config, TrainingConfig
from kws.data import Dataset, build_dataset
from kws.run.paths import RunPaths
from kws.train import TrainingResult, checkpoint, load_result, train
from kws.train.augment import augment, draw_amounts
from kws.train.checkpoint import Epoch, State
from kws.train.epochs import training_epochs, training_features
from kws.train.history import still_improving, tensorboard_command
from kws.train.loop import compiled_model
from kws.train.schedule import learning_rate
from kws_codegen.base.errors import KwsError
from tests.support.tone_words import tone_config, write_tone_words

KILLED_AFTER = 2  # epochs


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tones") / "words"
    write_tone_words(folder)
    return folder


@pytest.fixture(scope="module")
def config() -> Config:
    return tone_config()


@pytest.fixture(scope="module")
def dataset(recordings: Path, config: Config) -> Dataset:
    return build_dataset(config.data, recordings)


@pytest.fixture(scope="module")
def trained(
    tmp_path_factory: pytest.TempPathFactory, config: Config, dataset: Dataset
) -> tuple[RunPaths, TrainingResult]:
    run = RunPaths(tmp_path_factory.mktemp("trained"))
    return run, train(config, dataset, run)


def weights(run: RunPaths) -> list[np.ndarray]:
    import keras

    model = keras.models.load_model(run.keras_model, compile=False)
    return [np.asarray(array) for array in model.get_weights()]


def assert_same_weights(run: RunPaths, other: RunPaths) -> None:
    for index, (one, two) in enumerate(zip(weights(run), weights(other), strict=True)):
        np.testing.assert_array_equal(one, two, err_msg=f"weight {index}")


def changed(config: Config, **training: Any) -> Config:
    return dataclasses.replace(config, training=dataclasses.replace(config.training, **training))


def losses(run: RunPaths) -> list[tuple[str, str]]:
    with (run.training / "history.csv").open(newline="") as stream:
        return [(row["loss"], row["validation_loss"]) for row in csv.DictReader(stream)]


def test_cosine_schedule_rises_then_falls_to_zero() -> None:
    config = TrainingConfig(epochs=10, warmup_epochs=2, learning_rate=0.5)
    assert learning_rate(config, 0) == 0
    assert learning_rate(config, 1) == pytest.approx(0.25)
    assert learning_rate(config, 2) == pytest.approx(0.5)
    assert learning_rate(config, 6) == pytest.approx(0.25)
    assert learning_rate(config, 10) == pytest.approx(0)


def test_constant_schedule_stays_after_warm_up() -> None:
    config = TrainingConfig(epochs=10, warmup_epochs=2, learning_rate=0.5, schedule="constant")
    assert [learning_rate(config, e) for e in (1, 2, 9.9)] == pytest.approx([0.25, 0.5, 0.5])


def test_warm_up_longer_than_the_training_only_rises() -> None:
    config = TrainingConfig(epochs=2, warmup_epochs=4, learning_rate=0.4)
    assert [learning_rate(config, e) for e in (1, 2)] == pytest.approx([0.1, 0.2])


def augmented(features: np.ndarray, config: TrainingConfig, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return augment(features, draw_amounts(features.shape[:3], config, generator))


def test_augmentation_in_parts_is_that_of_the_whole() -> None:
    features = np.random.default_rng(1).random((9, 12, 8, 1)).astype(np.float32)
    amounts = draw_amounts((9, 12, 8), TrainingConfig(), np.random.default_rng(2))
    parts = [augment(features[rows], amounts.of(rows)) for rows in (slice(0, 4), slice(4, 9))]
    np.testing.assert_array_equal(np.concatenate(parts), augment(features, amounts))


def test_augmentation_off_changes_nothing() -> None:
    config = TrainingConfig(time_mask_frames=0, channel_mask=0, time_warp=0, channel_warp=0)
    features = np.random.default_rng(1).random((3, 12, 8, 1)).astype(np.float32)
    np.testing.assert_array_equal(augmented(features, config, 2), features)


def test_masks_are_one_run_of_frames_and_one_band_of_channels() -> None:
    config = TrainingConfig(time_mask_frames=4, channel_mask=3, time_warp=0, channel_warp=0)
    masked = augmented(np.ones((200, 12, 8, 1), np.float32), config, 3) == 0
    frames, channels = masked[..., 0].all(axis=2), masked[..., 0].all(axis=1)
    np.testing.assert_array_equal(masked[..., 0], frames[:, :, None] | channels[:, None, :])
    for span, longest in ((frames, 4), (channels, 3)):
        assert set(span.sum(axis=1)) == set(range(longest + 1))
        edges = np.diff(span.astype(int), axis=1, prepend=0, append=0)
        assert ((edges == 1).sum(axis=1) <= 1).all()


def test_mask_longer_than_the_clip_is_cut_to_it() -> None:
    config = TrainingConfig(time_mask_frames=99, channel_mask=99)
    features = np.ones((50, 12, 8, 1), np.float32)
    assert augmented(features, config, 3).shape == features.shape


def test_warps_stretch_time_about_the_middle_and_channels_from_the_low_end() -> None:
    ramp = np.arange(21, dtype=np.float32)
    off = TrainingConfig(time_mask_frames=0, channel_mask=0, time_warp=0, channel_warp=0)
    in_time = np.tile(ramp[None, :, None, None], (50, 1, 4, 1))
    warped = augmented(in_time, dataclasses.replace(off, time_warp=0.2), 4)
    np.testing.assert_array_equal(warped[:, 10], in_time[:, 10])
    assert np.ptp(warped[:, 15, 0, 0]) > 0.5  # clips differ
    assert np.abs(warped[:, 15, 0, 0] - 15).max() <= 5 * 0.2 + 1e-5

    in_frequency = np.tile(ramp[None, None, :, None], (50, 4, 1, 1))
    warped = augmented(in_frequency, dataclasses.replace(off, channel_warp=0.2), 4)
    np.testing.assert_array_equal(warped[:, :, 0], in_frequency[:, :, 0])
    assert np.abs(warped[:, 0, 10, 0] - 10).max() <= 10 * 0.2 + 1e-5


def test_an_epoch_depends_only_on_seed_and_number(dataset: Dataset, config: Config) -> None:
    ahead = list(training_epochs(dataset, config, first=2))
    assert len(ahead) == config.training.epochs - 2
    again = training_features(dataset, config, 3)
    np.testing.assert_array_equal(ahead[1].features, again.features)
    np.testing.assert_array_equal(ahead[1].classes, again.classes)
    assert not np.array_equal(ahead[0].features, ahead[1].features)


def test_training_learns_and_leaves_its_files(trained: tuple[RunPaths, TrainingResult]) -> None:
    run, result = trained
    assert result.epochs == result.kept_epoch == 4
    assert result.validation.clips == 24
    loaded = load_result(run)
    np.testing.assert_array_equal(loaded.validation.confusion, result.validation.confusion)
    assert loaded.validation.labels == ("_silence_", "_unknown_", "low", "high")
    training = [float(loss) for loss, _ in losses(run)]
    assert len(training) == 4
    assert training[-1] < training[0]  # averages over the epoch, not of its last batch
    for name in ("history.png", "validation_confusion.png"):
        assert (run.training / name).read_bytes().startswith(b"\x89PNG")
    assert "_unknown_" in (run.training / "validation_confusion.txt").read_text()


def test_tensorboard_has_both_curves_in_one_chart_and_the_hyperparameters(
    trained: tuple[RunPaths, TrainingResult],
) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    folder = trained[0].tensorboard
    found = {part.name: EventAccumulator(str(part)) for part in folder.iterdir()}
    assert found.keys() == {"training", "validation"}
    for events in found.values():
        events.Reload()
        assert {"loss", "accuracy"} <= set(events.Tags()["tensors"])
        assert [e.step for e in events.Tensors("loss")] == [1, 2, 3, 4]
    [start] = [m for tag in ["_hparams_/session_start_info"]
               if (m := found["validation"].summary_metadata.get(tag))]  # fmt: skip
    assert b"training.learning_rate" in start.plugin_data.content
    command = tensorboard_command(Path("a b"))
    assert command == "tensorboard --logdir 'a b'"


def test_same_seed_same_weights_other_seed_others(
    tmp_path: Path, trained: tuple[RunPaths, TrainingResult], config: Config, dataset: Dataset
) -> None:
    again = RunPaths(tmp_path / "again")
    train(config, dataset, again)
    assert_same_weights(trained[0], again)
    other = RunPaths(tmp_path / "other")
    train(changed(config, seed=1), dataset, other)
    assert not np.array_equal(weights(trained[0])[0], weights(other)[0])


def test_a_loss_that_is_no_number_ends_the_training_at_once(
    tmp_path: Path, config: Config, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = RunPaths(tmp_path / "run")
    monkeypatch.setattr("kws.train.loop.learning_rate", lambda *_: 1e38)
    with pytest.raises(KwsError, match=r"the loss is (nan|inf) in epoch 1") as caught:
        train(config, dataset, run)
    assert caught.value.hint == "Lower training.learning_rate: it is 0.01, try 0.0033."
    assert not run.keras_model.exists()


def test_killed_training_resumes_to_the_same_weights(
    tmp_path: Path,
    trained: tuple[RunPaths, TrainingResult],
    config: Config,
    dataset: Dataset,
    recordings: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A process that dies without warning in the middle, then `train` again."""
    run = RunPaths(tmp_path / "run")
    program = f"""
import os, signal
import sys
from pathlib import Path
from kws_codegen.base.errors import KwsError
from tests.support.tone_words import tone_config
from kws.data import build_dataset
from kws.run.paths import RunPaths
from kws.train import history, train

add = history.TensorBoardLog.add
def add_and_die(board, entry):
    add(board, entry)
    if entry.epoch == {KILLED_AFTER}:
        os.kill(os.getpid(), signal.SIGKILL)

history.TensorBoardLog.add = add_and_die
config = tone_config()
recordings, run = (Path(argument) for argument in sys.argv[1:])
train(config, build_dataset(config.data, recordings), RunPaths(run))
"""
    path = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    child = subprocess.run(
        [sys.executable, "-c", program, str(recordings), str(run.root)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr
    assert not run.keras_model.exists()

    result = train(config, dataset, run)
    assert f"going on after epoch {KILLED_AFTER} of 4" in capfd.readouterr().err
    assert result.epochs == 4
    assert_same_weights(trained[0], run)
    assert losses(run) == losses(trained[0])


def test_finished_training_is_not_trained_again(
    tmp_path: Path, trained: tuple[RunPaths, TrainingResult], config: Config, dataset: Dataset
) -> None:
    run = RunPaths(tmp_path / "run")
    shutil.copytree(trained[0].checkpoints, run.checkpoints)
    assert train(config, dataset, run).epochs == 4
    assert_same_weights(trained[0], run)


@pytest.mark.parametrize(
    ("damage", "key", "warning"),
    [
        (b"PK", "same", "last.npz is damaged; training starts from the beginning"),
        (b"", "other", "the checkpoint is of another configuration or data set"),
    ],
)
def test_checkpoint_that_does_not_fit_starts_over_with_a_warning(
    tmp_path: Path,
    config: Config,
    capfd: pytest.CaptureFixture[str],
    damage: bytes,
    key: str,
    warning: str,
) -> None:
    model = compiled_model(config)
    checkpoint.save_last(tmp_path, State("same"), model)
    if damage:
        (tmp_path / "last.npz").write_bytes(damage)
    assert checkpoint.load_last(tmp_path, key, model) is None
    assert warning in " ".join(capfd.readouterr().err.split())


def test_early_stopping_keeps_the_best_epoch(
    tmp_path: Path, config: Config, dataset: Dataset
) -> None:
    # A rate so high that the validation loss soon stops falling.
    eager = changed(
        config, epochs=30, learning_rate=0.3, schedule="constant", early_stopping_epochs=2
    )
    run = RunPaths(tmp_path / "run")
    result = train(eager, dataset, run)
    validation = [float(loss) for _, loss in losses(run)]
    assert result.kept_epoch == 1 + int(np.argmin(validation))
    assert result.epochs == result.kept_epoch + 2 < 30
    again = train(eager, dataset, run)
    assert (again.epochs, again.kept_epoch) == (result.epochs, result.kept_epoch)


def epochs_with(losses: list[float], validation: list[float]) -> list[Epoch]:
    return [
        Epoch(number, 0.001, loss, 0.5, other, 0.5, 1.0)
        for number, (loss, other) in enumerate(zip(losses, validation, strict=True), start=1)
    ]


def test_still_improving_at_the_end() -> None:
    falling = [2.0 * 0.9**n for n in range(20)]
    flat = [0.4] * 20
    rising = falling[::-1]
    assert still_improving(epochs_with(falling, falling))
    assert not still_improving(epochs_with(flat, falling)), "has learnt what there is"
    assert not still_improving(epochs_with(falling, rising)), "only learns by heart"
    assert not still_improving(epochs_with(falling[:9], falling[:9])), "too short to say"


def test_training_that_ends_too_early_says_so(
    tmp_path: Path, config: Config, dataset: Dataset, capfd: pytest.CaptureFixture[str]
) -> None:
    slow = changed(config, epochs=10, learning_rate=0.01, warmup_epochs=10.0)
    run = RunPaths(tmp_path / "run")
    assert train(slow, dataset, run).still_improving
    assert load_result(run).still_improving
    text = " ".join(capfd.readouterr().err.split())
    assert "still improving when it ended" in text and "training.epochs = 20" in text


def test_loss_that_is_not_a_number_stops_at_once(
    tmp_path: Path, config: Config, dataset: Dataset
) -> None:
    wild = changed(
        config, learning_rate=100.0, weight_decay=100.0, schedule="constant", warmup_epochs=0.0
    )
    run = RunPaths(tmp_path / "run")
    with pytest.raises(KwsError, match=r"the loss is (nan|inf) in epoch 1") as caught:
        train(wild, dataset, run)
    assert "Lower training.learning_rate: it is 100, try 33." in caught.value.hint
    assert not run.keras_model.exists()
