# SPDX-License-Identifier: Apache-2.0
"""The misheard clips of a run as a page holds them: sound, features, where they are shown."""

import base64
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from kws import features
from kws.data import build_evaluation_dataset, evaluation_clips
from kws.evaluate.clips import load_model, spread
from kws.evaluate.report import EvaluationReport
from kws.inference.golden import Golden
from kws.report.gather import RunFacts
from kws_codegen.base.errors import KwsError
from kws_codegen.base.feature_config import FeatureConfig
from kws_codegen.frontend.filterbank import MEL, MEL_HZ

MOST_CLIPS = 100
MOST_BYTES = 3_200_000
"""Of all sounds and features of a page, in base64."""


@dataclass(frozen=True)
class HeardClip:
    """A clip that can be listened to and looked at.

    Attributes:
        sound: a data URI (FLAC, lossless).
        features: base64 of int8 [frames, channels], what the model gets.
    """

    sound: str
    features: str


def hear_clips(
    facts: RunFacts, report: EvaluationReport, wanted: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], HeardClip]:
    """Sounds of at most MOST_CLIPS clips, spread over those wanted, within MOST_BYTES.

    wanted: names, and how often that name came before in the evaluation. KwsError when the
    recordings are gone or changed, or were never here.
    """
    config, golden = facts.config, Golden(load_model(facts.run).tflite)
    if report.own_data:
        dataset = facts.dataset
    else:
        rate_hz = config.features.sample_rate_hz
        dataset = build_evaluation_dataset(config.data, Path(report.data), rate_hz)
    if dataset is None:
        raise KwsError("there is no dataset.json", "Run kws data prepare.")
    audio, _, names = evaluation_clips(dataset, config, report.split)  # type: ignore[arg-type]
    places = _places(names)
    missing = [name for name in wanted if name not in places]
    if missing:
        raise KwsError(f"{missing[0][0]} is no clip of the recordings any more", "Evaluate again.")
    chosen = [wanted[i] for i in spread(len(wanted), MOST_CLIPS)]
    sounds = audio[[places[name] for name in chosen]]
    made = features.quantize(
        features.compute(sounds, config.features),
        golden.input_scale,
        golden.input_zero_point,
        config.features.output_scale,
    )
    result, size = {}, 0
    for name, sound, picture in zip(chosen, sounds, made, strict=True):
        clip = HeardClip(flac_uri(sound, config.features.sample_rate_hz), _base64(picture))
        size += len(clip.sound) + len(clip.features)
        if size > MOST_BYTES:
            break
        result[name] = clip
    return result


def _places(names: Sequence[str]) -> dict[tuple[str, int], int]:
    seen: Counter[str] = Counter()
    places = {}
    for place, name in enumerate(names):
        places[name, seen[name]] = place
        seen[name] += 1
    return places


def flac_uri(samples: npt.NDArray[np.int16], rate_hz: int) -> str:
    """int16 [n] as a data URI, bit for bit."""
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, format="FLAC", subtype="PCM_16")
    return f"data:audio/flac;base64,{base64.b64encode(file.getvalue()).decode()}"


def _base64(values: npt.NDArray[np.int8]) -> str:
    return base64.b64encode(np.ascontiguousarray(values, np.int8).tobytes()).decode()


def channel_centres_hz(config: FeatureConfig) -> list[float]:
    """The frequency at which each mel channel is most sensitive."""
    low, high = (MEL * np.log1p(hz / MEL_HZ) for hz in (config.lower_band_hz, config.upper_band_hz))
    mels = np.linspace(low, high, config.channels + 2)[1:-1]
    centres: list[float] = np.round(MEL_HZ * np.expm1(mels / MEL), 1).tolist()
    return centres
