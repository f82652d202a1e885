# SPDX-License-Identifier: Apache-2.0
"""feature_constants.h and .c: every number that Python and C of the front end share.

Each of kws_codegen.base.feature_config.STAGES is a module here; its function `constants()` returns
what the stage brings, and raises KwsError for parameters that cannot work. Where TFLite's
micro-frontend and kissfft compute tables in float32, so do the stages, operation by operation.
"""

from importlib import import_module

from kws_codegen.base.feature_config import STAGES, FeatureConfig
from kws_codegen.base.hashes import config_hash
from kws_codegen.frontend.stage import Constant, StageConstants
from kws_codegen.render import FileInfo, render


def feature_constants_files(features: FeatureConfig, info: FileInfo) -> dict[str, str]:
    """feature_constants.h and .c as {name: text}. KwsError for parameters that cannot work."""
    parts = [_frames(features), *(stage_constants(name, features) for name in STAGES)]
    return {
        name: render(f"{name}.j2", info=info, parts=parts)
        for name in ("feature_constants.h", "feature_constants.c")
    }


def stage_constants(name: str, features: FeatureConfig) -> StageConstants:
    """What the stage of this name brings. KwsError for parameters that cannot work."""
    made: StageConstants = import_module(f"kws_codegen.frontend.{name}").constants(features)
    return made


def _frames(features: FeatureConfig) -> StageConstants:
    return StageConstants(
        "What goes in and what comes out.",
        [
            Constant("KWS_SAMPLE_RATE_HZ", features.sample_rate_hz),
            Constant("KWS_WINDOW_SAMPLES", features.window_samples, f"{features.window_ms} ms"),
            Constant("KWS_HOP_SAMPLES", features.hop_samples, f"{features.hop_ms} ms"),
            Constant("KWS_CHANNELS", features.channels),
            Constant("KWS_FEATURE_HASH", config_hash(features)),
        ],
    )
