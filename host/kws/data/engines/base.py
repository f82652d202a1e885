# SPDX-License-Identifier: Apache-2.0
"""What a speech synthesiser offers, and its speech from the cache."""

import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
import platformdirs

from kws.console import progress
from kws.data.audio import Samples
from kws.data.espeak import trimmed
from kws_codegen.base.cache import cache_entry, user_folder
from kws_codegen.base.hashes import hash_json

_BATCH = 50  # utterances a cache entry: what an interruption costs at most
_FASTEST = 2.0
_VERSION = 3


@dataclass(frozen=True)
class Said:
    """What to say, and how."""

    text: str
    voice: str  # one of the engine's, or "<voice>+<voice>*<share of the second>" where it mixes
    speed: float  # 1: the voice's own
    longest_ms: int  # spoken faster, up to twice, when it would be longer


class Engine(ABC):
    """A speech synthesiser."""

    name: ClassVar[str]
    mixes: ClassVar[bool] = False
    """Whether voices can be mixed."""
    one_core: ClassVar[bool] = False
    """Whether it speaks on one core, so that several can speak at once."""

    @abstractmethod
    def missing(self) -> str | None:
        """What to install or fetch before it can speak; None: nothing."""

    @abstractmethod
    def identity(self) -> str:
        """Says which speech the same words give: a version or the content of the model."""

    @abstractmethod
    def voices(self, language: str = "en") -> list[str]:
        """Its voices of a language (that of "en-gb" is "en"), always in the same order."""

    def prepare(self, said: Sequence[Said]) -> None:
        """What is quicker done for many utterances at once, before the first is said."""
        del said

    @abstractmethod
    def say(self, text: str, voice: str, speed: float) -> tuple[Samples, int]:
        """One text: int16 [samples], and their rate in Hz. KwsError when it cannot."""


def base_language(language: str) -> str:
    """Of "en-gb" it is "en"."""
    return language.partition("-")[0]


def voices_folder() -> Path:
    """Where model files of voices lie. KwsError when the user has no home folder."""
    return user_folder("voices", "KWS_VOICES_DIR", _usual_voices)


def _usual_voices(name: str) -> str:
    return str(Path(platformdirs.user_data_dir(name)) / "voices")


def speak_cached(engine: Engine, said: list[Said]) -> list[tuple[Samples, int]]:
    """Each utterance, int16 [samples] without the silence around it, and its rate in Hz.

    Voices of one engine may have several rates. Batches lie in the cache, so that what was
    interrupted goes on. Raises KwsError as say() does.
    """
    spoken: list[tuple[Samples, int]] = []
    batches = [said[first : first + _BATCH] for first in range(0, len(said), _BATCH)]
    pool = ThreadPoolExecutor(os.cpu_count() if engine.one_core else 1)
    with progress() as bar:
        task = bar.add_task(f"{engine.name} speaks", total=len(said))
        try:
            for batch in pool.map(partial(_batch, engine), batches):
                spoken += batch
                bar.advance(task, len(batch))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # a batch may take half a minute
    return spoken


def _batch(engine: Engine, batch: list[Said]) -> list[tuple[Samples, int]]:
    def make(path: Path) -> None:
        engine.prepare(batch)
        said = [_say(engine, each) for each in batch]
        with path.open("wb") as stream:
            np.savez(
                stream,
                samples=np.concatenate([samples for samples, _ in said]),
                lengths=np.array([samples.size for samples, _ in said]),
                rates_hz=np.array([rate_hz for _, rate_hz in said]),
            )

    key = hash_json([_VERSION, engine.name, engine.identity(), [astuple(each) for each in batch]])
    with (
        cache_entry("words", f"said-{key[:24]}.npz", make) as path,
        np.load(path) as content,
    ):
        ends = np.cumsum(content["lengths"])
        speech = np.split(content["samples"], ends[:-1])
        return list(zip(speech, map(int, content["rates_hz"]), strict=True))


def _say(engine: Engine, said: Said) -> tuple[Samples, int]:
    speed = said.speed
    while True:
        samples, rate_hz = engine.say(said.text, said.voice, speed)
        samples = trimmed(samples, rate_hz)
        too_long = samples.size * 1000 / rate_hz / said.longest_ms
        if too_long <= 1 or speed >= _FASTEST:
            return samples, rate_hz
        speed = min(_FASTEST, speed * max(too_long, 1.1))
