# SPDX-License-Identifier: Apache-2.0
"""Noise reduction: smoothing coefficients (noise_reduction_util of TFLite's micro-frontend)."""

from kws_codegen.base.feature_config import FeatureConfig
from kws_codegen.frontend.float32 import F32
from kws_codegen.frontend.stage import Constant, StageConstants

COEFFICIENT_BITS = 14


def constants(features: FeatureConfig) -> StageConstants:
    """PCAN needs the noise estimate too: with it, off leaves only the signal as it is."""
    estimate = features.noise_reduction or features.pcan
    switches = [
        Constant("KWS_NOISE_REDUCTION", int(features.noise_reduction)),
        Constant("KWS_NOISE_ESTIMATE", int(estimate)),
    ]
    if not estimate:
        return StageConstants("Noise reduction: off.", switches)
    return StageConstants(
        f"Noise reduction and estimate: 1 on, 0 off. Coefficients are Q{COEFFICIENT_BITS}.",
        [
            *switches,
            Constant("KWS_NOISE_COEFFICIENT_BITS", COEFFICIENT_BITS),
            Constant("KWS_SMOOTHING_BITS", features.smoothing_bits),
            Constant("KWS_EVEN_SMOOTHING", _coefficient(features.even_smoothing)),
            Constant("KWS_ODD_SMOOTHING", _coefficient(features.odd_smoothing)),
            Constant("KWS_MIN_SIGNAL_REMAINING", _coefficient(features.min_signal_remaining)),
        ],
    )


def _coefficient(fraction: float) -> int:
    """A share of one in Q14, cut off."""
    return int(F32(fraction) * F32(1 << COEFFICIENT_BITS))
