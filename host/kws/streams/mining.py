# SPDX-License-Identifier: Apache-2.0
"""Hard negatives: what a model takes for a word though nobody says it, to train the next one on."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile

from kws import features
from kws.config.schema import Config
from kws.console import progress
from kws.data import Clip, load_dataset
from kws.data.audio import Samples
from kws.data.negatives import load_negatives
from kws.detect import Detector
from kws.evaluate.clips import load_model
from kws.inference.clip_scores import class_scores
from kws.inference.golden import Golden
from kws.inference.static_runner import StaticRunner
from kws.run.paths import RunPaths
from kws.streams.decisions import host_decisions
from kws_codegen.base.errors import KwsError
from kws_codegen.fit import check_fit
from kws_codegen.tflite.reader import read_tflite

SPEAKER = "hard"
"""In the names of the files: its hash puts all of them into the training split."""

_SUSPECT = 0.3  # the lowest averaged score that is mined
_HEARD_S = 1.5  # that is kept of the sound before a false accept
_CHUNK_S = 600  # of sound in memory


@dataclass(frozen=True)
class Mined:
    """What wakes a model though nobody says a word."""

    found: int  # false accepts in all
    kept: int  # cuts that were written
    hours: float  # of sound that was looked through


def mine_negatives(
    run: RunPaths, to: Path | None, most: int, sound: Iterable[Samples] | None = None
) -> Mined:
    """Write what wakes the run's model into `to`, at most `most` cuts, the surest first.

    `sound` is int16 [n] at the run's rate in which no wanted word is said; None: what the run's
    negatives give to training. Files are named by their content, so that a cut is there once;
    without `to` they are only counted. Raises KwsError without sound, and as host_decisions().
    """
    model = load_model(run)
    config, rate_hz = model.config, model.config.features.sample_rate_hz
    if sound is None:
        sound = [load_negatives(config.data, "training", rate_hz).stream]
    chunks = [
        part
        for samples in sound
        for first in range(0, samples.size, _CHUNK_S * rate_hz)
        if (part := samples[first : first + _CHUNK_S * rate_hz]).size
    ]
    if not chunks:
        raise KwsError(
            "there is no sound to look for false accepts in",
            "The run's [data] negatives are looked through, or what --sound names.",
        )
    detect = replace(config.detect, threshold=_SUSPECT, thresholds={}, gate_dbfs=0.0)
    config = replace(config, detect=detect)
    detector = Detector(detect, config.data.labels, config.features.hop_ms)
    found: list[tuple[float, Samples]] = []
    with progress() as bar:
        task = bar.add_task("looking for false accepts: minutes", total=10 * len(chunks))
        for chunk in chunks:
            decisions = host_decisions(config, model.tflite, chunk, exact=False)
            for event in detector.events(decisions.scores):
                end = int(decisions.heard[event.decision])
                cut = chunk[max(0, end - int(_HEARD_S * rate_hz)) : end]
                found.append((event.score, np.array(cut)))
            bar.advance(task, 10)
    found.sort(key=lambda each: -each[0])
    hours = sum(chunk.size for chunk in chunks) / rate_hz / 3600
    if to is None:
        return Mined(len(found), 0, hours)
    to.mkdir(parents=True, exist_ok=True)
    for _, cut in found[:most]:
        name = hashlib.sha256(cut.tobytes()).hexdigest()[:16]
        soundfile.write(to / f"{SPEAKER}_nohash_{name}.wav", cut, rate_hz, subtype="PCM_16")
    return Mined(len(found), min(len(found), most), hours)


def unlike_their_word(run: RunPaths, below: float, most: float) -> list[Clip]:
    """Training clips of wanted words that the run's model does not take for their word.

    Their word has a score under `below`; at most a share of `most` of a word's clips, the lowest
    first. A clip that its own training could not make sound like the others is not intelligible,
    or another word.
    """
    model = load_model(run)
    config, dataset = model.config, load_dataset(run.dataset)
    audio = dataset.audio(config)
    clips = [c for c in dataset.clips_of("training") if c.label in dataset.wanted_labels]
    scores = _scores(model.tflite, config, [audio.clip(c.path) for c in clips])
    chosen: list[Clip] = []
    for word in dataset.wanted_labels:
        column = dataset.labels.index(word)
        own = [(scores[i, column], c) for i, c in enumerate(clips) if c.label == word]
        low = sorted((each for each in own if each[0] < below), key=lambda each: each[0])
        chosen += [clip for _, clip in low[: int(most * len(own))]]
    return chosen


def _scores(tflite: bytes, config: Config, clips: Sequence[Samples]) -> np.ndarray:
    """Of clips alone, 0 to 1: [n, classes]."""
    golden = Golden(tflite)
    inputs = features.quantize(
        features.compute(np.stack(clips), config.features),
        golden.input_scale,
        golden.input_zero_point,
        config.features.output_scale,
    )
    outputs = StaticRunner(tflite).outputs(inputs)
    fit = check_fit(read_tflite(tflite), config.interface)
    return (class_scores(fit, outputs).astype(np.float64) + 128) / 256
