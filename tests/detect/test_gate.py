# SPDX-License-Identifier: Apache-2.0
"""The C gate against its rules in plain Python."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kws.detect import Gate, GatedRow
from kws_codegen.base.detect_config import DetectConfig
from kws_codegen.base.errors import KwsError
from kws_codegen.base.feature_config import FeatureConfig

FEATURES = FeatureConfig(sample_rate_hz=4000, window_ms=30, hop_ms=20, upper_band_hz=1900.0)
LEAD_IN = 10  # rows of 20 ms in 200 ms


def given_rows(dbfs: float, samples: np.ndarray, patience: int) -> list[GatedRow]:
    """The rules as firmware/detect/gate.h states them."""
    level = round(2**30 * 10 ** (dbfs / 10)) if dbfs < 0 else 0
    found: list[GatedRow] = []
    waiting: list[int] = []
    quiet, start = 0, 0
    for i in range(FEATURES.frames(len(samples))):
        end = FEATURES.window_samples + i * FEATURES.hop_samples
        new, start = samples[start:end].astype(int), end
        quiet = quiet + 1 if (new**2).sum() < level * len(new) else 0
        if quiet > patience:
            waiting = [*waiting, i][-LEAD_IN:]
        else:
            found += [GatedRow(row, i) for row in [*waiting, i]]
            waiting = []
    return found


@settings(max_examples=50)
@given(st.sampled_from([0.0, -20.0, -40.0]), st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_the_rules(dbfs: float, patience: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    parts = [
        random.integers(-size, size + 1, int(random.integers(1, 3000)))
        for size in random.choice([0, 300, 500, 3000, 32767], 12)
    ]
    samples = np.concatenate(parts).astype(np.int16)
    rows = Gate(DetectConfig(gate_dbfs=dbfs), FEATURES, patience).rows(samples)
    assert list(rows) == given_rows(dbfs, samples, patience)


def test_too_short_for_a_frame() -> None:
    assert Gate(DetectConfig(gate_dbfs=-50), FEATURES, 3).rows(np.zeros(10, np.int16)) == ()


def test_other_arrays_are_refused() -> None:
    with pytest.raises(KwsError, match=r"takes int16 \[n\], not float64 \[5\]"):
        Gate(DetectConfig(), FEATURES, 3).rows(np.zeros(5))  # type: ignore[arg-type]
