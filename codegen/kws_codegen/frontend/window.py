# SPDX-License-Identifier: Apache-2.0
"""Window: a Hann window (window_util of TFLite's micro-frontend)."""

import numpy as np

from kws_codegen.base.feature_config import FeatureConfig
from kws_codegen.frontend.float32 import F32, cos_f32
from kws_codegen.frontend.stage import Constant, Int16Array, StageConstants, Table

BITS = 12


def constants(features: FeatureConfig) -> StageConstants:
    return StageConstants(
        f"Window: Hann, Q{BITS}.",
        [Constant("KWS_WINDOW_BITS", BITS)],
        [
            Table(
                "kws_window_coefficients",
                window_coefficients(features.window_samples),
                alignment_bytes=4,
            )
        ],
    )


def window_coefficients(window_samples: int) -> Int16Array:
    """Hann window, Q12, [window_samples]."""
    step = F32(np.pi) * F32(2) / F32(window_samples)
    one_half = F32(0.5)
    values = []
    for i in range(window_samples):
        value = one_half - one_half * cos_f32(step * (F32(i) + one_half))
        values.append(np.floor(value * F32(1 << BITS) + one_half))
    return np.array(values, np.int16)
