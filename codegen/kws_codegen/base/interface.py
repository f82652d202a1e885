# SPDX-License-Identifier: Apache-2.0
"""What goes into a run's model and what comes out of it."""

from dataclasses import dataclass

from kws_codegen.base.feature_config import FeatureConfig


@dataclass(frozen=True)
class Interface:
    """The model's input and output in the words of its user.

    Attributes:
        features: the front end; its mel channels are the columns of the model's input.
        clip_duration_ms: how much sound the model sees at once.
        labels: class names.
        outputs: class names in the order of the model's outputs, where it is not that of `labels`.
    """

    features: FeatureConfig
    clip_duration_ms: int
    labels: tuple[str, ...]
    outputs: tuple[str, ...] = ()

    @property
    def clip_samples(self) -> int:
        return self.features.sample_rate_hz * self.clip_duration_ms // 1000

    @property
    def frames(self) -> int:
        """Frames of one clip: the model's input is [1, frames, channels, 1]."""
        return self.features.frames(self.clip_samples)
