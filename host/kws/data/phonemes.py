# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: RUF001 - IPA letters
"""Phonemes of words as espeak-ng says them, and how far two words are apart by ear.

Like kws.data.espeak, the C library runs in a process of its own: `python -m kws.data.phonemes
JOB.json OUT.json`.
"""

import ctypes
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from kws_codegen.base.cache import scratch
from kws_codegen.base.errors import KwsError

Sounds = tuple[str, ...]
"""One IPA letter a sound, "tʃ" and "dʒ" as one; without stress and length."""

# espeak-ng/speak_lib.h
_OUTPUT_RETRIEVAL = 1
_DO_NOT_EXIT = 0x8000
_UTF8 = 1
_IPA = 0x02
_SEPARATOR = "_"

_VOICES = {"en": "en-us", "en-gb": "en"}
"""The voice that stands for a language, where it is not called like it."""

_CONSONANTS = {
    "p": (0, 0, 0), "b": (0, 0, 1), "t": (3, 0, 0), "d": (3, 0, 1), "k": (6, 0, 0),
    "ɡ": (6, 0, 1), "ʔ": (8, 0, 0), "tʃ": (4, 1, 0), "dʒ": (4, 1, 1), "f": (1, 2, 0),
    "v": (1, 2, 1), "θ": (2, 2, 0), "ð": (2, 2, 1), "s": (3, 2, 0), "z": (3, 2, 1),
    "ʃ": (4, 2, 0), "ʒ": (4, 2, 1), "ç": (5, 2, 0), "x": (6, 2, 0), "h": (8, 2, 0),
    "m": (0, 3, 1), "n": (3, 3, 1), "ɲ": (5, 3, 1), "ŋ": (6, 3, 1), "ɾ": (3, 4, 1),
    "r": (3, 4, 1), "ɹ": (4, 5, 1), "ʁ": (7, 4, 1), "l": (3, 5, 1), "ʎ": (5, 5, 1),
    "j": (5, 6, 1), "w": (0, 6, 1),
}  # fmt: skip
"""Place (lips to glottis), manner (stop to glide), voiced: the axes of the IPA chart."""

_VOWELS = {
    "i": (0, 0), "y": (0, 0.3), "ɪ": (1, 0.3), "ᵻ": (1, 0.8), "ɨ": (0, 1), "ʊ": (1, 1.7),
    "u": (0, 2), "e": (2, 0), "ø": (2, 0.3), "o": (2, 2), "ə": (3, 1), "ɚ": (3, 1.2),
    "ɜ": (4, 1), "ɛ": (4, 0.2), "œ": (4, 0.5), "ʌ": (4, 1.7), "ɔ": (4, 2), "ɐ": (5, 1),
    "æ": (5, 0.2), "a": (6, 0.5), "ɑ": (6, 1.8), "ɒ": (6, 2),
}  # fmt: skip
"""Height (close to open), backness (front to back)."""

_WEAK = frozenset("əɐᵻʔ")
"""Sounds that fluent speech drops: half the cost."""


def sounds_of(texts: Sequence[str], language: str = "en") -> list[Sounds]:
    """The sounds of each text, in the order of `texts`; none for a text that is not said.

    Raises KwsError as ipa_of() does.
    """
    return [split_sounds(text) for text in ipa_of(texts, language)]


def ipa_of(texts: Sequence[str], language: str = "en") -> list[str]:
    """Each text in IPA as espeak-ng says it, with "_" between phonemes.

    Raises KwsError when espeak-ng cannot be used or has no voice for the language.
    """
    voice = _VOICES.get(language, language)
    with scratch() as folder:
        job, result = folder / "job.json", folder / "phonemes.json"
        job.write_text(json.dumps({"voice": voice, "texts": list(texts)}))
        command = [sys.executable, "-m", "kws.data.phonemes", str(job), str(result)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode or not result.is_file():
            reason = (done.stderr.strip() or f"exit status {done.returncode}").splitlines()[-1]
            raise KwsError(
                f"espeak-ng cannot tell how words are said: {reason}",
                "--language takes what espeak-ng calls it: en, es, de, fr ...\n"
                "`kws doctor` says whether espeak-ng speaks at all.",
            )
        said: list[str] = json.loads(result.read_text(encoding="utf-8"))
        return said


def split_sounds(ipa: str) -> Sounds:
    """IPA text to sounds."""
    letters = re.sub(r"\(\w+\)", "", ipa)  # espeak-ng's marks of another language
    return tuple(re.findall(r"tʃ|dʒ|[^\W\dˈˌː_ʲ]", letters.replace("g", "ɡ")))


def syllables(sounds: Sounds) -> int:
    """Number of syllables: vowels, those in a row (a diphthong) as one."""
    vowels = [sound in _VOWELS for sound in sounds]
    return sum(here and not before for before, here in zip([False, *vowels], vowels, strict=False))


@lru_cache(maxsize=4096)
def substitution(one: str, other: str) -> float:
    """Cost of hearing one sound for another: 0 the same, 1 nothing in common."""
    if one == other:
        return 0.0
    if one in _VOWELS and other in _VOWELS:
        height, back = np.abs(np.subtract(_VOWELS[one], _VOWELS[other]))
        return float(min(0.9, 0.15 + 0.1 * height + 0.1 * back))
    if one in _CONSONANTS and other in _CONSONANTS:
        place, manner, voiced = np.abs(np.subtract(_CONSONANTS[one], _CONSONANTS[other]))
        return float(min(1.0, 0.1 + 0.1 * place + 0.15 * manner + 0.15 * voiced))
    return 1.0


def distances(target: Sounds, candidates: Sequence[Sounds], inside: bool = False) -> np.ndarray:
    """Weighted edit distance of `target` to each candidate: float64 [candidates], in sounds.

    inside: the distance to the best part of the candidate instead of to the whole.

    R. A. Wagner, M. J. Fischer: The String-to-String Correction Problem, 1974; the search for a
    part is that of P. H. Sellers, 1980. All candidates at once, column by column.
    """
    alphabet = sorted({sound for word in candidates for sound in word})
    number = {sound: index for index, sound in enumerate(alphabet)}
    longest = max(map(len, candidates), default=0)
    letters = np.zeros((len(candidates), longest), np.intp)
    for row, word in enumerate(candidates):
        letters[row, : len(word)] = [number[sound] for sound in word]
    lengths = np.array([len(word) for word in candidates], np.intp)
    gaps = np.array([_gap(sound) for sound in alphabet] or [1.0])[letters]  # [n, longest]
    table = np.zeros((len(candidates), longest + 1))
    if not inside:
        table[:, 1:] = np.cumsum(gaps, axis=1)
    for sound in target:
        costs = np.array([substitution(sound, other) for other in alphabet] or [1.0])[letters]
        below = table
        table = np.empty_like(below)
        table[:, 0] = below[:, 0] + _gap(sound)
        for j in range(longest):
            table[:, j + 1] = np.minimum(
                np.minimum(below[:, j + 1] + _gap(sound), table[:, j] + gaps[:, j]),
                below[:, j] + costs[:, j],
            )
    if not inside:
        return np.asarray(table[np.arange(len(candidates)), lengths])
    beyond = np.arange(longest + 1) > lengths[:, None]
    return np.asarray(np.where(beyond, np.inf, table).min(axis=1))


def _gap(sound: str) -> float:
    return 0.5 if sound in _WEAK else 1.0


def _ipa(voice: str, texts: list[str]) -> list[str]:
    import espeakng_loader

    library = ctypes.CDLL(str(espeakng_loader.get_library_path()))
    data = str(espeakng_loader.get_data_path()).encode()
    if library.espeak_Initialize(_OUTPUT_RETRIEVAL, 0, data, _DO_NOT_EXIT) <= 0:
        raise OSError("espeak_Initialize failed: its data was not found")
    if library.espeak_SetVoiceByName(voice.encode()):
        raise OSError(f"it has no voice {voice}")
    to_phonemes = library.espeak_TextToPhonemes
    to_phonemes.restype = ctypes.c_char_p
    to_phonemes.argtypes = [ctypes.POINTER(ctypes.c_char_p), ctypes.c_int, ctypes.c_int]
    mode = _IPA | ord(_SEPARATOR) << 8
    said = []
    for text in texts:
        rest, clauses = ctypes.c_char_p(text.encode()), []
        while rest.value:
            clauses.append((to_phonemes(ctypes.byref(rest), _UTF8, mode) or b"").decode())
        said.append(" ".join(clauses))
    return said


def _main(job: Path, result: Path) -> None:
    asked = json.loads(job.read_text(encoding="utf-8"))
    result.write_text(json.dumps(_ipa(asked["voice"], asked["texts"])), encoding="utf-8")


if __name__ == "__main__":
    _main(Path(sys.argv[1]), Path(sys.argv[2]))
