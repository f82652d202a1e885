# SPDX-License-Identifier: Apache-2.0
"""TensorFlow Lite Micro's fixed-point arithmetic: what the generator folds into constants.

In Python integers. The rules are those of its reference kernels
(tensorflow/lite/kernels/internal/quantization_util.cc, common.cc, kernel_util.cc), built
with double rounding as the pip wheel is.
"""

import math

import numpy as np

from kws_codegen.base.errors import KwsError

INT8_MIN, INT8_MAX = -128, 127


def round_half_away(value: float) -> int:
    """Nearest integer, halves away from zero (C's round)."""
    return int(math.copysign(math.floor(abs(value) + 0.5), value))


def quantize_multiplier(real: float) -> tuple[int, int]:
    """A real factor as (multiplier, shift), real = multiplier * 2^(shift-31).

    The multiplier lies in [2^30, 2^31) or is 0.
    """
    if real == 0.0:
        return 0, 0
    fraction, shift = math.frexp(real)
    multiplier = round_half_away(fraction * (1 << 31))
    if multiplier == 1 << 31:
        multiplier //= 2
        shift += 1
    return (0, 0) if shift < -31 else (multiplier, shift)


def rescale(value: int, multiplier: int, shift: int) -> int:
    """value * multiplier * 2^(shift-31), rounded twice as TensorFlow Lite Micro rounds it.

    First to the nearest integer (halves up) at the multiplier's precision, then, where
    shift is negative, to the nearest integer with halves away from zero.
    """
    if shift > 0:
        value = _wrap_int32(value << shift)
    high = (value * multiplier + (1 << 30)) >> 31
    if shift >= 0:
        return high
    half = 1 << (-shift - 1)
    return (high + half - (1 if high < 0 else 0)) >> -shift


def clamp(value: int, low: int = INT8_MIN, high: int = INT8_MAX) -> int:
    return max(low, min(high, value))


def quantize(real: float, scale: float, zero_point: int) -> int:
    """A real number in units of `scale`, divided in float32 as it divides; not clamped."""
    return zero_point + round_half_away(float(np.float32(real) / np.float32(scale)))


def mean_multiplier(real: float, count: int) -> tuple[int, int]:
    """(multiplier, shift) of a mean over `count` elements: the division folded in.

    Source: QuantizedMeanOrSum in tensorflow/lite/kernels/internal/reference/reduce.h.
    """
    multiplier, shift = quantize_multiplier(real)
    extra = min(count.bit_length() - 1, 32, 31 + shift)
    if extra < 0:
        raise KwsError(f"a mean with the factor {real} is below the range of int8 arithmetic")
    return (multiplier << extra) // count, shift - extra


def _wrap_int32(value: int) -> int:
    return (value + (1 << 31)) % (1 << 32) - (1 << 31)
