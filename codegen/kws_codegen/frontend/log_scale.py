# SPDX-License-Identifier: Apache-2.0
"""Logarithm: a table of segments (log_lut and log_scale_util of TFLite's micro-frontend)."""

import math

import numpy as np
from numpy.typing import NDArray

from kws_codegen.base.feature_config import FeatureConfig
from kws_codegen.frontend.filterbank import correction_bits
from kws_codegen.frontend.stage import Constant, StageConstants, Table

BITS = 16  # of fractions and of logarithms
SEGMENT_BITS = 7


def constants(features: FeatureConfig) -> StageConstants:
    on = Constant("KWS_LOG", int(features.log))
    if not features.log:
        return StageConstants("Logarithm: off.", [on])
    correction = correction_bits(features)
    return StageConstants(
        "Logarithm: 1 on, 0 off. The input is shifted left, then right, before it.",
        [
            on,
            Constant("KWS_LOG_INPUT_LEFT_SHIFT", max(correction, 0)),
            Constant("KWS_LOG_INPUT_RIGHT_SHIFT", max(-correction, 0)),
            Constant("KWS_LOG_SCALE_SHIFT", features.log_scale_shift),
            Constant("KWS_LOG_BITS", BITS),
            Constant("KWS_LOG_SEGMENT_BITS", SEGMENT_BITS),
            Constant("KWS_LOG_LN2", round(math.log(2) * (1 << BITS)), f"ln 2, Q{BITS}"),
        ],
        [
            Table(
                "kws_log_table",
                log_table(),
                f"Q{BITS}: log2(1 + i/{1 << SEGMENT_BITS}) - i/{1 << SEGMENT_BITS}.",
            )
        ],
    )


def log_table() -> NDArray[np.uint16]:
    """log2(1 + i/128) - i/128 in Q16, [130]; the last entry pads."""
    segments = 1 << SEGMENT_BITS
    x = np.arange(segments + 1) / segments
    values = np.round((1 << BITS) * (np.log2(1 + x) - x)).astype(np.uint16)
    return np.append(values, np.uint16(0))
