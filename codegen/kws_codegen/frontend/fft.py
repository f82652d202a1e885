# SPDX-License-Identifier: Apache-2.0
"""FFT: order and twiddles of a real one (kissfft's kiss_fft and kiss_fftr, FIXED_POINT=16)."""

import math

import numpy as np
from numpy.typing import NDArray

from kws_codegen.base.feature_config import FeatureConfig
from kws_codegen.frontend.stage import INT16_MAX, Constant, Int16Array, StageConstants, Table


def constants(features: FeatureConfig) -> StageConstants:
    points = features.fft_size // 2
    return StageConstants(
        "FFT: a real one of KWS_FFT_SIZE, made from a complex one of KWS_FFT_POINTS.",
        [
            Constant("KWS_FFT_SIZE", features.fft_size),
            Constant("KWS_FFT_POINTS", points),
            Constant("KWS_FFT_FIRST_RADIX", fft_radices(points)[0]),
        ],
        [
            Table(
                "kws_fft_order",
                fft_order(points).astype(np.uint8 if points <= 1024 else np.uint16),
                "First input of each butterfly of the first pass.",
            ),
            Table(
                "kws_fft_twiddles",
                fft_twiddles(points),
                "Q15 (real, imaginary): three per butterfly k = 1 .. m - 1 of each pass after it.",
                alignment_bytes=4,
            ),
            Table(
                "kws_fft_split_twiddles",
                split_twiddles(points),
                "Q15 (real, imaginary): bins 1 .. KWS_FFT_POINTS / 2 of the real transform.",
                alignment_bytes=4,
            ),
        ],
    )


def _unit_circle(phases: NDArray[np.float64]) -> Int16Array:
    """Q15 (cos, sin) of each phase, rounded half up, [n, 2]."""
    circle = np.stack([np.cos(phases), np.sin(phases)], axis=1)
    return np.floor(0.5 + INT16_MAX * circle).astype(np.int16)


def fft_radices(points: int) -> list[int]:
    """Radices of the passes, first pass first: fours, and one two first where needed."""
    fours = (points.bit_length() - 1) // 2
    return [2] * (points != 4**fours) + [4] * fours


def fft_order(points: int) -> NDArray[np.int64]:
    """First input of each butterfly of the first pass, [points / first radix].

    Butterfly b reads inputs order[b] + q * points / radix; its outputs are neighbours.
    """
    radices = fft_radices(points)
    # The digits of b, most significant first, belong to the last pass first.
    butterflies = points // radices[0]
    result = np.zeros(butterflies, np.int64)
    for b in range(butterflies):
        rest, block, stride, source = b, butterflies, 1, 0
        for radix in reversed(radices[1:]):
            block //= radix
            digit, rest = divmod(rest, block)
            source += digit * stride
            stride *= radix
        result[b] = source
    return result


def fft_twiddles(points: int) -> Int16Array:
    """Twiddles of the passes after the first, in the order they are used, Q15 [n, 2].

    A pass that joins four transforms of m points uses, for k = 1 .. m - 1, the three factors
    exp(-2 pi i k q / 4m), q = 1, 2, 3. (k = 0 multiplies by 32767/32768, which the rounding
    makes a multiplication by one.)
    """
    circle = _unit_circle(-2 * math.pi * np.arange(points) / points)
    parts = []
    m = fft_radices(points)[0]
    while m < points:
        k, q = np.meshgrid(np.arange(1, m), np.arange(1, 4), indexing="ij")
        parts.append(circle[(k * q * (points // (4 * m))).ravel()])
        m *= 4
    return np.concatenate(parts or [np.zeros((1, 2), np.int16)])  # C has no empty arrays


def split_twiddles(points: int) -> Int16Array:
    """Factors that make the real FFT from the complex one, k = 1 .. points/2, Q15 [.., 2]."""
    k = np.arange(1, points // 2 + 1)
    return _unit_circle(-math.pi * (k / points + 0.5))
