# SPDX-License-Identifier: Apache-2.0
"""Streams made from the clips of a split: words in quiet, in noise and in speech, and none at all.

Levels are those of the recordings: a word is as loud as it was said. Noise is as loud as the
ratio asks for against the mean power of all the words of the stream, so a soft word has less.
Noise comes from the stretch of each recording that its split may use (kws.data.noise).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kws.config.schema import Config
from kws.data.audio import Samples, is_silent, to_int16
from kws.data.cache import AudioCache
from kws.data.dataset import Clip, Dataset
from kws.data.negatives import load_negatives
from kws.data.noise import FAINT_NOISE_AMPLITUDE, NoiseSource
from kws.data.splits import Split
from kws.streams.stream import Spoken, Stream
from kws_codegen.base.errors import KwsError
from kws_codegen.base.labels import SILENCE_LABEL, UNKNOWN_LABEL

SNRS_DB = (20.0, 10.0, 5.0, 0.0)
QUIET, NOISE, SPEECH = "quiet", "noise", "speech"

_PAUSE_S = (0.4, 1.6)  # between two words, drawn evenly
_FADE_S = 0.05  # where one cut of noise goes over into the next
_CUTS_S = 8.0  # longest cut of noise
_LOUD = 0.03  # of the loudest 20 ms: where a word begins and ends
_STEP_S = 0.02
_SEED = 11


@dataclass(frozen=True)
class Sounds:
    """What streams are made of.

    words: the clips of wanted words, with their words; speech: int16 arrays in which no wanted
    word is said, and its distinct length is their sum; noise: int16 arrays of background.
    """

    rate_hz: int
    words: tuple[tuple[str, Samples], ...]
    speech: tuple[Samples, ...]
    noise: tuple[Samples, ...]


def sounds_of(
    dataset: Dataset, config: Config, split: Split, speech: Iterable[Samples] = ()
) -> Sounds:
    """The sounds of a split, of its negatives too; `speech` is more speech without wanted words.

    Raises KwsError when the split has no wanted word, or a negative cannot be read.
    """
    audio = dataset.audio(config)
    wanted = [
        clip for clip in dataset.clips_of(split) if clip.label not in (SILENCE_LABEL, UNKNOWN_LABEL)
    ]
    words = tuple((clip.label, samples) for clip, samples in _said(audio, wanted))
    if not words:
        raise KwsError(
            f"the {split} split of {dataset.root} has no wanted word that can be heard",
            "Choose another split, or add recordings.",
        )
    others = [samples for _, samples in _said(audio, dataset.clips_of(split, UNKNOWN_LABEL))]
    noise = NoiseSource(audio, split, config.clip_samples).stretches()
    rate_hz = config.features.sample_rate_hz
    hours = load_negatives(config.data, split, rate_hz).stream
    negatives = [hours] if hours.size else []
    return Sounds(rate_hz, words, (*others, *negatives, *speech), noise)


def _said(audio: AudioCache, clips: Sequence[Clip]) -> Iterator[tuple[Clip, Samples]]:
    """Clips in which something is to be heard, in an order that does not follow their names."""
    order = np.random.default_rng(_SEED).permutation(len(clips))
    for index in order:
        samples = audio.clip(clips[index].path)
        if not is_silent(samples):
            yield clips[index], samples


def word_streams(sounds: Sounds, most_words: int | None = None) -> Iterator[Stream]:
    """Each word once in quiet, once at each of SNRS_DB in noise, once amid other speech."""
    words = sounds.words[:most_words]
    yield _in_background(sounds, words, QUIET, None)
    if sounds.noise:
        for snr_db in SNRS_DB:
            yield _in_background(sounds, words, NOISE, snr_db)
    if sounds.speech:
        yield _amid_speech(sounds, words)


def background_streams(sounds: Sounds, seconds: float) -> Iterator[Stream]:
    """`seconds` each of quiet, noise and speech, in which no wanted word is said.

    What there is of noise and speech is said again and again, in another order and beside
    other sounds, until the stream is long enough: distinct_samples tells.
    """
    count = round(seconds * sounds.rate_hz)
    random = np.random.default_rng([_SEED, 1])
    yield Stream("quiet", QUIET, None, to_int16(_faint(count, random)), (), count)
    if sounds.noise:
        noise = _noise(sounds, count, random)
        level = random.uniform(300, 3000, size=-(-count // (10 * sounds.rate_hz)))
        gain = np.repeat(level, 10 * sounds.rate_hz)[:count].astype(np.float32)
        there = sum(part.size for part in sounds.noise)
        yield Stream("noise", NOISE, None, to_int16(noise * gain), (), min(count, there))
    if sounds.speech:
        speech = _speech(sounds, count, random)
        speech += _faint(count, random)
        there = sum(part.size for part in sounds.speech)
        yield Stream("speech", SPEECH, None, to_int16(speech), (), min(count, there))


def _in_background(
    sounds: Sounds, words: Sequence[tuple[str, Samples]], background: str, snr_db: float | None
) -> Stream:
    random = np.random.default_rng([_SEED, 2])  # the same places at every ratio
    rate = sounds.rate_hz
    spoken, parts, at = [], [], 2 * rate
    for word, samples in words:
        at += int(random.uniform(*_PAUSE_S) * rate)
        first, last = extent(samples, rate)
        spoken.append(Spoken(at + first, at + last, word))
        parts.append((at, samples))
        at += samples.size
    sound = _faint(at + 2 * rate, np.random.default_rng([_SEED, 3]))
    for start, samples in parts:
        sound[start : start + samples.size] += samples
    if snr_db is not None:
        power = np.mean([np.mean(np.square(s, dtype=np.float64)) for _, s in parts])
        level = np.sqrt(power / 10 ** (snr_db / 10))
        sound += level * _noise(sounds, sound.size, np.random.default_rng([_SEED, 4]))
    name = f"words in {background}" + (f" at {snr_db:g} dB" if snr_db is not None else "")
    return Stream(name, background, snr_db, to_int16(sound), tuple(spoken), sound.size)


def _amid_speech(sounds: Sounds, words: Sequence[tuple[str, Samples]]) -> Stream:
    """Other speech before and after each word."""
    random = np.random.default_rng([_SEED, 5])
    rate = sounds.rate_hz
    spoken, parts = [], [np.zeros(2 * rate, np.float32)]
    at = parts[0].size
    for word, samples in words:
        around = _speech(sounds, int(random.uniform(1.0, 2.0) * rate), random)
        parts += [around, samples.astype(np.float32)]
        at += around.size
        first, last = extent(samples, rate)
        spoken.append(Spoken(at + first, at + last, word))
        at += samples.size
    parts.append(np.zeros(2 * rate, np.float32))
    sound = np.concatenate(parts)
    sound += _faint(sound.size, random)
    return Stream("words in speech", SPEECH, None, to_int16(sound), tuple(spoken), sound.size)


def extent(samples: Samples, rate_hz: int) -> tuple[int, int]:
    """First sample of what is loud in int16 [n], and the one after the last: by its energy.

    Loud are steps of 20 ms with more than 3 % of the energy of the loudest, both above the energy
    of the softest fifth.
    """
    step = max(1, int(_STEP_S * rate_hz))
    whole = samples[: samples.size // step * step].astype(np.float64).reshape(-1, step)
    if not len(whole):
        return 0, samples.size
    energy = np.square(whole).mean(axis=1)
    energy = np.maximum(energy - np.percentile(energy, 20), 0)
    loud = np.flatnonzero(energy > _LOUD * np.max(energy))
    if not loud.size:
        return 0, samples.size
    return int(loud[0]) * step, min(samples.size, (int(loud[-1]) + 1) * step)


def _faint(count: int, random: np.random.Generator) -> NDArray[np.float32]:
    """What a quiet room is to a microphone."""
    sound = random.standard_normal(count, np.float32)
    sound *= FAINT_NOISE_AMPLITUDE / 3
    return sound


def _noise(sounds: Sounds, count: int, random: np.random.Generator) -> NDArray[np.float32]:
    """Noise of mean power 1: cuts of the recordings, one fading into the next."""
    fade = int(_FADE_S * sounds.rate_hz)
    ramp = np.sqrt(np.linspace(0, 1, fade, dtype=np.float32))
    noise = np.zeros(count + fade, np.float32)
    at = 0
    while at < count:
        part = sounds.noise[int(random.integers(len(sounds.noise)))]
        size = min(part.size, int(_CUTS_S * sounds.rate_hz))
        start = int(random.integers(part.size - size + 1))
        cut = part[start : start + size].astype(np.float32)
        cut /= max(1.0, float(np.sqrt(np.mean(np.square(cut)))))
        cut[:fade] *= ramp[: cut[:fade].size]
        cut[-fade:] *= ramp[::-1][-cut[-fade:].size :]
        cut = cut[: noise.size - at]
        noise[at : at + cut.size] += cut
        at += max(1, size - fade)
    return noise[:count]


def _speech(sounds: Sounds, count: int, random: np.random.Generator) -> NDArray[np.float32]:
    """Speech without wanted words, one piece after the other, everything once before any twice."""
    speech = np.zeros(count, np.float32)
    at = 0
    while at < count:
        for index in random.permutation(len(sounds.speech)):
            piece = sounds.speech[index]
            offset = 0 if count > piece.size else int(random.integers(piece.size - count + 1))
            piece = piece[offset : offset + count - at]
            speech[at : at + piece.size] += piece
            at += piece.size
            if at >= count:
                break
    return speech
