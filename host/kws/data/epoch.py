# SPDX-License-Identifier: Apache-2.0
"""The clips of a training epoch: drawn, changed in sound, placed in time, mixed with noise."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kws.config.schema import Config
from kws.data.audio import Samples, Waves, to_int16
from kws.data.cache import AudioCache
from kws.data.clips import Labels
from kws.data.dataset import Clip, Dataset, share, trained_unknowns
from kws.data.negatives import Negatives, Places, load_negatives
from kws.data.noise import NoiseSource
from kws.data.sounding import gains, noise_factors, spoken_and_heard
from kws.data.spoken import in_turns_of_voices, is_spoken
from kws.data.stretch import Stretch, stretch_of
from kws_codegen.base.errors import KwsError
from kws_codegen.base.labels import SILENCE_LABEL, UNKNOWN_LABEL

_BLOCK = 256  # clips in memory at a time
_SILENCE, _FIRST_NEGATIVE = -1, -2  # instead of the row of a recording; below: further negatives
_AMID_SPEECH = 0.25  # share of recordings that lie in other speech, where there is a context
_SUDDEN = 0.5  # share of silence that begins in the stretch: noise that starts is no word either


@dataclass(frozen=True)
class TrainingBlock:
    """Some clips of an epoch."""

    samples: Samples  # int16 [n, stretch_of(config).samples]
    classes: Labels  # int32 [n]


@dataclass(frozen=True)
class _Sources:
    config: Config
    audio: AudioCache
    noise: NoiseSource
    negatives: Negatives
    places: Places  # of the epoch's cuts of them
    stretch: Stretch


def training_blocks(
    dataset: Dataset, config: Config, epoch: int, seed: int
) -> Iterator[TrainingBlock]:
    """The training clips of one epoch, shuffled, a few hundred at a time.

    A pure function of its arguments: the same epoch gives the same arrays, whatever ran before.
    Every recorded wanted clip occurs once; spoken ones and unknown words are drawn afresh each
    epoch; silence and negatives are cut afresh. All epochs have as many clips. Raises KwsError
    without clips.
    """
    random = np.random.default_rng([seed, epoch])
    clips = drawn_clips(dataset, config, random)
    if not clips:
        raise KwsError(
            f"the training split of {dataset.root} has no clips", "Add recordings to train on."
        )
    audio, stretch = dataset.audio(config), stretch_of(config)
    rate_hz = config.features.sample_rate_hz
    noise = NoiseSource(audio, "training", stretch.samples)
    negatives = load_negatives(config.data, "training", rate_hz)
    class_of = {label: index for index, label in enumerate(dataset.labels)}
    recorded_silence = sum(clip.label == SILENCE_LABEL for clip in clips)
    silence = share(dataset, "training", config.data.silence_percentage) - recorded_silence
    cuts = share(dataset, "training", config.data.negative_percentage) if negatives else 0
    places = negatives.places(cuts, stretch, random)
    sources = _Sources(config, audio, noise, negatives, places, stretch)
    rows = [audio.rows[clip.path] for clip in clips]
    rows += [_SILENCE] * max(silence, 0)
    rows += [_FIRST_NEGATIVE - number for number in range(cuts)]
    classes = [class_of[clip.label] for clip in clips]
    classes += [class_of[SILENCE_LABEL]] * max(silence, 0) + [class_of[UNKNOWN_LABEL]] * cuts
    order = random.permutation(len(rows))
    for start in range(0, len(order), _BLOCK):
        chosen = order[start : start + _BLOCK]
        yield TrainingBlock(
            _sounds(np.array(rows)[chosen], sources, random), np.array(classes, np.int32)[chosen]
        )


def drawn_clips(dataset: Dataset, config: Config, random: np.random.Generator) -> list[Clip]:
    """The training clips of an epoch; of other words recorded ones and spoken ones."""
    drawn: list[Clip] = []
    others: list[Clip] = []
    spoken: dict[str, dict[str, Clip]] = defaultdict(dict)
    for clip in dataset.clips_of("training"):
        if is_spoken(clip.path):
            spoken[clip.label][clip.path] = clip
        else:
            (others if clip.label == UNKNOWN_LABEL else drawn).append(clip)
    number = min(share(dataset, "training", config.data.unknown_percentage), len(others))
    drawn += [others[index] for index in random.permutation(len(others))[:number]]
    unknown = trained_unknowns(dataset, config.data) - number
    wanted = {**dataset.spoken_counts(), UNKNOWN_LABEL: unknown}
    for label, number in wanted.items():
        paths = in_turns_of_voices(sorted(spoken[label]), number, random)
        drawn += [spoken[label][path] for path in paths]
    return drawn


def _sounds(rows: NDArray[np.int64], sources: _Sources, random: np.random.Generator) -> Samples:
    """int16 [rows, stretch.samples]: recordings by their row, cuts of noise and of negatives."""
    training = sources.config.training
    values = np.zeros((len(rows), sources.stretch.samples), np.float32)
    silent = np.flatnonzero(rows == _SILENCE)
    values[silent] = _begun(sources.noise.silence(len(silent), random)[0], sources, random)
    cut = np.flatnonzero(rows <= _FIRST_NEGATIVE)
    places = sources.places[_FIRST_NEGATIVE - rows[cut]]
    values[cut] = _changed(_cuts(places, sources), sources, random)
    recorded = np.flatnonzero(rows >= 0)
    clips = sources.audio.read(rows[recorded]).astype(np.float32)
    values[recorded] = _placed(_changed(clips, sources, random), sources, random)
    heard = np.flatnonzero(rows != _SILENCE)
    values[heard] = _mixed(values[heard], sources, random)
    if training.gain_db:
        values *= gains(len(values), training.gain_db, random)[:, None]
    return to_int16(values)


def _begun(silence: Samples, sources: _Sources, random: np.random.Generator) -> Samples:
    """Silence, some of it nothing up to a random place, before or after the clip begins."""
    sudden = random.random(len(silence)) < _SUDDEN
    begins = random.integers(2 * sources.stretch.first_sample, size=len(silence), endpoint=True)
    place = np.arange(silence.shape[1])
    begun: Samples = np.where(sudden[:, None] & (place < begins[:, None]), 0, silence)
    return begun


def _cuts(places: Places, sources: _Sources) -> Waves:
    return sources.negatives.cuts(places, sources.stretch).astype(np.float32)


def _changed(clips: Waves, sources: _Sources, random: np.random.Generator) -> Waves:
    config = sources.config
    return spoken_and_heard(clips, config.training, config.features.sample_rate_hz, random)


def _placed(clips: Waves, sources: _Sources, random: np.random.Generator) -> Waves:
    """Each recording in its stretch, moved by up to time_shift_ms either way.

    Zeros fill the gap. With a context and negatives some lie between other speech.
    """
    stretch = sources.stretch
    limit = stretch.shift_samples
    shifts = random.integers(-limit, limit, size=len(clips), endpoint=True)
    placed = np.zeros((len(clips), stretch.samples), np.float32)
    if sources.negatives and sources.config.data.context_ms:
        amid = np.flatnonzero(random.random(len(clips)) < _AMID_SPEECH)
        places = sources.negatives.anywhere(len(amid), stretch, random)
        placed[amid] = _cuts(places, sources)
    for row, first in enumerate(stretch.first_sample + shifts):
        begin, end = max(first, 0), min(first + clips.shape[1], stretch.samples)
        placed[row, begin:end] = clips[row, begin - first : end - first]
    return placed


def _mixed(clips: Waves, sources: _Sources, random: np.random.Generator) -> Waves:
    """Add noise to `background_frequency` of the clips.

    At up to `background_volume`, or at a signal-to-noise ratio of `noise_snr_db`.
    """
    data, snr_db = sources.config.data, sources.config.training.noise_snr_db
    volumes = random.random(len(clips), np.float32) * data.background_volume
    mixed = random.random(len(clips)) < data.background_frequency
    if not sources.noise or not len(clips):
        return clips
    noise = sources.noise.cuts(len(clips), random).values
    if snr_db:
        volumes = noise_factors(clips, noise, snr_db, random)
    clips += noise * np.where(mixed, volumes, 0)[:, None]
    return clips
