# SPDX-License-Identifier: Apache-2.0
"""Speech from espeak-ng, through the library that the pip package espeakng-loader brings.

The library keeps state between utterances (phases of flutter and breath), so every batch is
spoken in a fresh process, `python -m kws.data.espeak JOB.json OUT.npz`: the same batch then
gives the same samples, and a fault in the C library cannot take kws down.
"""

import ctypes
import importlib.metadata
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import numpy as np

from kws.data.audio import Samples
from kws_codegen.base.cache import cache_entry, scratch
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import hash_json

# espeak-ng/speak_lib.h
_OUTPUT_SYNCHRONOUS = 2
_DO_NOT_EXIT = 0x8000
_UTF8 = 1
_RATE, _PITCH, _RANGE = 1, 3, 4
_FASTEST = 450  # words a minute that espeak-ng still speaks well
_BATCH = 100  # utterances of a process, where several speak
_CACHE_VERSION = 1
_END, _WORD = 0, 1  # of the events that come with samples


class _Event(ctypes.Structure):
    """espeak_EVENT."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),  # of the word's first character, from 1
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),  # ms
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


@dataclass(frozen=True)
class Utterance:
    """What to say, and how."""

    text: str
    voice: str  # "<accent>+<variant>", for example en-us+f3
    words_per_minute: int  # 80 to 450
    pitch: int  # 0 to 99
    pitch_range: int  # 0 to 99
    longest_ms: int  # spoken faster, up to 450 words a minute, when it would be longer
    cut: tuple[int, int] | None = None  # words of the text, first and one after the last
    """Only a second of the sound is wanted, with these words in its middle; none of it where they
    take longer, or espeak-ng joins words of the text."""


def speak(utterances: list[Utterance]) -> tuple[list[Samples], int]:
    """Speak each utterance: int16 [samples] without the silence around it, and their rate in Hz.

    Deterministic. Raises KwsError when espeak-ng cannot be used.
    """
    with scratch() as folder:
        job, result = folder / "job.json", folder / "speech.npz"
        job.write_text(json.dumps([asdict(utterance) for utterance in utterances]))
        command = [sys.executable, "-m", "kws.data.espeak", str(job), str(result)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode or not result.is_file():
            reason = (done.stderr.strip() or f"exit status {done.returncode}").splitlines()[-1]
            raise KwsError(
                f"the speech synthesiser espeak-ng cannot be used: {reason}",
                "It comes with the Python package espeakng-loader: "
                "`pip install --force-reinstall espeakng-loader`.\n"
                "Without it, use recordings: `kws data download speech_commands_v0.02`.",
            )
        return _load(result)


def speak_cached(utterances: list[Utterance]) -> tuple[list[Samples], int]:
    """As speak(), in batches that are spoken at once and lie in the cache.

    What was interrupted goes on. Samples differ a little from those of one batch: the library
    keeps state within it.
    """
    batches = [utterances[i : i + _BATCH] for i in range(0, len(utterances), _BATCH)]
    pool = ThreadPoolExecutor(os.cpu_count())
    try:
        spoken = list(pool.map(_batch, batches))
    finally:
        pool.shutdown(cancel_futures=True)
    return [samples for batch, _ in spoken for samples in batch], spoken[0][1] if spoken else 0


def _batch(utterances: list[Utterance]) -> tuple[list[Samples], int]:
    def make(path: Path) -> None:
        spoken, rate_hz = speak(utterances)
        with path.open("wb") as stream:
            _save(stream, spoken, rate_hz)

    version = importlib.metadata.version("espeakng-loader")
    key = hash_json([_CACHE_VERSION, version, [asdict(each) for each in utterances]])
    with cache_entry("words", f"espeak-{key[:24]}.npz", make) as path:
        return _load(path)


def _save(stream: IO[bytes], spoken: list[Samples], rate_hz: int) -> None:
    np.savez(
        stream,
        samples=np.concatenate([np.empty(0, np.int16), *spoken]),
        lengths=np.array([samples.size for samples in spoken], np.int64),
        rate_hz=np.array(rate_hz),
    )


def _load(path: Path) -> tuple[list[Samples], int]:
    with np.load(path) as spoken:
        ends = np.cumsum(spoken["lengths"])
        return np.split(spoken["samples"], ends[:-1]), int(spoken["rate_hz"])


class _Espeak:
    """The library, loaded into this process."""

    def __init__(self) -> None:
        import espeakng_loader

        self._library = ctypes.CDLL(str(espeakng_loader.get_library_path()))
        self._pieces: list[Samples] = []
        self._word_ms: list[int] = []  # where each word of the text begins
        self._callback = _CALLBACK(self._collect)  # kept alive: C holds only the pointer
        self._library.espeak_SetSynthCallback(self._callback)
        data = str(espeakng_loader.get_data_path()).encode()
        self.rate_hz = self._library.espeak_Initialize(_OUTPUT_SYNCHRONOUS, 0, data, _DO_NOT_EXIT)
        if self.rate_hz <= 0:
            raise OSError("espeak_Initialize failed: its data was not found")
        self._library.espeak_ng_SetRandSeed.argtypes = [ctypes.c_long]

    def _collect(
        self,
        samples: "ctypes._Pointer[ctypes.c_short]",
        count: int,
        events: "ctypes._Pointer[_Event]",
    ) -> int:
        if samples and count > 0:
            self._pieces.append(np.ctypeslib.as_array(samples, (count,)).copy())
        number = 0
        while events and events[number].type != _END:
            if events[number].type == _WORD:
                self._word_ms.append(events[number].audio_position)
            number += 1
        return 0

    def speak(self, utterance: Utterance) -> Samples:
        """Samples without the silence around them, spoken faster if they would be too long."""
        samples = self._speak(utterance, utterance.words_per_minute)
        longest = self.rate_hz * utterance.longest_ms // 1000
        rate = utterance.words_per_minute
        while samples.size > longest and rate < _FASTEST:
            rate = min(max(rate * samples.size // longest, rate + 10), _FASTEST)
            samples = self._speak(utterance, rate)
        return samples

    def _speak(self, utterance: Utterance, words_per_minute: int) -> Samples:
        self._pieces.clear()
        self._word_ms.clear()
        self._library.espeak_ng_SetRandSeed(1)
        if self._library.espeak_SetVoiceByName(utterance.voice.encode()):
            raise OSError(f"it has no voice {utterance.voice}")
        self._library.espeak_SetParameter(_RATE, words_per_minute, 0)
        self._library.espeak_SetParameter(_PITCH, utterance.pitch, 0)
        self._library.espeak_SetParameter(_RANGE, utterance.pitch_range, 0)
        text = utterance.text.encode()
        self._library.espeak_Synth(text, len(text) + 1, 0, 0, 0, _UTF8, None, None)
        self._library.espeak_Synchronize()
        sound = np.concatenate([np.empty(0, np.int16), *self._pieces])
        if utterance.cut:
            joined = len(self._word_ms) != len(utterance.text.split())
            return sound[:0] if joined else self._around(sound, *utterance.cut)
        return trimmed(sound, self.rate_hz)

    def _around(self, sound: Samples, first: int, end: int) -> Samples:
        """A second about the words `first` to `end`; nothing where they take longer."""
        ends_ms = [*self._word_ms, sound.size * 1000 // self.rate_hz]
        if ends_ms[end] - ends_ms[first] > 1000:
            return sound[:0]
        start = (ends_ms[first] + ends_ms[end] - 1000) * self.rate_hz // 2000
        around = np.zeros(self.rate_hz, np.int16)
        inside = sound[max(start, 0) : max(start + self.rate_hz, 0)]
        around[max(-start, 0) : max(-start, 0) + inside.size] = inside
        return around


def trimmed(samples: Samples, rate_hz: int) -> Samples:
    """Without what is more than 40 dB below the peak at both ends, in steps of 10 ms."""
    step = rate_hz // 100
    blocks = np.abs(samples[: samples.size // step * step].astype(np.int32)).reshape(-1, step)
    loudness = blocks.max(axis=1, initial=0)
    loud = np.flatnonzero(loudness > loudness.max(initial=0) / 100)
    return samples[loud[0] * step : (loud[-1] + 1) * step] if loud.size else samples[:0]


def _main(job: Path, result: Path) -> None:
    espeak = _Espeak()
    spoken = [espeak.speak(Utterance(**fields)) for fields in json.loads(job.read_text())]
    with result.open("wb") as stream:
        _save(stream, spoken, espeak.rate_hz)


if __name__ == "__main__":
    _main(Path(sys.argv[1]), Path(sys.argv[2]))
