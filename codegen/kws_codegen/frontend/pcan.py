# SPDX-License-Identifier: Apache-2.0
"""PCAN: gains (pcan_gain_control_util of TFLite's micro-frontend)."""

import numpy as np

from kws_codegen.base.errors import KwsError
from kws_codegen.base.feature_config import FeatureConfig
from kws_codegen.frontend.filterbank import correction_bits
from kws_codegen.frontend.float32 import F32, pow_f32
from kws_codegen.frontend.stage import INT16_MAX, Constant, Int16Array, StageConstants, Table

SNR_BITS = 12  # fraction of the signal-to-noise ratio
OUTPUT_BITS = 6  # fraction of what leaves the stage
POSITION_BITS = 10  # fraction of the position within an octave
SLOPE_BITS = 5  # fraction of a parabola's slope
NOISE_BITS = 32

# The gain table: a gain each of noise 0 and 1, then y0, a1, a2, 0 of a parabola an octave. The
# first octave is of noise of two bits.
FIRST_OCTAVE = 2
SINGLE_GAINS = 1 << (FIRST_OCTAVE - 1)
OCTAVE_ENTRIES = 4


def constants(features: FeatureConfig) -> StageConstants:
    """KwsError when pcan_gain_bits or smoothing_bits are too few."""
    on = Constant("KWS_PCAN", int(features.pcan))
    if not features.pcan:
        return StageConstants("PCAN: off.", [on])
    return StageConstants(
        "PCAN: 1 on, 0 off.",
        [
            on,
            Constant("KWS_PCAN_SNR_SHIFT", snr_shift(features)),
            Constant("KWS_PCAN_SNR_BITS", SNR_BITS),
            Constant("KWS_PCAN_OUTPUT_BITS", OUTPUT_BITS),
            Constant("KWS_PCAN_POSITION_BITS", POSITION_BITS),
            Constant("KWS_PCAN_SLOPE_BITS", SLOPE_BITS),
            Constant("KWS_PCAN_SINGLE_GAINS", SINGLE_GAINS),
            Constant("KWS_PCAN_FIRST_OCTAVE", FIRST_OCTAVE),
            Constant("KWS_PCAN_OCTAVE_ENTRIES", OCTAVE_ENTRIES),
        ],
        [
            Table(
                "kws_pcan_gain",
                gain_table(features),
                "Gain at noise 0 and 1, then y0, a1, a2, 0 of a parabola per octave.",
            )
        ],
    )


def snr_shift(features: FeatureConfig) -> int:
    """Right shift of signal * gain. KwsError when pcan_gain_bits are too few for it."""
    shift = features.pcan_gain_bits - correction_bits(features) - SNR_BITS
    if shift < 0:
        raise KwsError(
            f"features.pcan_gain_bits = {features.pcan_gain_bits} is too small",
            f"Use at least {features.pcan_gain_bits - shift} with an FFT of {features.fft_size}.",
        )
    return shift


def gain_table(features: FeatureConfig) -> Int16Array:
    """Gain against noise estimate: values at 0 and 1, then 3 coefficients and a 0 per octave.

    int16 [125]: octave i (2 .. 32) holds y0, a1, a2 of a parabola, wrapped to int16 as those of
    TFLite's micro-frontend. KwsError when smoothing_bits are too few.
    """
    input_bits = features.smoothing_bits - correction_bits(features)
    if not 0 <= input_bits < NOISE_BITS:
        raise KwsError(
            f"features.smoothing_bits = {features.smoothing_bits} is too small for PCAN",
            f"Use at least {correction_bits(features)} with an FFT of {features.fft_size}, "
            "or set features.pcan = false.",
        )
    offset, strength = F32(features.pcan_offset), F32(features.pcan_strength)
    one = F32(1 << features.pcan_gain_bits)

    def gain(noise: int) -> int:
        value = one * pow_f32(F32(noise) / F32(1 << input_bits) + offset, -strength)
        return INT16_MAX if value > INT16_MAX else int(value + F32(0.5))

    table = [gain(noise) for noise in range(SINGLE_GAINS)]
    for octave in range(FIRST_OCTAVE, NOISE_BITS + 1):
        x0 = 1 << (octave - 1)
        x2 = 2 * x0 if octave < NOISE_BITS else 2 * x0 - 1
        y0, y1, y2 = gain(x0), gain(x0 + x0 // 2), gain(x2)
        a1 = 4 * (y1 - y0) - (y2 - y0)
        a2 = (y2 - y0) - a1
        table += [y0, _wrap16(a1), _wrap16(a2), 0]
    return np.array(table[:-1], np.int16)


def _wrap16(value: int) -> int:
    return (value + 32768) % 65536 - 32768
