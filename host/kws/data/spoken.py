# SPDX-License-Identifier: Apache-2.0
"""Other words from speech synthesisers, for a folder that holds few or none.

Without any other word a model takes everything for one of its own. The same voices say the wanted
words too, for training: else a voice of a synthesiser would be enough to tell that a word is not
wanted. espeak-ng is always there; flite, Piper and Kokoro sound more like people, and speak in
training. Who says what follows from the wanted words; the sound lies in the cache.
"""

import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path

import numpy as np
import soxr

from kws.data.audio import Samples, fit_clip, to_int16
from kws.data.casting import speakers_of
from kws.data.common_words import WORDS
from kws.data.engines import ESPEAK, engine_names, engine_of
from kws.data.synth import SAMPLE_RATE_HZ, SYNTH_VERSION, spoken_clips
from kws.data.voices import Speaker, make_speakers
from kws_codegen.base.cache import cache_entry
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import hash_json

SPEAKERS = 120
WORDS_EACH = 24
OTHER_VOICES = 30
"""Speakers of each other synthesiser: its voices, or mixtures of two, at several paces."""
OTHER_WORDS_EACH = 16
FOLDER = "_spoken_"
"""First part of the path of a clip that is no file."""

_SEED = 20_260
_LONGEST = 24  # letters of a wanted word that is said in a second


def spoken_words(
    wanted_words: tuple[str, ...], voices: tuple[str, ...] = (ESPEAK,)
) -> list[tuple[str, Speaker]]:
    """Which words are said, by whom.

    WORDS_EACH that are not wanted by each of espeak-ng's SPEAKERS, then the wanted ones by those of
    training; then, for training, both by OTHER_VOICES of each of the other `voices`. Raises
    KwsError when one of those is not here.
    """
    wanted = {word.casefold() for word in wanted_words}
    words = [word for word in WORDS if word not in wanted]
    random = np.random.default_rng(_SEED)
    speakers = make_speakers(SPEAKERS, random)
    said = [
        (words[index], speaker)
        for speaker in speakers
        for index in sorted(random.permutation(len(words))[:WORDS_EACH])
    ]
    sayable = [w for w in wanted_words if len(w) <= _LONGEST and any(map(str.isalpha, w))]
    training = [speaker for speaker in speakers if speaker.split == "training"]
    said += [(word, speaker) for speaker in training for word in sayable]
    for name in voices:
        if name != ESPEAK:
            said += _said_by(name, words, sayable)
    return said


def _said_by(name: str, words: list[str], sayable: list[str]) -> list[tuple[str, Speaker]]:
    """Words that are not wanted, at least as many as wanted ones, then these, by each speaker."""
    random = np.random.default_rng([_SEED, zlib.crc32(name.encode())])
    count = min(max(OTHER_WORDS_EACH, len(sayable)), len(words))
    said = []
    for speaker in speakers_of(engine_of(name), OTHER_VOICES, random):
        others = [words[index] for index in sorted(random.permutation(len(words))[:count])]
        said += [(word, speaker) for word in (*others, *sayable)]
    return said


def is_spoken(path: str) -> bool:
    """Whether a clip is one of the synthesiser, by its path."""
    return path.startswith(f"{FOLDER}/")


def spoken_path(word: str, speaker: Speaker) -> str:
    """What such a clip is called."""
    return f"{FOLDER}/{word}/{speaker.name}"


def in_turns_of_voices(paths: Sequence[str], count: int, random: np.random.Generator) -> list[str]:
    """`count` of such clips at random, as many of each synthesiser as there are; no clip twice."""
    turns: dict[str, list[str]] = {}
    for index in random.permutation(len(paths)):
        turns.setdefault(_engine_of(paths[index]), []).append(paths[index])
    names = sorted(turns)
    taken = zip_longest(*(turns[names[i]] for i in random.permutation(len(names))))
    return [path for turn in taken for path in turn if path is not None][:count]


def _engine_of(path: str) -> str:
    name = path.rpartition("/")[2].partition("-")[0]
    return name if name in engine_names() else ESPEAK


def _spoken_clips(said: list[tuple[str, Speaker]]) -> Iterator[Samples]:
    try:
        yield from spoken_clips(said, _SEED)
    except KwsError as error:
        raise KwsError(
            f"{error.message}, and it was to say other words",
            "Record other words, or do without: --set data.speak_other_words=false (without some "
            f"voices: --set few_clips.voices=[]).\n{error.hint}",
        ) from None


@lru_cache(maxsize=2)
def spoken_audio(
    wanted_words: tuple[str, ...], voices: tuple[str, ...], sample_rate_hz: int, clip_samples: int
) -> tuple[Samples, tuple[str, ...]]:
    """Their clips, int16 [n, clip_samples], and the path of each.

    From the cache, or spoken now. Raises KwsError when espeak-ng cannot be used.
    """
    said = spoken_words(wanted_words, voices)
    paths = tuple(spoken_path(word, speaker) for word, speaker in said)

    def make(path: Path) -> None:
        clips = np.empty((len(said), clip_samples), np.int16)
        for row, clip in enumerate(_spoken_clips(said)):
            heard = clip
            if sample_rate_hz != SAMPLE_RATE_HZ:
                resampled = soxr.resample(clip.astype(np.float32), SAMPLE_RATE_HZ, sample_rate_hz)
                heard = to_int16(resampled)
            clips[row] = fit_clip(heard, clip_samples)
        with path.open("wb") as stream:
            np.save(stream, clips)

    key = hash_json([SYNTH_VERSION, paths, sample_rate_hz, clip_samples])[:16]
    with cache_entry("words", f"{key}.npy", make, len(said) * clip_samples * 2) as path:
        clips: Samples = np.load(path)
    return clips, paths
