"""Every table and number of the front end, computed from the FeatureConfig.

Source of each formula: TensorFlow, tensorflow/lite/experimental/microfrontend/lib
(window_util, fft_util, filterbank_util, noise_reduction_util, pcan_gain_control_util,
log_lut) and kissfft (kiss_fft, kiss_fftr with FIXED_POINT=16). Where upstream computes in
float32, so do these, operation by operation.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kws_codegen.base.errors import KwsError
from kws_codegen.base.feature_config import FeatureConfig
from kws_codegen.base.hashes import config_hash
from kws_codegen.frontend.float32 import F32, cos_f32, f32, log1p_f32, pow_f32
from kws_codegen.render import FileInfo, render

Int16Array = NDArray[np.int16]

WINDOW_BITS = 12  # window coefficients are Q12
WEIGHT_BITS = 12  # filter bank weights are Q12
SMOOTHING_COEFFICIENT_BITS = 14  # noise reduction constants are Q14
SNR_BITS = 12  # fraction of the signal-to-noise ratio inside PCAN
LOG_SEGMENTS = 128
LOG_SCALE = 1 << 16
Q15_MAX = 32767


@dataclass(frozen=True)
class FilterBank:
    """Triangular mel filters, as the two slopes that each FFT bin contributes to.

    Bins [start_bin, end_bin) are split among channels + 1 slots in order; slot i holds
    `widths[i]` bins. A bin's energy times weights[bin - start_bin, 0] goes to channel i - 1
    (its rising side ends there), times weights[.., 1] to channel i.
    """

    start_bin: int
    end_bin: int
    widths: Int16Array  # [channels + 1]
    weights: Int16Array  # [end_bin - start_bin, 2] Q12


def window_coefficients(window_samples: int) -> Int16Array:
    """Hann window, Q12, [window_samples] (window_util)."""
    step = F32(np.pi) * F32(2) / F32(window_samples)
    one_half = F32(0.5)
    values = []
    for i in range(window_samples):
        value = one_half - one_half * cos_f32(step * (F32(i) + one_half))
        values.append(np.floor(value * F32(1 << WINDOW_BITS) + one_half))
    return np.array(values, np.int16)


def _unit_circle(phases: NDArray[np.float64]) -> Int16Array:
    """Q15 (cos, sin) of each phase, rounded half up, [n, 2] (kissfft)."""
    circle = np.stack([np.cos(phases), np.sin(phases)], axis=1)
    return np.floor(0.5 + Q15_MAX * circle).astype(np.int16)


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
    circle = _unit_circle(-2 * 3.141592653589793238462643383279502884 * np.arange(points) / points)
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
    return _unit_circle(-3.14159265358979323846264338327 * (k / points + 0.5))


def _mel(frequency_hz: np.float32) -> np.float32:
    return f32(F32(1127) * log1p_f32(f32(frequency_hz / F32(700))))


def filter_bank(features: FeatureConfig) -> FilterBank:
    """The mel filter bank (filterbank_util), without its padding.

    KwsError when a filter reaches the bin at half the sample rate, which upstream refuses.
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
    return FilterBank(start, bin_index, np.array(widths, np.int16), np.array(weights, np.int16))


def _q12(weight: np.float32) -> float:
    return float(np.floor(weight * F32(1 << WEIGHT_BITS) + F32(0.5)))


def q14(fraction: float) -> int:
    """A noise reduction constant in Q14, cut off (noise_reduction_util)."""
    return int(F32(fraction) * F32(1 << SMOOTHING_COEFFICIENT_BITS))


def correction_bits(features: FeatureConfig) -> int:
    """Power of two by which filter bank outputs are below the spectrum's real scale."""
    return features.fft_size.bit_length() - 1 - WEIGHT_BITS // 2


def pcan_snr_shift(features: FeatureConfig) -> int:
    """Right shift of signal * gain. KwsError when pcan_gain_bits are too few for it."""
    shift = features.pcan_gain_bits - correction_bits(features) - SNR_BITS
    if shift < 0:
        raise KwsError(
            f"features.pcan_gain_bits = {features.pcan_gain_bits} is too small",
            f"Use at least {features.pcan_gain_bits - shift} with an FFT of {features.fft_size}.",
        )
    return shift


def pcan_gain_table(features: FeatureConfig) -> Int16Array:
    """Gain against noise estimate: values at 0 and 1, then 3 coefficients and a 0 per octave.

    int16 [125]: octave i (2 .. 32) holds y0, a1, a2 of a parabola, wrapped to int16 as
    upstream's (pcan_gain_control_util). KwsError when smoothing_bits are too few.
    """
    input_bits = features.smoothing_bits - correction_bits(features)
    if not 0 <= input_bits < 32:
        raise KwsError(
            f"features.smoothing_bits = {features.smoothing_bits} is too small for PCAN",
            f"Use at least {correction_bits(features)} with an FFT of {features.fft_size}, "
            "or set features.pcan = false.",
        )
    offset, strength = F32(features.pcan_offset), F32(features.pcan_strength)
    one = F32(1 << features.pcan_gain_bits)

    def gain(noise: int) -> int:
        value = one * pow_f32(F32(noise) / F32(1 << input_bits) + offset, -strength)
        return Q15_MAX if value > Q15_MAX else int(value + F32(0.5))

    table = [gain(0), gain(1)]
    for octave in range(2, 33):
        x0 = 1 << (octave - 1)
        x2 = 2 * x0 if octave < 32 else 2 * x0 - 1
        y0, y1, y2 = gain(x0), gain(x0 + x0 // 2), gain(x2)
        a1 = 4 * (y1 - y0) - (y2 - y0)
        a2 = (y2 - y0) - a1
        table += [y0, _wrap16(a1), _wrap16(a2), 0]
    return np.array(table[:-1], np.int16)


def _wrap16(value: int) -> int:
    return (value + 32768) % 65536 - 32768


def log_table() -> NDArray[np.uint16]:
    """log2(1 + i/128) - i/128 in Q16, [130] (log_lut; the last entry pads)."""
    x = np.arange(LOG_SEGMENTS + 1) / LOG_SEGMENTS
    values = np.round(LOG_SCALE * (np.log2(1 + x) - x)).astype(np.uint16)
    return np.append(values, np.uint16(0))


def quantization_constants(output_scale: float, input_scale: float) -> tuple[int, int]:
    """(multiplier, shift) with multiplier * 2^-shift = output_scale / input_scale.

    multiplier is in [2^30, 2^31), shift in 1 .. 63. KwsError when the scales are not positive
    or too far apart for that.
    """
    if not (input_scale > 0 and output_scale > 0):
        raise KwsError(f"scales must be positive: input {input_scale}, features {output_scale}")
    fraction, exponent = math.frexp(output_scale / input_scale)
    multiplier = round(fraction * (1 << 31))
    if multiplier == 1 << 31:
        multiplier, exponent = 1 << 30, exponent + 1
    shift = 31 - exponent
    if not 1 <= shift <= 63:
        raise KwsError(
            f"the model's input scale {input_scale:g} does not fit features in steps of "
            f"{output_scale:g}",
            "Set features.output_scale to what the model was trained with.",
        )
    return multiplier, shift


def feature_constants_files(features: FeatureConfig, info: FileInfo) -> dict[str, str]:
    """feature_constants.h and .c as {name: text}. KwsError for parameters that cannot work."""
    points = features.fft_size // 2
    correction = correction_bits(features)
    values = {
        "info": info,
        "features": features,
        "feature_hash": config_hash(features),
        "points": points,
        "first_radix": fft_radices(points)[0],
        "window": window_coefficients(features.window_samples),
        "order": fft_order(points),
        "order_type": "uint8_t" if points <= 1024 else "uint16_t",
        "twiddles": fft_twiddles(points),
        "split_twiddles": split_twiddles(points),
        "bank": filter_bank(features),
        "even_smoothing": q14(features.even_smoothing),
        "odd_smoothing": q14(features.odd_smoothing),
        "min_signal_remaining": q14(features.min_signal_remaining),
        "snr_shift": pcan_snr_shift(features) if features.pcan else 0,
        "pcan_gain": pcan_gain_table(features) if features.pcan else None,
        "correction_left": max(correction, 0),
        "correction_right": max(-correction, 0),
        "log_table": log_table() if features.log else None,
    }
    return {
        name: render(f"{name}.j2", **values)
        for name in ("feature_constants.h", "feature_constants.c")
    }
