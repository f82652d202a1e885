# SPDX-License-Identifier: Apache-2.0
"""How much sound a training clip is made of: the clip, what comes before it, and room to move."""

from dataclasses import dataclass

from kws.config.schema import Config


@dataclass(frozen=True)
class Stretch:
    """The sound around a training clip, in frames of the front end.

    The front end begins at the start of the stretch. Frames of the clip's length are taken at
    `lead_frames` to `lead_frames + 2 * slack_frames`: with variants the network's window moves
    over the same frames instead of the recording within the window.
    """

    samples: int
    clip_samples: int
    first_sample: int  # of the recording, before it is shifted
    shift_samples: int  # the most that it is shifted, either way
    lead_frames: int
    slack_frames: int  # the most that the window moves, either way


def stretch_of(config: Config) -> Stretch:
    """The stretch for data.context_ms, data.time_shift_ms and training.variants."""
    data, hop_ms = config.data, config.features.hop_ms
    lead = data.context_ms // hop_ms
    slack = data.time_shift_ms // hop_ms if config.training.variants else 0
    shift = 0 if slack else config.features.sample_rate_hz * data.time_shift_ms // 1000
    hop_samples = config.features.hop_samples
    return Stretch(
        samples=config.clip_samples + (lead + 2 * slack) * hop_samples,
        clip_samples=config.clip_samples,
        first_sample=(lead + slack) * hop_samples,
        shift_samples=min(shift, config.clip_samples),
        lead_frames=lead,
        slack_frames=slack,
    )
