# SPDX-License-Identifier: Apache-2.0
"""Features to the model's int8 input, by the firmware's own integer arithmetic."""

import ctypes

import numpy as np
from numpy.typing import NDArray

from kws.features.library import load_library
from kws_codegen.base.feature_config import FeatureConfig
from kws_codegen.frontend.feature_quantize import quantization_constants


class _Quantization(ctypes.Structure):
    """kws_feature_quantization of firmware/frontend/feature_quantize.h."""

    _fields_ = (
        ("multiplier", ctypes.c_uint32),
        ("shift", ctypes.c_uint32),
        ("zero_point", ctypes.c_int32),
    )


def quantize(
    features: NDArray[np.uint16], input_scale: float, zero_point: int, output_scale: float
) -> NDArray[np.int8]:
    """uint16 features of any shape to int8 of the same shape, exactly as the firmware does.

    KwsError as quantization_constants.
    """
    multiplier, shift = quantization_constants(output_scale, input_scale)
    data = np.ascontiguousarray(features, np.uint16)
    out = np.empty(data.shape, np.int8)
    load_library(FeatureConfig()).kws_feature_quantize(
        ctypes.c_void_p(data.ctypes.data),
        ctypes.c_size_t(data.size),
        _Quantization(multiplier, shift, zero_point),
        ctypes.c_void_p(out.ctypes.data),
    )
    return out
