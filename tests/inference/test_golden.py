# SPDX-License-Identifier: Apache-2.0
"""kws.inference.golden: TensorFlow Lite Micro in one process, in several, and from the cache."""

from pathlib import Path

import numpy as np
import pytest

from kws.inference import golden as golden_module
from kws.inference.golden import Golden, golden_outputs
from kws_codegen.base.errors import KwsError
from tests.support.static_model_check import Chain
from tests.support.tflite_builder import TfliteBuilder


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KWS_CACHE_DIR", str(tmp_path))


def dense(bias: bool = True) -> bytes:
    c = Chain(np.random.default_rng(8), (1, 6, 5), float(np.float32(0.25)), 7)
    c.fully_connected(4, bias=bias, zero_point=-3)
    return c.build()


def with_float_ends() -> bytes:
    """QUANTIZE, FULLY_CONNECTED, DEQUANTIZE: float in, float out."""
    builder = TfliteBuilder()
    source = builder.tensor((1, 4), dtype="FLOAT32")
    inner = builder.tensor((1, 4), 0.25, 7)
    weights = builder.constant(np.eye(4, dtype=np.int8) * 64, 1 / 64)
    scores = builder.tensor((1, 4), 0.25, 7)
    out = builder.tensor((1, 4), dtype="FLOAT32")
    builder.operator("QUANTIZE", [source], [inner])
    builder.operator("FULLY_CONNECTED", [inner, weights], [scores])
    builder.operator("DEQUANTIZE", [scores], [out])
    return builder.build([source], [out])


def test_input_and_output_are_described() -> None:
    golden = Golden(dense())
    assert (golden.input_shape, golden.output_shape) == ((1, 6, 5), (1, 4))
    assert (golden.input_scale, golden.input_zero_point) == (0.25, 7)
    assert golden.output_zero_point == -3


def test_float_ends_are_seen_through() -> None:
    golden = Golden(with_float_ends())
    assert (golden.input_scale, golden.input_zero_point) == (0.25, 7)
    for start in range(-128, 125, 4):
        values = np.arange(start, start + 4).astype(np.int8)
        assert golden.invoke(values).tolist() == values.tolist()


def test_uint8_ends_are_seen_through() -> None:
    builder = TfliteBuilder()
    source = builder.tensor((1, 4), [0.25], 135, dtype="UINT8")
    inner, scores = builder.tensor((1, 4), 0.25, 7), builder.tensor((1, 4), 0.25, 7)
    out = builder.tensor((1, 4), [0.25], 135, dtype="UINT8")
    builder.operator("QUANTIZE", [source], [inner])
    builder.operator("RELU", [inner], [scores])
    builder.operator("QUANTIZE", [scores], [out])
    golden = Golden(builder.build([source], [out]))
    for start in range(-128, 125, 4):
        values = np.arange(start, start + 4).astype(np.int8)
        assert golden.invoke(values).tolist() == np.maximum(values, 7).tolist()


def test_processes_and_cache_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golden_module, "_SMALL", 0)
    inputs = np.random.default_rng(1).integers(-128, 128, (150, 6, 5)).astype(np.int8)
    golden = Golden(dense())
    expected = [golden.invoke(row).tolist() for row in inputs]
    assert golden_outputs(dense(), inputs, processes=2).tolist() == expected
    monkeypatch.setattr(golden_module, "_compute", None)  # only the cache is left
    assert golden_outputs(dense(), inputs).tolist() == expected


def test_cache_tells_models_and_inputs_apart() -> None:
    inputs = np.ones((2, 6, 5), np.int8)
    first = golden_outputs(dense(), inputs, processes=1)
    assert golden_outputs(dense(bias=False), inputs, processes=1).tolist() != first.tolist()
    assert golden_outputs(dense(), -inputs, processes=1).tolist() != first.tolist()


def test_tensors_inside_are_kept() -> None:
    golden = Golden(dense(), keep_tensors=True)
    values = np.arange(30).astype(np.int8)
    output = golden.invoke(values)
    assert golden.tensor(0).tolist() == values.tolist()
    assert golden.tensor(3).tolist() == output.tolist()


def test_model_that_tflite_micro_refuses() -> None:
    builder = TfliteBuilder()
    source, scores = builder.tensor((1, 4)), builder.tensor((1, 4))
    builder.operator("RELU_N1_TO_1", [source], [scores])
    with pytest.raises(KwsError, match="TensorFlow Lite Micro does not take this model"):
        Golden(builder.build([source], [scores]))
