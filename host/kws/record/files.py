# SPDX-License-Identifier: Apache-2.0
"""Recordings on disk as `kws` reads them: <word>/<speaker>_nohash_<n>.wav."""

import os
import re
from pathlib import Path

from kws.data.audio import Samples, load_recording, write_wav
from kws.data.names import like_name
from kws_codegen.base.errors import KwsError
from kws_codegen.base.labels import BACKGROUND_NOISE_DIR, SILENCE_LABEL, UNKNOWN_LABEL

_MARK = "_nohash_"


class Recordings:
    """The recordings of one speaker in a folder of words."""

    def __init__(self, folder: Path, speaker: str, rate_hz: int) -> None:
        """KwsError when the folder is a file."""
        if folder.exists() and not folder.is_dir():
            raise KwsError(f"{folder} is a file, not a folder", "Name another one with --out.")
        self._folder = folder
        self._speaker = speaker
        self._rate_hz = rate_hz

    def path(self, word: str, number: int) -> Path:
        """Where take `number` of a word lies."""
        return self._folder / word / f"{self._speaker}{_MARK}{number}.wav"

    def numbers(self, word: str) -> set[int]:
        """Of the takes that are there."""
        name = re.compile(rf"{re.escape(self._speaker + _MARK)}(\d+)\.wav")
        folder = self._folder / word
        names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
        return {int(found[1]) for text in names if (found := name.fullmatch(text))}

    def missing(self, words: list[str], count: int) -> list[tuple[str, int]]:
        """Takes 0 to count - 1 of each word that are not there, the words in turn."""
        there = {word: self.numbers(word) for word in words}
        return [(w, number) for number in range(count) for w in words if number not in there[w]]

    def next_number(self, word: str) -> int:
        """The first number behind all takes."""
        return max(self.numbers(word), default=-1) + 1

    def samples(self, word: str) -> set[bytes]:
        """What the takes of a word hold: int16 little-endian, at this rate."""
        paths = (self.path(word, number) for number in self.numbers(word))
        return {load_recording(path, self._rate_hz).tobytes() for path in paths}

    def save(self, word: str, number: int, clip: Samples) -> Path:
        """Write int16 [n] as wav, whole or not at all."""
        path = self.path(word, number)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{os.getpid()}.part")
        write_wav(partial, clip, self._rate_hz)
        partial.replace(path)
        return path


def check_names(words: list[str], speaker: str) -> None:
    """KwsError for words and a speaker that cannot name folders and files."""
    for word in words:
        if not word or word.startswith(".") or re.search(r'[\\/:*?"<>|\x00-\x1f]', word):
            raise KwsError(f"{word!r} cannot name a folder", "Words are letters and spaces.")
        if word in (SILENCE_LABEL, UNKNOWN_LABEL, BACKGROUND_NOISE_DIR):
            raise KwsError(f"{word} is a reserved name", "Name the words that people say.")
    for index, word in enumerate(words):
        if earlier := like_name(word, words[:index]):
            raise KwsError(f"--words names {earlier} and {word}, one word", "Name each word once.")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", speaker):
        raise KwsError(
            f"{speaker!r} cannot name a speaker", "Use letters, digits and hyphens, as s01."
        )
