# SPDX-License-Identifier: Apache-2.0
"""Pre-emphasis: the coefficient of a high-pass of first order."""

from kws_codegen.base.feature_config import FeatureConfig
from kws_codegen.frontend.stage import Constant, StageConstants

BITS = 15


def constants(features: FeatureConfig) -> StageConstants:
    """Off as well when the coefficient rounds to 0: the filter would change nothing."""
    coefficient = round(features.pre_emphasis * (1 << BITS))
    on = Constant("KWS_PRE_EMPHASIS", int(coefficient > 0))
    if coefficient == 0:
        return StageConstants("Pre-emphasis: off.", [on])
    return StageConstants(
        f"Pre-emphasis: 1 on, 0 off. The coefficient is Q{BITS}.",
        [
            on,
            Constant("KWS_PRE_EMPHASIS_BITS", BITS),
            Constant("KWS_PRE_EMPHASIS_COEFFICIENT", coefficient),
        ],
    )
