# SPDX-License-Identifier: Apache-2.0
"""`kws data add-negatives`: what woke a model though nobody said the word becomes a negative.

`kws listen --save` writes a sound file a detection, and detections.csv. Those in which the word
was said are for the user to remove (the file or its line); what is left is copied into a folder
of negatives, named by its content, so that the same sound is there once.
"""

import csv
import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from kws.data.audio import load_clip
from kws.data.scan import SOUND_SUFFIXES
from kws_codegen.base.errors import KwsError

DETECTIONS = "detections.csv"
FILE = "file"  # its column with the name of the sound file
_RATE_HZ = 16_000  # at which sounds are compared


@dataclass(frozen=True)
class Added:
    """What came of the sound files of a folder."""

    added: int
    known: int  # had the sound of one that was there, or of another one
    not_listed: int  # are in no line of detections.csv
    missing: int  # lines whose file is gone


def add_negatives(saved: Path, negatives: Path) -> Added:
    """Copy the sound files of `saved` into the folder `negatives`, each sound once.

    With a detections.csv only the files that it names. Raises KwsError when there is none, and
    for a file that cannot be read; then nothing was copied.
    """
    if not saved.is_dir():
        raise KwsError(f"no folder {saved}", "Name the one that `kws listen --save` wrote.")
    found = sorted(p for p in saved.iterdir() if p.suffix.lower() in SOUND_SUFFIXES)
    listed = _listed(saved / DETECTIONS)
    chosen = [path for path in found if listed is None or path.name in listed]
    if not chosen:
        raise KwsError(
            f"no sound file in {saved}" + ("" if listed is None else f" that {DETECTIONS} names"),
            "Name a folder that `kws listen --save` wrote, with what is not the word left in it.",
        )
    if saved.resolve() == negatives.resolve():
        raise KwsError(f"{saved} is that folder itself", "Name another folder with --to.")
    there = {_content(p) for p in negatives.glob("*") if p.suffix.lower() in SOUND_SUFFIXES}
    new: dict[str, Path] = {}
    for path in chosen:
        content = _content(path)
        if content not in there:
            new.setdefault(content, path)
    negatives.mkdir(parents=True, exist_ok=True)
    for content, path in new.items():
        shutil.copyfile(path, negatives / f"{content[:16]}{path.suffix.lower()}")
    names = {path.name for path in found}
    return Added(
        added=len(new),
        known=len(chosen) - len(new),
        not_listed=len(found) - len(chosen),
        missing=0 if listed is None else len(listed - names),
    )


def _listed(path: Path) -> set[str] | None:
    """The sound files that detections.csv names; None when there is no such file."""
    if not path.is_file():
        return None
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        rows = csv.DictReader(file)
        if FILE not in (rows.fieldnames or ()):
            raise KwsError(
                f'{path} has no column "{FILE}"', "Keep the first line as `kws listen` wrote it."
            )
        return {row[FILE] for row in rows if row[FILE]}


def _content(path: Path) -> str:
    """SHA-256 (hex) of the sound."""
    return hashlib.sha256(load_clip(path, _RATE_HZ).tobytes()).hexdigest()
