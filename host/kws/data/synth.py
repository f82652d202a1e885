# SPDX-License-Identifier: Apache-2.0
"""`kws data synth`: a small spoken data set from a speech synthesiser, made on the spot.

It is for trying the tool and for its tests: espeak-ng sounds like no human being, and a model
trained on it recognises espeak-ng.
"""

import json
import re
import shutil
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import soxr

from kws.config.schema import DataConfig
from kws.console import progress
from kws.data.audio import Samples, to_int16, write_wav
from kws.data.casting import cast_speakers
from kws.data.engines import ESPEAK, Said, engine_of, speak_cached
from kws.data.espeak import Utterance, speak
from kws.data.espeak import speak_cached as espeak_cached
from kws.data.scan import TESTING_LIST, VALIDATION_LIST
from kws.data.synth_noise import coloured_noise, make_noise
from kws.data.voices import Speaker
from kws_codegen.base.cache import scratch
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import hash_json
from kws_codegen.base.labels import BACKGROUND_NOISE_DIR

SYNTH_VERSION = 1
"""Raise it when the same options give other samples."""

DEFAULT_WORDS = DataConfig().wanted_words
OTHER_WORDS = ("bed", "bird", "cat", "happy", "house", "marvin", "tree", "seven")
"""Words said too, for the unknown class."""

SAMPLE_RATE_HZ = 16_000
CLIP_MS = 1000
_CLIP_SAMPLES = SAMPLE_RATE_HZ * CLIP_MS // 1000
_LONGEST_MS = 900
_LONGEST_CARRIER_MS = 20_000
_USUAL_PACE = 165  # words a minute at which other engines speak by themselves, about
_RECORD = "synth.json"
_NOTICE = """\
Synthetic speech, made by `kws data synth`: for trying the tool, not for a product.
A model trained on it recognises the synthesiser, not people. For a product, record people, or
start from `kws data download speech_commands_v0.02`.
"""


def synthesize(
    out: Path,
    words: tuple[str, ...] = DEFAULT_WORDS,
    clips_per_word: int = 100,
    seed: int = 0,
    near: tuple[str, ...] = (),
    voices: tuple[str, ...] = (ESPEAK,),
) -> bool:
    """Write a data set of `words`, OTHER_WORDS and the words `near` them to the new folder `out`.

    Clips are 1 s at 16 kHz, one a speaker and word; speakers and their voices are disjoint
    between splits; validation_list.txt, testing_list.txt and _background_noise_/ are made too.
    The same arguments give the same samples. False: `out` already holds just that data set.
    Raises KwsError when a word cannot be said in 1 s, when `out` holds something else, when
    espeak-ng cannot be used.
    """
    record: dict[str, object] = {
        "version": SYNTH_VERSION, "words": words, "clips": clips_per_word, "seed": seed,
        **({"near": near} if near else {}),
        **({"voices": voices} if voices != (ESPEAK,) else {}),
    }  # fmt: skip
    if _is_made(out, record):
        return False
    for word in (*words, *near):
        if not re.fullmatch(r"[^\W_][^/\\_]*", word):
            raise KwsError(f'"{word}" is not a word to say', "Words begin with a letter or digit.")
    if clips_per_word < 3:
        raise KwsError(
            "fewer than 3 clips a word leave a split empty", "Use --clips-per-word 3 or more."
        )
    speakers = cast_speakers(clips_per_word, np.random.default_rng(seed), voices)
    every_word = tuple(dict.fromkeys((*words, *OTHER_WORDS, *near)))
    out.parent.mkdir(parents=True, exist_ok=True)
    with scratch(out.parent) as making:
        folder = making / "data"
        training = _write_clips(folder, every_word, speakers, seed)
        write_noise(folder, training, seed)
        _write_lists(folder, every_word, speakers)
        (folder / "README.txt").write_text(_NOTICE, encoding="utf-8")
        (folder / _RECORD).write_text(json.dumps(record) + "\n", encoding="utf-8")
        if out.is_dir():  # empty, as _is_made has seen
            out.rmdir()
        shutil.move(folder, out)
    return True


def _is_made(out: Path, record: dict[str, object]) -> bool:
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return False
    try:
        made = json.loads((out / _RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        made = None
    if made is None or hash_json(made) != hash_json(record):
        raise KwsError(
            f"{out} already holds something else", "Name a new folder, or remove that one."
        )
    return True


def _clip_name(word: str, speaker: Speaker) -> str:
    return f"{word}/{speaker.name}_nohash_0.wav"


def spoken_clips(
    spoken_by: Sequence[tuple[str, Speaker]], seed: int, *, in_batches: bool = False
) -> Iterator[Samples]:
    """A clip of each word by its speaker: int16 [1 s at SAMPLE_RATE_HZ], in a room, over noise.

    `in_batches` as spoken_texts().

    Raises KwsError when a word cannot be said in 1 s, and when espeak-ng cannot be used.
    """
    with progress() as bar:
        task = bar.add_task("speaking", total=None)
        speech = spoken_texts(spoken_by, seed, in_batches=in_batches)
        bar.update(task, description="finishing clips", total=len(speech))
        for (word, speaker), (samples, rate_hz) in zip(spoken_by, speech, strict=True):
            if not samples.size:
                who = "espeak-ng" if speaker.engine == ESPEAK else speaker.engine
                raise KwsError(f'{who} says nothing for "{word}"', "Choose another word.")
            resampled = soxr.resample(samples.astype(np.float32), rate_hz, SAMPLE_RATE_HZ)
            if resampled.size > _CLIP_SAMPLES:
                raise KwsError(
                    f'"{word}" is too long to be said in {CLIP_MS / 1000:g} s',
                    "Choose a shorter word.",
                )
            yield _finished(resampled, _random_of(word, speaker, seed))
            bar.advance(task)


def carried_clips(
    carriers: Sequence[tuple[str, int, int, Speaker]], seed: int
) -> Iterator[Samples | None]:
    """Clips of words within sentences: what comes before and after them is heard too.

    Each is a sentence, the place of the first word that is meant and of the one after the last,
    and a speaker of espeak-ng. None where they cannot be told apart in the sound.
    """
    utterances = [
        replace(_utterance(text, speaker, seed, _LONGEST_CARRIER_MS), cut=(first, end))
        for text, first, end, speaker in carriers
    ]
    speech, rate_hz = espeak_cached(utterances)
    for (text, _, _, speaker), samples in zip(carriers, speech, strict=True):
        if not samples.size:
            yield None
            continue
        resampled = soxr.resample(samples.astype(np.float32), rate_hz, SAMPLE_RATE_HZ)
        yield _finished(resampled[:_CLIP_SAMPLES], _random_of(text, speaker, seed))


def _write_clips(
    folder: Path, words: tuple[str, ...], speakers: list[Speaker], seed: int
) -> list[Samples]:
    """Write a clip of every word by every speaker; returns those of the training speakers."""
    spoken_by = [(word, speaker) for speaker in speakers for word in words]
    training = []
    for (word, speaker), clip in zip(spoken_by, spoken_clips(spoken_by, seed), strict=True):
        _write(folder / _clip_name(word, speaker), clip)
        if speaker.split == "training":
            training.append(clip)
    return training


def _random_of(word: str, speaker: Speaker, seed: int) -> np.random.Generator:
    """Random numbers of one clip, whichever other words are made."""
    return np.random.default_rng([seed, zlib.crc32(f"{word}/{speaker.name}".encode())])


def spoken_texts(
    spoken_by: Sequence[tuple[str, Speaker]],
    seed: int,
    longest_ms: int = _LONGEST_MS,
    *,
    in_batches: bool = False,
) -> list[tuple[Samples, int]]:
    """What each speaker says of a text, int16 [samples], and its rate in Hz, in their order.

    Said faster where it would be longer than `longest_ms`. `in_batches`: espeak-ng on all cores,
    from the cache, other samples than at once. Raises KwsError when an engine cannot be used.
    """
    rows: dict[str, list[int]] = {}
    for row, (_, speaker) in enumerate(spoken_by):
        rows.setdefault(speaker.engine, []).append(row)
    heard: dict[int, tuple[Samples, int]] = {}
    for name, own in rows.items():
        utterances = [_utterance(*spoken_by[row], seed, longest_ms) for row in own]
        if name == ESPEAK:
            samples, rate_hz = (espeak_cached if in_batches else speak)(utterances)
            speech = [(each, rate_hz) for each in samples]
        else:
            said = [
                Said(each.text, each.voice, each.words_per_minute / _USUAL_PACE, each.longest_ms)
                for each in utterances
            ]
            speech = speak_cached(engine_of(name), said)
        heard.update(zip(own, speech, strict=True))
    return [heard[row] for row in range(len(spoken_by))]


def _utterance(word: str, speaker: Speaker, seed: int, longest_ms: int) -> Utterance:
    """A speaker's habits, varied a little from word to word."""
    pitch, pace = _random_of(word, speaker, seed).integers(-6, 7, size=2)
    return Utterance(
        text=word,
        voice=speaker.voice,
        words_per_minute=speaker.words_per_minute + 2 * int(pace),
        pitch=speaker.pitch + int(pitch),
        pitch_range=speaker.pitch_range,
        longest_ms=longest_ms,
    )


def _finished(speech: np.ndarray, random: np.random.Generator) -> Samples:
    """Speech [samples] to a clip: in a small room, near the middle, at some level, over noise."""
    seconds = np.arange(SAMPLE_RATE_HZ // 5) / SAMPLE_RATE_HZ
    echo = random.standard_normal(seconds.size) * np.exp(-seconds / random.uniform(0.01, 0.05))
    echo *= random.uniform(0, 0.5) / np.sqrt(np.sum(echo**2))
    echo[0] = 1
    size = _CLIP_SAMPLES + seconds.size
    heard = np.fft.irfft(np.fft.rfft(speech, size) * np.fft.rfft(echo, size), size)[:_CLIP_SAMPLES]
    free = _CLIP_SAMPLES - speech.size
    start = int(free * random.uniform(0.25, 0.75))
    clip = np.zeros(_CLIP_SAMPLES)
    clip[start:] = heard[: _CLIP_SAMPLES - start]
    clip *= 32_000 * 10 ** (random.uniform(-20, -2) / 20) / np.abs(clip).max()
    hiss = coloured_noise(_CLIP_SAMPLES, random.uniform(0, 0.5), random)
    loudness = np.sqrt(np.mean(clip**2)) * 10 ** (random.uniform(-50, -25) / 20)
    return to_int16(clip + hiss * (loudness / np.sqrt(np.mean(hiss**2))))


def write_noise(folder: Path, speech: list[Samples], seed: int) -> None:
    noise = make_noise(speech, SAMPLE_RATE_HZ, np.random.default_rng([seed, 1]))
    for name, samples in noise.items():
        _write(folder / BACKGROUND_NOISE_DIR / f"{name}.wav", samples)


def _write_lists(folder: Path, words: tuple[str, ...], speakers: list[Speaker]) -> None:
    for name, split in ((VALIDATION_LIST, "validation"), (TESTING_LIST, "testing")):
        chosen = [speaker for speaker in speakers if speaker.split == split]
        lines = sorted(_clip_name(word, speaker) for word in words for speaker in chosen)
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write(path: Path, samples: Samples) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_wav(path, samples, SAMPLE_RATE_HZ)
