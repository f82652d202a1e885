# SPDX-License-Identifier: Apache-2.0
"""Scan: which sound files a folder of words holds. Looks at names only, opens nothing.

Layout (that of Google's Speech Commands): `<word>/<any name>.wav|flac|ogg|mp3`,
`_background_noise_/` with noise of any length. Names that begin with a dot are not looked at.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from kws_codegen.base.errors import KwsError
from kws_codegen.base.labels import BACKGROUND_NOISE_DIR

SOUND_SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")
VALIDATION_LIST = "validation_list.txt"
TESTING_LIST = "testing_list.txt"

OTHER_SOUND_SUFFIXES = (
    ".3gp", ".aac", ".aif", ".aiff", ".amr", ".caf", ".m4a", ".mp4", ".opus", ".webm", ".wma",
)  # fmt: skip
_SPLIT_FOLDERS = frozenset(
    ("train", "training", "val", "valid", "validation", "dev", "test", "testing")
)

LAYOUT_HINT = (
    "Expected is <folder>/<word>/<speaker>_nohash_<n>.wav (or .flac, .ogg, .mp3; any name works).\n"
    "`kws data synth OUT` makes such a folder, `kws data download speech_commands_v0.02` fetches "
    "one."
)


@dataclass(frozen=True)
class SoundFile:
    """One sound file: path relative to the data folder (with /), and what tells a change."""

    path: str
    word: str  # name of the folder
    size_bytes: int
    modified_ns: int


@dataclass(frozen=True)
class Scan:
    """Everything found in a data folder, sorted by path."""

    root: Path
    clips: tuple[SoundFile, ...]
    noise: tuple[SoundFile, ...]
    empty_words: tuple[str, ...]  # folders without any sound file
    ignored: tuple[tuple[str, str], ...]  # (path, reason) of what is there but not used
    fingerprint: str  # SHA-256 (hex) of names, sizes, modification times and split lists


def scan_folder(root: Path) -> Scan:
    """List the sound files below `root`.

    Raises KwsError when it is no folder, cannot be read, or holds no word with a sound file: then
    it says what the folder holds instead.
    """
    if not root.is_dir():
        raise KwsError(f"no data folder {root}", LAYOUT_HINT)
    try:
        return _scan(root.resolve())
    except OSError as error:
        raise KwsError(f"cannot read {root}: {error}", "Give yourself access to it.") from None


def _scan(root: Path) -> Scan:
    clips: list[SoundFile] = []
    noise: list[SoundFile] = []
    empty: list[str] = []
    ignored: list[tuple[str, str]] = []
    for entry in _visible(root):
        if entry.is_dir():
            found = _scan_word(entry, ignored)
            if entry.name == BACKGROUND_NOISE_DIR:
                noise = found
            elif found:
                clips += found
            else:
                empty.append(entry.name)
        elif entry.suffix.lower() in SOUND_SUFFIXES:
            ignored.append((entry.name, "lies outside the word folders"))
    if not clips:
        raise _no_clips(root, empty, ignored)
    return Scan(
        root,
        tuple(clips),
        tuple(noise),
        tuple(empty),
        tuple(ignored),
        _fingerprint(root, clips, noise),
    )


def _no_clips(root: Path, empty: list[str], ignored: list[tuple[str, str]]) -> KwsError:
    """What the folder is instead, and what to do."""
    flat = [name for name, _ in ignored if "/" not in name]
    if flat:
        return KwsError(
            f"{root} holds {len(flat)} sound files and no folder of a word",
            f"Make a folder of each word and move its files there: {root.name}/lamp/{flat[0]}.",
        )
    if empty and {name.lower() for name in empty} <= _SPLIT_FOLDERS:
        return KwsError(
            f"the folders in {root} are splits, not words: {', '.join(empty)}",
            f"Put all clips of a word into one folder {root.name}/<word>, and name those of two "
            f"splits in {VALIDATION_LIST} and {TESTING_LIST}, a line <word>/<file> each.",
        )
    foreign = [name for name, _ in ignored if Path(name).suffix.lower() in OTHER_SOUND_SUFFIXES]
    if foreign:
        return KwsError(
            f"{root} holds sound that kws cannot read: {len(foreign)} files like {foreign[0]}",
            f"Convert each, for example: ffmpeg -i {Path(foreign[0]).name} "
            f"{Path(foreign[0]).stem}.wav",
        )
    nothing = f"{root} holds no word folder with a sound file"
    if deeper := [name for name in empty if _has_words(root / name)]:
        there = ", ".join(str(root / name) for name in deeper)
        return KwsError(f"{nothing}; the words lie one folder deeper", f"Name that one: {there}.")
    return KwsError(nothing, LAYOUT_HINT)


def _has_words(folder: Path) -> bool:
    return any(path.suffix.lower() in SOUND_SUFFIXES for path in folder.glob("*/*"))


def _visible(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _scan_word(folder: Path, ignored: list[tuple[str, str]]) -> list[SoundFile]:
    found = []
    for path in _visible(folder):
        name = f"{folder.name}/{path.name}"
        if path.is_dir():
            ignored.append((name, "is a folder inside a word folder"))
        elif path.suffix.lower() in SOUND_SUFFIXES:
            if not path.exists():
                ignored.append((name, "is a broken link"))
                continue
            if not path.is_file():
                ignored.append((name, "is a pipe or device, not a file"))
                continue
            status = path.stat()
            found.append(SoundFile(name, folder.name, status.st_size, status.st_mtime_ns))
        elif path.suffix.lower() in OTHER_SOUND_SUFFIXES:
            ignored.append((name, f"is sound as {path.suffix.lower()}: convert it to wav"))
        elif path.suffix.lower() not in {".md", ".txt"}:
            ignored.append((name, f"is not one of {', '.join(SOUND_SUFFIXES)}"))
    return found


def _fingerprint(root: Path, clips: list[SoundFile], noise: list[SoundFile]) -> str:
    digest = hashlib.sha256()
    for file in (*clips, *noise):
        line = f"{file.path}\0{file.size_bytes}\0{file.modified_ns}\n"
        digest.update(line.encode("utf-8", "surrogateescape"))
    for name in (VALIDATION_LIST, TESTING_LIST):
        if (root / name).is_file():
            digest.update(name.encode() + (root / name).read_bytes())
    return digest.hexdigest()
