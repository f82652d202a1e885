# SPDX-License-Identifier: Apache-2.0
"""What a path tells: `<word>/<speaker>_nohash_<n>.wav` and other ways to name a speaker."""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

_NUMBERED = re.compile(r"(?P<speaker>.*[^\W\d_].*?)[ _]+\d+")
_NO_SPEAKERS = (
    "audio", "clip", "file", "memo", "new_recording", "rec", "record", "recording", "sample",
    "sound", "speech", "take", "test", "track", "untitled", "voice", "wav", "word",
)  # fmt: skip
"""What recorders and scripts call files: `rec_01.wav` tells nobody."""


def word_of(path: str) -> str:
    """Name of the folder of a clip; "" when the path is a bare file name."""
    return PurePosixPath(path).parent.name


def speaker_of(path: str) -> str:
    """Speaker of a clip, "" when its name tells none.

    `<speaker>_nohash_<n>.wav`, `<speaker>__<anything>.wav`, `<speaker>_<n>.wav` and
    `<speaker> <n>.wav`; in the last two, neither the word itself nor a name of _NO_SPEAKERS.
    """
    name = PurePosixPath(path)
    for mark in ("_nohash_", "__"):
        if mark in name.name:
            return name.name.split(mark)[0]
    numbered = _NUMBERED.fullmatch(name.stem)
    speaker = numbered["speaker"].strip() if numbered else ""
    plain = speaker.lower().replace(" ", "_")
    return "" if plain in _NO_SPEAKERS or plain == word_of(path).lower() else speaker


def same_name(folder: str, words: Iterable[str]) -> str:
    """The word that a folder is named after, "" for none: equal but for its Unicode form."""
    name = unicodedata.normalize("NFC", folder)
    return next((word for word in words if unicodedata.normalize("NFC", word) == name), "")


def like_name(folder: str, words: Iterable[str]) -> str:
    """The word that a folder is probably meant to be: equal but for case and outer spaces."""
    return next((word for word in words if _plain(word) == _plain(folder)), "")


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip().casefold()
