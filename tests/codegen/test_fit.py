# SPDX-License-Identifier: Apache-2.0
"""How models from elsewhere fit a run: whole clips, steps, and what outputs say of the classes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kws.firmware.runtime import ModelRuntime, check_runtime
from kws.inference.clip_scores import class_scores
from kws_codegen.base.errors import KwsError
from kws_codegen.base.feature_config import FeatureConfig
from kws_codegen.base.interface import Interface
from kws_codegen.fit import LOWEST, REST, Fit, check_fit
from kws_codegen.generate import generate_model
from kws_codegen.tflite.reader import read_tflite
from tests.codegen.test_state import Streams
from tests.support.tflite_builder import TfliteBuilder

WORDS = Interface(FeatureConfig(), 1000, ("_silence_", "_unknown_", "yes", "no"))
ONE_WORD = replace(WORDS, labels=("_silence_", "_unknown_", "yes"))


def whole(shape: tuple[int, ...], outputs: int = 4) -> bytes:
    b = TfliteBuilder()
    source, scores = b.tensor(shape, 0.1), b.tensor([1, outputs], 0.1)
    b.operator("MEAN", [source], [scores])
    return b.build([source], [scores])


def fit(model: bytes, interface: Interface = WORDS) -> Fit:
    return check_fit(read_tflite(model), interface)


@pytest.mark.parametrize("shape", [(1, 49, 40, 1), (1, 49, 40), (1, 1960), (1, 7, 280)])
def test_any_shape_of_as_many_values(shape: tuple[int, ...]) -> None:
    assert fit(whole(shape)) == Fit(49, 1, (0, 1, 2, 3))


def test_channels_before_frames_are_refused() -> None:
    with pytest.raises(KwsError, match=r"input is \[1, 40, 49\], .* 49 frames x 40 channels"):
        fit(whole((1, 40, 49)))


def test_a_model_that_remembers_takes_a_few_frames() -> None:
    s = Streams()
    source, handle = s.tensor(3, 40), s.variable("past")
    total = s.added(s.read(handle, 3, 40), source, 3, 40)
    s.assign(handle, total)
    scores = s.b.tensor([1, 1], 1 / 256, -128)
    s.b.operator("MEAN", [total], [scores])
    model = s.b.build([source], [scores])
    assert fit(model, ONE_WORD) == Fit(3, 16, (LOWEST, REST, 0))
    with pytest.raises(KwsError, match="gives 1 scores, and the configuration has 4 classes"):
        fit(model)


def test_order_of_the_outputs() -> None:
    named = replace(WORDS, outputs=("no", "yes", "_silence_", "_unknown_"))
    assert fit(whole((1, 1960)), named).class_outputs == (2, 3, 1, 0)
    outputs = np.array([[1, 2, 3, 4]], np.int8)
    assert class_scores(Fit(49, 1, (2, 3, 1, 0)), outputs).tolist() == [[3, 4, 2, 1]]


def test_classes_without_an_output() -> None:
    named = replace(WORDS, outputs=("no", "yes"))
    assert fit(whole((1, 1960), 2), named).class_outputs == (LOWEST, REST, 1, 0)
    outputs = np.array([[-128, 100], [-128, -128], [127, 0]], np.int8)
    scores = class_scores(Fit(49, 1, (LOWEST, REST, 1, 0)), outputs)
    assert scores.tolist() == [
        [-128, -101, 100, -128],
        [-128, 127, -128, -128],
        [-128, -128, 0, 127],
    ]


@pytest.mark.parametrize(
    ("labels", "fault"),
    [
        (("yes", "no"), "gives 4 scores, and --labels names 2"),
        (("yes", "no", "_silence_", "maybe"), "--labels names 'maybe', which is no class"),
        (("yes", "yes", "_silence_", "no"), "names a class twice"),
    ],
)
def test_wrong_labels(labels: tuple[str, ...], fault: str) -> None:
    with pytest.raises(KwsError, match=fault) as caught:
        fit(whole((1, 1960)), replace(WORDS, outputs=labels))
    assert "_silence_, _unknown_, yes, no" in caught.value.hint


def test_what_the_static_generator_lacks_is_for_the_interpreter(tmp_path: Path) -> None:
    b = TfliteBuilder()
    source, target = b.tensor([1, 4, 4, 1], 0.1), b.tensor([1, 2, 2, 4], 0.1)
    b.operator("SPACE_TO_DEPTH", [source], [target], blockSize=2)
    manifest = generate_model(b.build([source], [target]), tmp_path, "kws generate")
    assert "operator 0, SPACE_TO_DEPTH [1, 4, 4, 1] -> [1, 2, 2, 4]" in manifest.no_static_model
    assert "op_resolver.h" in manifest.files and "static_model.c" not in manifest.files
    with pytest.raises(KwsError, match="no static C model of this model: operator 0") as caught:
        check_runtime(manifest, ModelRuntime())
    assert "--runtime tflm" in caught.value.hint
    check_runtime(manifest, ModelRuntime("tflm"))
