# SPDX-License-Identifier: Apache-2.0
"""What `kws wake` is asked for, and the configuration that it trains with."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from kws.config.schema import Config, config_from_dict
from kws.console import log
from kws.data.engines import ESPEAK, engine_of, engines_here
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import plain_values

PRESETS = ("listen_small", "listen_micro")
"""Networks for streams, the largest first."""


@dataclass(frozen=True)
class WakeRequest:
    """One wake word or several, for one model."""

    words: tuple[str, ...]
    config: Config  # but for words, negatives and what `budget_bytes` decides
    language: str = "en"
    voices: tuple[str, ...] = ()  # none: what is here
    clips: int = 400  # spoken of each word
    rounds: int = 2  # of training, each with the false accepts of the one before
    recordings: Path | None = None
    negatives: tuple[Path, ...] = ()
    noise: tuple[Path, ...] = ()
    budget_bytes: int | None = None  # of model.tflite
    per_hour: float = 0.5  # false accepts
    hours: float = 1.0  # of each background, listened to at the end
    board: str = "host"
    anyway: bool = False  # train a word that the check refuses
    seed: int = field(default=0)


def voices_of(request: WakeRequest) -> tuple[str, ...]:
    """The synthesisers that speak. KwsError when one that is named is not here, or cannot."""
    for name in request.voices:
        if name != ESPEAK:
            engine_of(name, request.language)
    return request.voices or engines_here(request.language)


def wake_config(request: WakeRequest) -> Config:
    """The configuration with the words and, for a budget, the largest network within it.

    KwsError when none is that small.
    """
    words = replace(request.config.data, wanted_words=request.words)
    config = replace(request.config, data=words)
    if request.budget_bytes is None:
        return config
    from kws.quantize import untrained_int8  # brings TensorFlow

    sizes = {}
    for preset in PRESETS:
        values = plain_values(config)
        values["model"] = {"architecture": "ds_cnn", "preset": preset}
        fitting = config_from_dict(values)
        sizes[preset] = len(untrained_int8(fitting))
        if sizes[preset] <= request.budget_bytes:
            log.print(f"network: {preset}, about {sizes[preset] / 1000:.0f} kB", markup=False)
            return fitting
    smallest = min(sizes.values())
    raise KwsError(
        f"no network is as small as {request.budget_bytes:,} bytes",
        f"The smallest for streams ({PRESETS[-1]}) takes about {smallest:,}: "
        f"--budget {-(-smallest // 1000)}k.",
    )
