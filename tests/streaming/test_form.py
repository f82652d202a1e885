# SPDX-License-Identifier: Apache-2.0
"""Which form a model takes, and the words that say why."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kws_codegen.base.detect_config import DetectConfig
from kws_codegen.base.errors import KwsError
from kws_codegen.base.feature_config import FeatureConfig
from kws_codegen.base.interface import Interface
from kws_codegen.generate import generate, load_manifest
from kws_codegen.operators.time_use import NotStreamable
from kws_codegen.streaming.form import model_form
from kws_codegen.streaming.static_stream import static_stream
from tests.codegen.test_whole_models import ds_cnn_odd
from tests.support.static_model_check import SAME, VALID
from tests.support.streaming_networks import RowChain, ds_cnn

FEATURES = FeatureConfig(channels=10, hop_ms=20)
# 20 frames.
INTERFACE = Interface(FEATURES, 410, tuple(f"word {i}" for i in range(12)))


def network() -> bytes:
    """It moves on by four frames."""
    strides = ((2, 2), (1, 2), (2, 1))
    return ds_cnn(filters=(4, 6, 6), strides=strides, frames=20, channels=10)


def padded() -> bytes:
    c = RowChain.of(1, 20, 10)
    c.conv_2d(4, (3, 3), padding=SAME)
    c.decide(12)
    return c.build()


def test_rows_where_nothing_pads_time() -> None:
    form = model_form(network(), INTERFACE, DetectConfig())
    assert form.name == "rows" and form.decision_frames == 4 and form.stream is not None


def test_a_model_that_pads_time_keeps_its_window() -> None:
    form = model_form(padded(), INTERFACE, DetectConfig())
    assert form.name == "window" and form.stream is None and form.decision_frames == 4
    assert form.reason.startswith("operator 0, CONV_2D [1, 20, 10, 1]: pads time (rows before: 1")


def test_rows_are_refused_where_they_do_not_work() -> None:
    with pytest.raises(KwsError, match="cannot run row by row: operator 0, CONV_2D"):
        model_form(padded(), INTERFACE, DetectConfig(form="rows"))


def test_an_interval_that_does_not_fit_the_strides() -> None:
    odd = DetectConfig(interval_ms=100)
    form = model_form(network(), INTERFACE, odd)
    assert (form.name, form.decision_frames) == ("window", 5)
    assert "every 100 ms does not fit" in form.reason
    with pytest.raises(KwsError, match="every 100 ms does not fit") as caught:
        model_form(network(), INTERFACE, replace(odd, form="rows"))
    assert "multiple of 80: 80, 160, 240, 320" in caught.value.hint


def test_the_window_on_request() -> None:
    form = model_form(network(), INTERFACE, DetectConfig(form="window"))
    assert form.name == "window" and form.stream is None


@pytest.mark.parametrize(("model", "name"), [(network, "rows"), (padded, "window")])
def test_files_and_manifest_of_each_form(model, name: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    generate(INTERFACE, model(), tmp_path, "kws generate --run RUN")
    manifest = load_manifest(tmp_path)
    assert manifest.form == name and manifest.form_reason and manifest.decision_frames == 4
    assert (tmp_path / "static_stream.c").is_file() == (name == "rows")
    text = (tmp_path / "model_info.h").read_text(encoding="utf-8")
    assert "#define KWS_DECISION_FRAMES 4" in text and manifest.form_reason in text


def joins_time() -> RowChain:
    c = RowChain.of(2, 12, 6)
    c.conv_2d(4, (3, 3), padding=VALID)
    before, shape = c.last, c.shape
    c.mean((1, 2), True, c.scale, 0)
    c.append("MUL", (before,), shape, c.scale, 0)
    c.mean((1, 2), False, c.scale, 0)
    return c


def constant_rows() -> RowChain:
    c = RowChain.of(3, 12, 6)
    rows = c.builder.constant(np.arange(72, dtype=np.int8).reshape(1, 12, 6, 1), 0.05)
    c.append("MAXIMUM", (rows,), c.shape, c.scale, c.zero_point)
    c.builder.tensor_at(rows).quantization.zeroPoint = [c.zero_point]
    c.mean((1, 2), False, c.scale, 0)
    return c


def reversed_time() -> RowChain:
    c = RowChain.of(4, 12, 6)
    order = c.builder.constant(np.array([0, 2, 1, 3], np.int32))
    c.append("TRANSPOSE", (order,), (1, 6, 12, 1), c.scale, c.zero_point)
    c.mean((1, 2), False, c.scale, 0)
    return c


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (joins_time, "joins what has time with what has none"),
        (constant_rows, "a constant operand that differs from row to row"),
        (reversed_time, "TRANSPOSE [1, 12, 6, 1]: moves values from one row to another"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_prevents_rows_is_named(make, reason: str) -> None:  # type: ignore[no-untyped-def]
    found = static_stream(make().build(), 12)
    assert isinstance(found, NotStreamable) and reason in found.reason


def test_a_model_of_another_number_of_frames() -> None:
    found = static_stream(ds_cnn_odd(), 20)
    assert isinstance(found, NotStreamable) and "has no 20 rows" in found.reason
