# SPDX-License-Identifier: Apache-2.0
"""The training loop: epochs of fresh features, a checkpoint after each, resume, early stopping."""

import math
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np

from kws.config.schema import Config, TrainingConfig
from kws.console import log, progress, warn
from kws.data import Dataset
from kws.data.negatives import negative_files
from kws.metrics.confusion import Metrics, metrics
from kws.run.paths import RunPaths
from kws.train import checkpoint
from kws.train.checkpoint import Epoch, State
from kws.train.epochs import Labelled, evaluation_features, training_epochs
from kws.train.history import (
    TensorBoardLog,
    still_improving,
    tensorboard_command,
    write_csv,
    write_plot,
)
from kws.train.model import build_model, predict
from kws.train.prior import move_unknown, unknown_shift
from kws.train.result import TrainingResult, forget_result
from kws.train.schedule import learning_rate
from kws.train.start import load_start, start_hash
from kws.train.temperature import cool, fitting_temperature
from kws.train.tensorflow_setup import set_up_tensorflow
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import config_hash, hash_json
from kws_codegen.base.version import VERSION

_AVERAGED_PARTS = 10  # of a training, of which the last is averaged at most


class LossNotFiniteError(KwsError):
    """The training fell apart: its steps were too large."""


def train(
    config: Config,
    dataset: Dataset,
    run: RunPaths,
    title: str = "training",
    quiet: bool = False,
    watch: Callable[[Epoch], None] | None = None,
) -> TrainingResult:
    """Train the network of `config` on `dataset` and write `run.keras_model`.

    `title` stands beside the progress bar; `quiet` leaves out a line an epoch and advice. `watch`
    is called after each epoch, and ends the training by an exception.

    After each epoch `run.checkpoints` and `run.training` are brought up to date. When a
    checkpoint of the same configuration and data is there, the training goes on from it and
    ends with the same weights, bit for bit, as one that was never interrupted (on the same
    machine). The weights kept are the last, or the average of training.weight_average; with early
    stopping, those of the epoch with the lowest validation loss. Raises LossNotFiniteError when the
    loss is no longer a number.

    In the end unknown words count as training.unknown_prior says (kws.train.prior), and the logits
    are divided by training.temperature, or by what suits the validation split
    (kws.train.temperature).
    """
    set_up_tensorflow(config.training.seed)
    model = compiled_model(config)
    validation = evaluation_features(dataset, config, "validation")
    key = _checkpoint_key(config, dataset)
    state = checkpoint.load_last(run.checkpoints, key, model) or State(key)
    if state.history:
        log.print(f"going on after epoch {len(state.history)} of {config.training.epochs}")
    _train_epochs(model, config, dataset, validation, state, run, title, quiet, watch)

    kept = state.history[-1]
    if config.training.early_stopping_epochs and state.best is not None:
        kept = state.best
        checkpoint.load_best(run.checkpoints, model)
    elif config.training.weight_average:
        model.optimizer.finalize_variable_values(model.trainable_variables)
    move_unknown(model, unknown_shift(dataset, config), config.data.labels)
    validation_result = _validate(model, config, validation)[1]
    temperature = config.training.temperature or fitting_temperature(
        predict(model, validation.features), validation.classes
    )
    write_plot(run.training / "history.png", state.history, kept.epoch)
    final = build_model(config)
    final.set_weights(model.get_weights())
    cool(final, temperature)
    forget_result(run)
    final.save(run.keras_model)
    result = TrainingResult(
        epochs=len(state.history),
        kept_epoch=kept.epoch,
        validation=validation_result,
        parameters=final.count_params(),
        still_improving=still_improving(state.history),
        temperature=temperature,
        interface=config.interface,
    )
    if result.still_improving and not quiet:
        warn(
            "training was still improving when it ended: more passes will do better, for example "
            f"training.epochs = {2 * config.training.epochs}"
        )
    result.save(run)
    if not quiet:
        log.print(f"curves: {tensorboard_command(run.tensorboard)}", soft_wrap=True)
    return result


def compiled_model(config: Config) -> Any:
    """The network with logits, ready to train: AdamW, cross-entropy with label smoothing."""
    import keras

    from kws.train.fused import fused

    model = fused(build_model(config, scores=False))
    training = config.training
    if training.start:
        load_start(model, config)
    average = training.weight_average
    optimizer = keras.optimizers.AdamW(
        training.learning_rate,
        weight_decay=training.weight_decay,
        use_ema=average > 0,
        ema_momentum=average or None,
    )
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    loss = keras.losses.CategoricalCrossentropy(
        from_logits=True, label_smoothing=training.label_smoothing
    )
    model.compile(optimizer, loss, metrics=["accuracy"])
    return model


def average_decay(training: TrainingConfig, clips: int) -> float:
    """Of averaged weights, a step: so that at most about a tenth of all steps is averaged.

    With 0.999 a training of 600 steps kept 55 % of its first weights, and was right in 30 % of
    its validation clips where the last weights were in 75 %.
    """
    steps = training.epochs * -(-clips // training.batch_size)
    return min(training.weight_average, max(0.0, 1 - _AVERAGED_PARTS / steps))


def _train_epochs(
    model: Any,
    config: Config,
    dataset: Dataset,
    validation: Labelled,
    state: State,
    run: RunPaths,
    title: str,
    quiet: bool,
    watch: Callable[[Epoch], None] | None,
) -> None:
    """Train from the epoch after `state` to the last, or until early stopping."""
    training, board = config.training, TensorBoardLog(run.tensorboard, config)
    with progress() as bar:
        task = bar.add_task(title, total=training.epochs, completed=len(state.history))
        started = time.monotonic()
        for data in training_epochs(dataset, config, len(state.history)):
            if 0 < training.early_stopping_epochs <= state.epochs_without_gain:
                break
            if training.weight_average:  # before the first step, which the value is compiled into
                model.optimizer.ema_momentum = average_decay(training, len(data))
            loss, accuracy = _fit(model, config, len(state.history), data)
            validation_loss, scores = _validate(model, config, validation)
            _check_finite(validation_loss, config, len(state.history))
            entry = Epoch(
                epoch=len(state.history) + 1,
                learning_rate=float(model.optimizer.learning_rate.numpy()),
                loss=loss,
                accuracy=accuracy,
                validation_loss=validation_loss,
                validation_accuracy=scores.accuracy,
                seconds=round(time.monotonic() - started, 2),
            )
            started = time.monotonic()
            state.history.append(entry)
            if state.best is entry:
                checkpoint.save_best(run.checkpoints, model)
            checkpoint.save_last(run.checkpoints, state, model)
            board.add(entry)
            write_csv(run.training / "history.csv", state.history)
            bar.update(task, advance=1)
            if not quiet:
                log.print(f"epoch {entry.epoch}: {_line(entry)}", soft_wrap=True)
            if watch:
                watch(entry)
    board.close()


def _fit(model: Any, config: Config, epoch: int, data: Labelled) -> tuple[float, float]:
    """One pass over `data`, epoch `epoch` (from 0); loss and accuracy over it."""
    batch = config.training.batch_size
    targets = np.eye(len(config.data.labels), dtype=np.float32)[data.classes]
    total = np.zeros(2)
    for start in range(0, len(data), batch):
        stop = min(start + batch, len(data))
        middle = (start + stop) / 2 / len(data)  # of the step, so that no rate is 0
        model.optimizer.learning_rate = learning_rate(config.training, epoch + middle)
        logs = model.train_on_batch(
            data.features[start:stop], targets[start:stop], return_dict=True
        )
        _check_finite(float(logs["loss"]), config, epoch)
        total += np.array([logs["loss"], logs["accuracy"]], np.float64) * (stop - start)
    loss, accuracy = (total / len(data)).tolist()
    return loss, accuracy


def _check_finite(loss: float, config: Config, epoch: int) -> None:
    if not math.isfinite(loss):
        rate = config.training.learning_rate
        raise LossNotFiniteError(
            f"training fell apart: the loss is {loss} in epoch {epoch + 1}",
            f"Lower training.learning_rate: it is {rate:g}, try {rate / 3:.2g}.",
        )


def _validate(model: Any, config: Config, data: Labelled) -> tuple[float, Metrics]:
    """Mean cross-entropy without label smoothing, and the confusion matrix."""
    logits = predict(model, data.features).astype(np.float64)
    peak = logits.max(axis=1)
    total = peak + np.log(np.exp(logits - peak[:, np.newaxis]).sum(axis=1))
    loss = float(np.mean(total - logits[np.arange(len(data)), data.classes]))
    return loss, metrics(data.classes, logits.argmax(axis=1), config.data.labels)


def _line(entry: Epoch) -> str:
    return (
        f"training loss {entry.loss:.3f} accuracy {entry.accuracy:.1%}, "
        f"validation {entry.validation_loss:.3f} {entry.validation_accuracy:.1%}"
    )


def _checkpoint_key(config: Config, dataset: Dataset) -> str:
    """What the weights depend on; a checkpoint with another key is not resumed."""
    parts = [config_hash(p) for p in (config.data, config.features, config.model, config.training)]
    parts += [negative_files(config.data.negatives).fingerprint, start_hash(config)]
    clips = [asdict(clip) for clip in dataset.clips]
    return hash_json([VERSION, *parts, dataset.fingerprint, clips])
