# SPDX-License-Identifier: Apache-2.0
"""The configuration of the front end, with its checks: what C constants and features come from."""

from typing import Annotated

from pydantic import ConfigDict, model_validator
from pydantic.dataclasses import dataclass

from kws_codegen.base.ranges import Range, Switch

STRICT = ConfigDict(extra="forbid")
"""Unknown keys are errors, in every part of the configuration."""

Fraction = Annotated[float, Range(0, 1)]

STAGES = ("pre_emphasis", "window", "fft", "filterbank", "noise_reduction", "pcan", "log_scale")
"""The stages of the front end in the order in which samples pass them.

Each is a pair of C files in firmware/frontend/ and a module in kws_codegen.frontend.
"""


@dataclass(frozen=True, config=STRICT)
class FeatureConfig:
    """Pre-emphasis and the micro-frontend: window, FFT, filter bank, noise reduction, PCAN, log.

    Same parameters as TFLite's audio micro-frontend
    (tensorflow/lite/experimental/microfrontend/lib), which has no pre-emphasis. The defaults are
    micro_speech's, with a hop of 20 ms.
    """

    sample_rate_hz: Annotated[int, Range(4000, 48_000)] = 16_000
    window_ms: Annotated[int, Range(2, 128)] = 30
    hop_ms: Annotated[int, Range(1, 128)] = 20
    pre_emphasis: Annotated[float, Range(0, 0.999)] = 0.0  # coefficient; 0: off
    channels: Annotated[int, Range(2, 128)] = 40  # mel channels
    lower_band_hz: Annotated[float, Range(0, 24_000)] = 125.0
    upper_band_hz: Annotated[float, Range(1, 24_000)] = 7500.0
    noise_reduction: Switch = True
    smoothing_bits: Annotated[int, Range(0, 16)] = 10
    even_smoothing: Fraction = 0.025
    odd_smoothing: Fraction = 0.06
    min_signal_remaining: Fraction = 0.05
    pcan: Switch = True
    pcan_strength: Annotated[float, Range(0, 2)] = 0.95
    pcan_offset: Annotated[float, Range(1e-3, 1_000_000)] = 80.0
    pcan_gain_bits: Annotated[int, Range(1, 30)] = 21
    log: Switch = True
    log_scale_shift: Annotated[int, Range(0, 16)] = 6
    output_scale: Annotated[float, Range(1e-6, 1000)] = 1 / 25.6  # real value of one feature step

    @model_validator(mode="after")
    def _check(self) -> "FeatureConfig":
        if self.hop_ms > self.window_ms:
            raise ValueError("hop_ms is longer than window_ms: samples would be skipped")
        if self.sample_rate_hz * self.hop_ms % 1000 or self.sample_rate_hz * self.window_ms % 1000:
            raise ValueError("hop_ms and window_ms must be whole numbers of samples")
        if self.lower_band_hz >= self.upper_band_hz:
            raise ValueError("lower_band_hz must be below upper_band_hz")
        if self.upper_band_hz > self.sample_rate_hz / 2:
            raise ValueError("upper_band_hz is above half the sample rate")
        return self

    @property
    def window_samples(self) -> int:
        return self.sample_rate_hz * self.window_ms // 1000

    @property
    def hop_samples(self) -> int:
        return self.sample_rate_hz * self.hop_ms // 1000

    @property
    def fft_size(self) -> int:
        """Smallest power of two that holds the window (at least 4)."""
        return max(4, 1 << (self.window_samples - 1).bit_length())

    def frames(self, clip_samples: int) -> int:
        """Number of whole windows in `clip_samples` samples."""
        if clip_samples < self.window_samples:
            return 0
        return 1 + (clip_samples - self.window_samples) // self.hop_samples
