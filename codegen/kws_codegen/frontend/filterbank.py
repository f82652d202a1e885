# SPDX-License-Identifier: Apache-2.0
"""Filter bank: triangular mel filters (filterbank_util of TFLite's micro-frontend)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kws_codegen.base.errors import KwsError
from kws_codegen.base.feature_config import FeatureConfig
from kws_codegen.frontend.float32 import F32, f32, log1p_f32
from kws_codegen.frontend.stage import Constant, Int16Array, StageConstants, Table

WEIGHT_BITS = 12
MEL, MEL_HZ = 1127, 700
"""f Hz are MEL log(1 + f / MEL_HZ) mel."""


def constants(features: FeatureConfig) -> StageConstants:
    """KwsError when a filter reaches the last FFT bin."""
    bank = filter_bank(features)
    return StageConstants(
        "Filter bank: from bin KWS_START_BIN on, kws_channel_widths[i] bins in slot i.",
        [Constant("KWS_START_BIN", bank.start_bin)],
        [
            Table("kws_channel_widths", bank.widths),
            Table(
                "kws_bin_weights",
                bank.weights,
                f"Q{WEIGHT_BITS}: what a bin gives to channel slot - 1, and what to channel slot.",
                alignment_bytes=4,
            ),
        ],
    )


@dataclass(frozen=True)
class FilterBank:
    """Triangular mel filters, as the two slopes that each FFT bin contributes to.

    Bins [start_bin, end_bin) are split among channels + 1 slots in order; slot i holds
    `widths[i]` bins. A bin's energy times weights[bin - start_bin, 0] goes to channel i - 1
    (its rising side ends there), times weights[.., 1] to channel i.
    """

    start_bin: int
    end_bin: int
    widths: NDArray[np.uint16]  # [channels + 1]
    weights: Int16Array  # [end_bin - start_bin, 2] Q12


def _mel(frequency_hz: np.float32) -> np.float32:
    return f32(F32(MEL) * log1p_f32(f32(frequency_hz / F32(MEL_HZ))))


def filter_bank(features: FeatureConfig) -> FilterBank:
    """The mel filter bank (filterbank_util), without its padding.

    KwsError when a filter reaches the bin at half the sample rate, which TFLite's micro-frontend
    refuses too.
    """
    slots = features.channels + 1
    lower_hz = F32(features.lower_band_hz)
    mel_low = _mel(lower_hz)
    mel_spacing = (_mel(F32(features.upper_band_hz)) - mel_low) / F32(slots)
    centers = [mel_low + mel_spacing * F32(i + 1) for i in range(slots)]
    spectrum_bins = features.fft_size // 2 + 1
    hz_per_bin = F32(0.5) * F32(features.sample_rate_hz) / (F32(spectrum_bins) - F32(1))
    start = int(F32(1.5) + lower_hz / hz_per_bin)  # never the DC bin

    weights: list[tuple[float, float]] = []
    widths = []
    bin_index = start
    below = mel_low
    for center in centers:
        first = bin_index
        while (mel := _mel(F32(bin_index) * hz_per_bin)) <= center:
            weight = (center - mel) / (center - below)
            weights.append((_q12(weight), _q12(F32(1) - weight)))
            bin_index += 1
        widths.append(bin_index - first)
        below = center
    if bin_index >= spectrum_bins:
        raise KwsError(
            f"features.upper_band_hz = {features.upper_band_hz:g} reaches the last FFT bin",
            f"Use at most {float(hz_per_bin) * (spectrum_bins - 2):g} Hz "
            f"(half of sample_rate_hz less one bin of {float(hz_per_bin):g} Hz).",
        )
    return FilterBank(start, bin_index, np.array(widths, np.uint16), np.array(weights, np.int16))


def _q12(weight: np.float32) -> float:
    return float(np.floor(weight * F32(1 << WEIGHT_BITS) + F32(0.5)))


def correction_bits(features: FeatureConfig) -> int:
    """Power of two by which filter bank outputs are below the spectrum's real scale."""
    return features.fft_size.bit_length() - 1 - WEIGHT_BITS // 2
