# SPDX-License-Identifier: Apache-2.0
"""Single-precision arithmetic as the C library does it, so that tables are the same everywhere.

The micro-frontend computes its tables on the device in float32; a last bit decides how a
weight is rounded. NumPy's float32 functions differ between processors, so these do not use
them: cosine and power are computed in double precision and rounded once; log1p follows the
operations of FreeBSD's s_log1pf.c (Sun Microsystems, 1993), which newlib and glibc up to
2.40 use and which is not the correctly rounded result.
"""

import math
import struct

import numpy as np

F32 = np.float32


def f32(value: float | np.float32) -> np.float32:
    """The float32 nearest to `value`."""
    rounded: np.float32 = F32(value)
    return rounded


def cos_f32(x: np.float32) -> np.float32:
    """Cosine, correctly rounded to float32."""
    return f32(math.cos(float(x)))


def pow_f32(x: np.float32, y: np.float32) -> np.float32:
    """x to the power y, correctly rounded to float32; x > 0."""
    return f32(math.pow(float(x), float(y)))


_LN2_HIGH = F32(6.9313812256e-01)
_LN2_LOW = F32(9.0580006145e-06)
_LOG_SERIES = tuple(
    F32(c)
    for c in (
        1.4798198640e-01,
        1.5313838422e-01,
        1.8183572590e-01,
        2.2222198546e-01,
        2.8571429849e-01,
        4.0000000596e-01,
        6.6666668653e-01,
    )
)
_SMALL_BITS = 0x3ED413D7  # sqrt(2) - 1: below it the argument needs no reduction
_SQRT2_FRACTION = 0x3504F7  # fraction bits of sqrt(2)
_FRACTION = 0x7FFFFF
_ONE = 0x3F800000
_HALF = 0x3F000000


def log1p_f32(x: np.float32) -> np.float32:
    """log(1 + x) with the roundings of s_log1pf.c; 2**-29 <= x < 2**53, or 0."""
    if x == 0:
        return f32(0)
    one = F32(1)
    exponent = 0
    correction = F32(0)
    f = x
    tiny = False
    if _bits(x) >= _SMALL_BITS:
        u = one + x
        exponent = (_bits(u) >> 23) - 127
        correction = (one - (u - x) if exponent > 0 else x - (u - one)) / u
        fraction = _bits(u) & _FRACTION
        if fraction < _SQRT2_FRACTION:
            u = _from_bits(fraction | _ONE)
            tiny = fraction == 0
        else:
            exponent += 1
            u = _from_bits(fraction | _HALF)
            tiny = (_FRACTION + 1 - fraction) >> 2 == 0
        f = u - one
    k = F32(exponent)
    half_square = F32(0.5) * f * f
    if tiny:
        if f == 0:
            return f32(k * _LN2_HIGH + (correction + k * _LN2_LOW))
        rest = half_square * (one - F32(2 / 3) * f)
        return f32(k * _LN2_HIGH - ((rest - (k * _LN2_LOW + correction)) - f))
    s = f / (F32(2) + f)
    z = s * s
    series = F32(0)
    for coefficient in _LOG_SERIES:
        series = z * (coefficient + series)
    if exponent == 0:
        return f32(f - (half_square - s * (half_square + series)))
    low = k * _LN2_LOW + correction
    return f32(k * _LN2_HIGH - ((half_square - (s * (half_square + series) + low)) - f))


def _bits(x: np.float32) -> int:
    bits: int = struct.unpack("<I", struct.pack("<f", float(x)))[0]
    return bits


def _from_bits(bits: int) -> np.float32:
    return f32(struct.unpack("<f", struct.pack("<I", bits))[0])
