# SPDX-License-Identifier: Apache-2.0
"""Pre-emphasis: the front end with it equals the one without it on filtered samples, bit for bit,
and the filter goes on from call to call."""

from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kws.config.schema import config_from_dict
from kws.features import FrontEnd
from kws.features.library import load_library
from kws_codegen.base.errors import KwsError
from kws_codegen.base.feature_config import FeatureConfig
from kws_codegen.frontend.feature_constants import feature_constants_files
from kws_codegen.render import FileInfo
from tests.support.frontend_signals import synthetic_clips

ON = FeatureConfig(pre_emphasis=0.97)

CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "0.97": {"pre_emphasis": 0.97},
    "largest": {"pre_emphasis": 0.999, "hop_ms": 10},
    "smallest": {"pre_emphasis": 2**-15},
    "negative rounding": {"pre_emphasis": 0.5, "hop_ms": 30},
    "filter bank only": {
        "pre_emphasis": 0.9, "pcan": False, "log": False, "noise_reduction": False
    },
    "8 kHz": {"pre_emphasis": 0.95, "sample_rate_hz": 8000, "upper_band_hz": 3800.0},
}  # fmt: skip


def filtered(clip: NDArray[np.int16], pre_emphasis: float) -> NDArray[np.int16]:
    """x[n] - c x[n - 1], c in Q15, half up, limited to int16; x[-1] is 0."""
    x = clip.astype(np.int64)
    coefficient = round(pre_emphasis * 32768)
    exact_q15 = 32768 * x - coefficient * np.concatenate([[0], x[:-1]])
    return np.clip((exact_q15 + 16384) >> 15, -32768, 32767).astype(np.int16)


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_equals_the_front_end_without_it_on_filtered_samples(name: str) -> None:
    features = FeatureConfig(**CONFIGURATIONS[name])
    without = FeatureConfig(**{**CONFIGURATIONS[name], "pre_emphasis": 0.0})
    clips = synthetic_clips(24, features.sample_rate_hz, seed=17)
    expected = FrontEnd(without).clips(
        np.array([filtered(clip, features.pre_emphasis) for clip in clips])
    )
    assert np.array_equal(FrontEnd(features).clips(clips), expected)
    if name != "smallest":
        assert not np.array_equal(FrontEnd(without).clips(clips), expected)


def test_the_model_is_the_nearest_integer() -> None:
    """The model above against the definition, in fractions, at the ends of the range."""
    values = [-32768, -32767, -1, 0, 1, 32766, 32767]
    for before in values:
        for now in values:
            exact = now - Fraction(round(0.97 * 32768), 32768) * before
            nearest = min(max(floor(exact + Fraction(1, 2)), -32768), 32767)
            assert filtered(np.array([before, now], np.int16), 0.97)[1] == nearest


@pytest.fixture(scope="module")
def noise() -> NDArray[np.int16]:
    return np.random.default_rng(3).integers(-32768, 32768, 5000).astype(np.int16)


@settings(max_examples=100, deadline=None)
@given(sizes=st.lists(st.integers(0, 1200), max_size=30))
def test_any_chunk_sizes_are_one_continuous_filter(
    noise: NDArray[np.int16], sizes: list[int]
) -> None:
    expected = FrontEnd(FeatureConfig()).clip(filtered(noise, ON.pre_emphasis))
    front_end = FrontEnd(ON)
    parts = [front_end.process(part) for part in np.split(noise, np.cumsum(sizes))]
    assert np.array_equal(np.concatenate(parts), expected)


def test_reset_forgets_the_last_sample() -> None:
    """In a short window, where the first sample counts."""
    short: dict[str, Any] = {
        "sample_rate_hz": 4000, "window_ms": 8, "hop_ms": 4, "channels": 4,
        "upper_band_hz": 1700.0,
    }  # fmt: skip
    silence = np.zeros(32, np.int16)
    remembered = silence.copy()
    remembered[0] = -round(0.97 * 32767)
    assert FrontEnd(FeatureConfig(**short)).clip(remembered).any()
    front_end = FrontEnd(FeatureConfig(**short, pre_emphasis=0.97))
    front_end.process(np.full(100, 32767, np.int16))
    front_end.reset()
    assert not front_end.process(silence).any()
    loud_then_silent = np.array([np.full(32, 32767), silence], np.int16)
    assert not front_end.clips(loud_then_silent)[1].any()


def test_streams_do_not_mix(noise: NDArray[np.int16]) -> None:
    one, other = FrontEnd(ON), FrontEnd(ON)
    first = one.process(noise[:2001])
    other.process(-noise)
    other.clips(noise.reshape(5, 1000))
    alone = FrontEnd(ON).clip(noise)
    assert np.array_equal(np.concatenate([first, one.process(noise[2001:])]), alone)


@pytest.mark.parametrize("pre_emphasis", [0.0, 2**-17])
def test_off_is_not_there(pre_emphasis: float) -> None:
    """No code, no state; also when the coefficient rounds to 0."""
    off, on = load_library(FeatureConfig(pre_emphasis=pre_emphasis)), load_library(ON)
    assert not hasattr(off, "kws_pre_emphasis")
    assert hasattr(on, "kws_pre_emphasis")
    assert off.kws_frontend_state_bytes() < on.kws_frontend_state_bytes()


def test_the_tables_do_not_depend_on_it() -> None:
    info = FileInfo("test", "test")
    name = "feature_constants.c"
    off = feature_constants_files(FeatureConfig(), info)
    assert feature_constants_files(ON, info)[name] == off[name]
    assert "KWS_PRE_EMPHASIS_COEFFICIENT" not in off["feature_constants.h"]


@pytest.mark.parametrize("value", [1.0, -0.1, "high"])
def test_wrong_values_are_named(value: object) -> None:
    with pytest.raises(KwsError, match=r"features\.pre_emphasis"):
        config_from_dict({"features": {"pre_emphasis": value}})
