# SPDX-License-Identifier: Apache-2.0
"""What listening costs a device: a stream beside the clips of an evaluation."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from kws.config.schema import Config
from kws.console import log, warn
from kws.evaluate.device_session import NamedDevice
from kws.link.listening_cost import ListeningCost, listening_cost
from kws_codegen.base.errors import KwsError
from kws_codegen.protocol.messages import DeviceInfo

COUNTED_S = 1.0
"""Of sound that is counted, behind the window of the first decision."""


def cost_of_listening(
    devices: Sequence[NamedDevice], info: DeviceInfo, config: Config, audio: npt.NDArray[np.int16]
) -> ListeningCost | None:
    """By the first device that gives it; None, and a warning, when none does.

    audio: clips int16 [n, samples] that are heard one after another, as often as it takes.
    """
    features = config.features
    window = (config.frames - 1) * features.hop_samples + features.window_samples
    samples = np.resize(audio, window + round(COUNTED_S * features.sample_rate_hz))
    for device in devices:
        log.print(f"{device.name} listens to {samples.size / features.sample_rate_hz:.0f} s")
        try:
            stats = device.session.stats_of_listening(samples)
        except KwsError as error:
            warn(f"what listening costs {device.name} is not known: {error.message}")
            continue
        return listening_cost([stats], info.time_unit, 1000 / features.hop_ms)
    return None
