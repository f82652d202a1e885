# SPDX-License-Identifier: Apache-2.0
"""The quantization step: convert, evaluate float and int8, write quantization.json."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from kws import features
from kws.config.schema import Config
from kws.data import Dataset, evaluation_clips
from kws.data.splits import Split
from kws.inference.clip_scores import clip_scores
from kws.inference.golden import Golden
from kws.metrics.confusion import Metrics, metrics
from kws.metrics.verdict import drop_text
from kws.quantize.convert import convert_int8
from kws.quantize.foreign import check_foreign_model
from kws.run.paths import RunPaths
from kws.train.epochs import network_input
from kws.train.model import predict
from kws.train.tensorflow_setup import set_up_tensorflow
from kws_codegen.base.errors import KwsError
from kws_codegen.base.interface import Interface
from kws_codegen.base.json_file import read_json, write_json
from kws_codegen.lowering import read_graph
from kws_codegen.tflite.fixed_batch import with_fixed_batch

ConfusionRows = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class QuantizationResult:
    """What quantization.json holds. Accuracies are of the testing split, 0 to 1.

    float_accuracy and parameters are None for a model that was not trained by kws.
    """

    clips: int
    int8_accuracy: float
    float_accuracy: float | None
    parameters: int | None
    macs: int | None  # multiply-accumulates of one inference, where the static C model has it
    tflite_bytes: int
    input_scale: float
    input_zero_point: int
    output_scale: float
    output_zero_point: int
    tflite_sha256: str
    interface: Interface  # what the model was made for
    int8_confusion: ConfusionRows = ()  # of interface.labels; rows are the truth
    float_confusion: ConfusionRows = ()  # empty: not known

    @property
    def drop_points(self) -> float | None:
        """Percentage points that int8 loses against float (negative: it gains)."""
        if self.float_accuracy is None:
            return None
        return 100 * (self.float_accuracy - self.int8_accuracy)

    @property
    def drop(self) -> str:
        """That in words, which say so where clips are few; "" where float is not known."""
        if self.float_accuracy is None:
            return ""
        return drop_text(self.float_accuracy, self.int8_accuracy, self.clips)


def quantize(config: Config, dataset: Dataset, run: RunPaths) -> QuantizationResult:
    """Quantize `run.keras_model` into `run.tflite_model`, evaluate both, write the result.

    Activation ranges come from clips of the training split as recorded. The int8 model is
    evaluated with TensorFlow Lite Micro. Raises KwsError when there is no trained model.
    """
    set_up_tensorflow(config.training.seed)
    model = load_keras(run)
    content = int8_model(model, config, dataset)
    raw, classes = _features(dataset, config, "testing")
    scores = predict(model, network_input(raw, config))
    result = _evaluate(content, config, raw, classes, scores.argmax(axis=1), model.count_params())
    _write(run, content, result)
    return result


def int8_model(model: Any, config: Config, dataset: Dataset) -> bytes:
    """The .tflite of a Keras model, with activation ranges from clips of the training split."""
    most, seed = config.quantization.representative_clips, config.training.seed
    clips, _, _ = evaluation_clips(dataset, config, "training", most, seed)
    raw = features.cached_features(clips, config.features)
    return convert_int8(model, config, network_input(raw, config))


def int8_answers(
    content: bytes, config: Config, raw: npt.NDArray[np.uint16]
) -> npt.NDArray[np.int64]:
    """Classes [n] that TensorFlow Lite Micro gives for features uint16 [n, frames, channels]."""
    golden = Golden(content)
    inputs = features.quantize(
        raw, golden.input_scale, golden.input_zero_point, config.features.output_scale
    )
    scores = clip_scores(content, config.interface, inputs, config.detect.smoothing)
    answers: npt.NDArray[np.int64] = scores.argmax(axis=1)
    return answers


def adopt_model(model: Path, config: Config, dataset: Dataset, run: RunPaths) -> QuantizationResult:
    """Take a .tflite that kws did not train as `run.tflite_model`; evaluate it, write the result.

    A model of unknown batch is written with batch 1 (with_fixed_batch). Raises KwsError when it is
    not fit for the run (check_foreign_model).
    """
    content = with_fixed_batch(model.read_bytes())
    check_foreign_model(content, config)
    raw, classes = _features(dataset, config, "testing")
    result = _evaluate(content, config, raw, classes, None, None)
    _write(run, content, result)
    return result


def load_quantization(run: RunPaths) -> QuantizationResult:
    """Read quantization.json. Raises KwsError when it is missing or damaged."""
    return read_json(run.quantization, QuantizationResult, f"kws quantize --run {run.root}")


def load_keras(run: RunPaths) -> Any:
    """The trained network. KwsError when there is none, or it cannot be read."""
    if not run.keras_model.is_file():
        raise KwsError(
            f"no trained model {run.keras_model}", "Run `kws train` (or `kws run`) first."
        )
    import keras

    try:
        return keras.models.load_model(run.keras_model, compile=False)
    except (ValueError, OSError, KeyError, BadZipFile):
        raise KwsError(
            f"{run.keras_model} is not a Keras model that this version reads",
            "Delete it and run `kws train` again.",
        ) from None


def _features(
    dataset: Dataset, config: Config, split: Split
) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.int32]]:
    clips, classes, _ = evaluation_clips(dataset, config, split)
    return features.cached_features(clips, config.features), classes


def _evaluate(
    content: bytes,
    config: Config,
    raw: npt.NDArray[np.uint16],
    classes: npt.NDArray[np.int32],
    float_answers: npt.NDArray[np.int64] | None,
    parameters: int | None,
) -> QuantizationResult:
    golden = Golden(content)
    labels = config.data.labels
    judged = metrics(classes, int8_answers(content, config, raw), labels)
    judged_float = None if float_answers is None else metrics(classes, float_answers, labels)
    return QuantizationResult(
        clips=len(classes),
        int8_accuracy=judged.accuracy,
        float_accuracy=judged_float.accuracy if judged_float else None,
        parameters=parameters,
        macs=_macs(content),
        tflite_bytes=len(content),
        input_scale=golden.input_scale,
        input_zero_point=golden.input_zero_point,
        output_scale=golden.output_scale,
        output_zero_point=golden.output_zero_point,
        tflite_sha256=hashlib.sha256(content).hexdigest(),
        interface=config.interface,
        int8_confusion=_rows(judged),
        float_confusion=_rows(judged_float) if judged_float else (),
    )


def _rows(judged: Metrics) -> ConfusionRows:
    return tuple(map(tuple, judged.confusion.tolist()))


def _macs(content: bytes) -> int | None:
    try:
        return read_graph(content).macs
    except KwsError:  # kws generate says what is in the way
        return None


def _write(run: RunPaths, content: bytes, result: QuantizationResult) -> None:
    run.root.mkdir(parents=True, exist_ok=True)
    run.tflite_model.write_bytes(content)
    write_json(run.quantization, result, drop_points=result.drop_points, drop=result.drop)
