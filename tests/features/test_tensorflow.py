# SPDX-License-Identifier: Apache-2.0
"""The C front end against TensorFlow's audio_microfrontend op, in other configurations.

The op's table code computes window and mel filters in double precision where the code that
pymicro_features and TensorFlow Lite Micro compile computes in float32: a few entries differ
by one step, and only they make features differ. So with the op's tables put in, the C front
end must equal the op in every value.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kws.features import FrontEnd
from kws.features.library import frontend_hash, load_library
from kws_codegen.base.feature_config import FeatureConfig
from kws_codegen.frontend import filterbank, window
from kws_codegen.frontend.filterbank import FilterBank
from tests.support.frontend_signals import synthetic_clips

CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "default": {},
    "hop 10 ms": {"hop_ms": 10},
    "8 kHz": {"sample_rate_hz": 8000, "upper_band_hz": 3800.0},
    "10 channels": {"channels": 10},
    "80 channels": {"channels": 80},
    "25 ms": {"window_ms": 25, "hop_ms": 10},
    "no PCAN": {"pcan": False},
    "no log": {"log": False},
    "no noise reduction": {"noise_reduction": False},
    "filter bank only": {"pcan": False, "log": False, "noise_reduction": False},
    "48 kHz, FFT of 8192": {
        "sample_rate_hz": 48_000, "window_ms": 128, "hop_ms": 64, "channels": 128,
        "upper_band_hz": 20_000.0,
    },
    "4 kHz, FFT of 32": {
        "sample_rate_hz": 4000, "window_ms": 8, "hop_ms": 4, "channels": 4,
        "upper_band_hz": 1700.0,
    },
}  # fmt: skip


def op_features(features: FeatureConfig, clip: NDArray[np.int16]) -> NDArray[np.uint16]:
    import tensorflow as tf
    from tensorflow.lite.experimental.microfrontend.python.ops import audio_microfrontend_op

    values: NDArray[np.uint16] = audio_microfrontend_op.audio_microfrontend(
        tf.constant(clip),
        sample_rate=features.sample_rate_hz,
        window_size=features.window_ms,
        window_step=features.hop_ms,
        num_channels=features.channels,
        lower_band_limit=features.lower_band_hz,
        upper_band_limit=features.upper_band_hz,
        smoothing_bits=features.smoothing_bits,
        even_smoothing=features.even_smoothing,
        odd_smoothing=features.odd_smoothing,
        # The op has no switch for it: all of the signal remains.
        min_signal_remaining=features.min_signal_remaining if features.noise_reduction else 1.0,
        enable_pcan=features.pcan,
        pcan_strength=features.pcan_strength,
        pcan_offset=features.pcan_offset,
        gain_bits=features.pcan_gain_bits,
        enable_log=features.log,
        scale_shift=features.log_scale_shift,
    ).numpy()
    return values


def op_window(window_samples: int) -> NDArray[np.int16]:
    step = np.float64(np.float32(2 * np.pi / window_samples))
    window = (0.5 - 0.5 * np.cos(step * (np.arange(window_samples) + 0.5))).astype(np.float32)
    return np.floor(window.astype(np.float64) * 4096 + 0.5).astype(np.int16)


def op_mel(hz: np.float32) -> np.float32:
    return np.float32(1127.0 * np.log1p(np.float64(np.float32(hz)) / 700.0))


def op_filter_bank(features: FeatureConfig) -> FilterBank:
    """The float32 code with the op's mel scale and rounding of weights."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(filterbank, "_mel", op_mel)
        patch.setattr(filterbank, "_q12", lambda w: float(np.floor(float(w) * 4096 + 0.5)))
        return filterbank.filter_bank(features)


@pytest.fixture
def op_tables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Libraries built while it is in use have the op's tables (and their own cache)."""
    original = filterbank.filter_bank
    monkeypatch.setenv("KWS_CACHE_DIR", str(tmp_path))

    def patched(features: FeatureConfig) -> FilterBank:
        monkeypatch.setattr(filterbank, "filter_bank", original)
        try:
            return op_filter_bank(features)
        finally:
            monkeypatch.setattr(filterbank, "filter_bank", patched)

    monkeypatch.setattr(filterbank, "filter_bank", patched)
    monkeypatch.setattr(window, "window_coefficients", op_window)
    load_library.cache_clear()
    frontend_hash.cache_clear()
    yield
    load_library.cache_clear()
    frontend_hash.cache_clear()


@pytest.mark.parametrize("name", CONFIGURATIONS)
@pytest.mark.usefixtures("op_tables")
def test_equals_the_op_with_the_ops_tables(name: str) -> None:
    features = FeatureConfig(**CONFIGURATIONS[name])
    front_end = FrontEnd(features)
    for number, clip in enumerate(synthetic_clips(24, features.sample_rate_hz, seed=11)):
        expected, actual = op_features(features, clip), front_end.clip(clip)
        assert expected.shape == actual.shape
        different = np.argwhere(expected != actual)
        assert not different.size, (
            f"clip {number}, frame and channel {different[0]}: "
            f"expected {expected[tuple(different[0])]}, actual {actual[tuple(different[0])]}"
        )


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_tables_are_within_one_step_of_the_ops(name: str) -> None:
    features = FeatureConfig(**CONFIGURATIONS[name])
    ours, theirs = filterbank.filter_bank(features), op_filter_bank(features)
    assert (ours.start_bin, ours.end_bin) == (theirs.start_bin, theirs.end_bin)
    assert np.array_equal(ours.widths, theirs.widths)
    assert np.abs(ours.weights - theirs.weights).max() <= 1
    coefficients = window.window_coefficients(features.window_samples)
    assert np.abs(coefficients - op_window(features.window_samples)).max() <= 1
