# SPDX-License-Identifier: Apache-2.0
"""The clips of an evaluation with what they must give: features and scores of the host."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from kws.config.run_config import load_run_config
from kws.config.schema import Config
from kws.console import warn
from kws.link.handshake import Expected
from kws.quantize import current_model
from kws.run.paths import RunPaths
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import config_hash

EvaluatedSplit = Literal["testing", "validation", "training", "all"]


@dataclass(frozen=True)
class TrainedModel:
    """What a run has trained: its configuration and its int8 model."""

    config: Config
    tflite: bytes

    @property
    def expected(self) -> Expected:
        """What firmware of this run is built from."""
        return Expected(
            features_hash=config_hash(self.config.features),
            model_hash=hashlib.sha256(self.tflite).hexdigest(),
            labels=self.config.data.labels,
            detect_hash=config_hash(self.config.detect),
        )


@dataclass(frozen=True)
class Clips:
    """n clips of a folder: names [n], truth int32 [n], audio int16 [n, clip_samples], features int8
    [n, frames, channels], scores int8 [n, classes] (TensorFlow Lite Micro's)."""

    folder: Path
    names: list[str]
    truth: npt.NDArray[np.int32]
    audio: npt.NDArray[np.int16]
    features: npt.NDArray[np.int8]
    scores: npt.NDArray[np.int8]
    known_voices: int = 0  # of these clips: by speakers who are heard in training

    def sha256(self) -> str:
        """Of all that is sent and expected (hex)."""
        digest = hashlib.sha256("\0".join(self.names).encode("utf-8", "surrogateescape"))
        for array in (self.truth, self.audio, self.features, self.scores):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


def load_model(run: RunPaths) -> TrainedModel:
    """KwsError when the run has no configuration, or no int8 model that was made with it."""
    if not run.config.is_file():
        raise KwsError(
            f"{run.root} is not a run folder: it has no config.toml",
            "Name the folder that `kws run` wrote (its --out).",
        )
    config = load_run_config(run.config)
    return TrainedModel(config, current_model(run, config))


def load_clips(
    run: RunPaths,
    model: TrainedModel,
    data: Path | None,
    split: EvaluatedSplit,
    limit: int | None,
) -> Clips:
    """The clips of a split with the host's features and scores.

    data: a folder of words instead of the run's data set; words that are not wanted count as
    unknown. limit: at most so many clips, spread evenly over the split.
    KwsError when there is no clip.
    """
    from kws import features
    from kws.data import build_evaluation_dataset, evaluation_clips, load_dataset
    from kws.inference.clip_scores import clip_scores
    from kws.inference.golden import Golden

    config = model.config
    if data is None:
        dataset = load_dataset(run.dataset)
    else:
        dataset = build_evaluation_dataset(config.data, data, config.features.sample_rate_hz)
        for warning in dataset.warnings:
            warn(warning)
    audio, truth, names = evaluation_clips(dataset, config, split)
    chosen = spread(len(names), limit)
    audio, truth, names = audio[chosen], truth[chosen], [names[i] for i in chosen]

    golden = Golden(model.tflite)
    quantized = features.quantize(
        features.compute(audio, config.features),
        golden.input_scale,
        golden.input_zero_point,
        config.features.output_scale,
    )
    scores = clip_scores(model.tflite, config.interface, quantized, config.detect.smoothing)
    known_voices = dataset.known_voices(names) if data is None else 0
    return Clips(Path(dataset.root), names, truth, audio, quantized, scores, known_voices)


def spread(count: int, limit: int | None) -> list[int]:
    """At most `limit` indices out of `count`, evenly spread and ascending; all for None."""
    if limit is None or limit >= count:
        return list(range(count))
    return [i * count // limit for i in range(limit)]
