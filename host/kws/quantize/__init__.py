# SPDX-License-Identifier: Apache-2.0
"""Quantization: model.keras to a full int8 model.tflite, and what it costs in accuracy."""

from kws.quantize.convert import convert_int8
from kws.quantize.cross_validation import (
    CrossValidation,
    Doubt,
    current_cross_validation,
    fold_paths,
    judge_fold,
    pool_folds,
    suspects,
)
from kws.quantize.current import check_interface, current_code, current_model, form_of
from kws.quantize.foreign import check_foreign_model
from kws.quantize.quantize import QuantizationResult, adopt_model, load_quantization, quantize
from kws.quantize.untrained import untrained_firmware, untrained_int8

__all__ = [
    "CrossValidation",
    "Doubt",
    "QuantizationResult",
    "adopt_model",
    "check_foreign_model",
    "check_interface",
    "convert_int8",
    "current_code",
    "current_cross_validation",
    "current_model",
    "fold_paths",
    "form_of",
    "judge_fold",
    "load_quantization",
    "pool_folds",
    "quantize",
    "suspects",
    "untrained_firmware",
    "untrained_int8",
]
