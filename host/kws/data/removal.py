# SPDX-License-Identifier: Apache-2.0
"""Recordings that go out of a data folder: moved beside it, never deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kws.config.text_file import read_text
from kws_codegen.base.errors import KwsError


@dataclass(frozen=True)
class Removed:
    """Where they are now."""

    folder: Path
    count: int


def read_list(path: Path) -> list[str]:
    """Paths of recordings, one a line, as `<word>/<file>`; empty lines and # are left out."""
    if not path.is_file():
        raise KwsError(f"no file {path}", "Save the list of the page suspects.html, and name it.")
    lines = (line.strip() for line in read_text(path, "surrogateescape").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def remove_clips(root: Path, clips: Sequence[str]) -> Removed:
    """Move recordings (paths within `root`) to the same paths in `<root>-removed`.

    KwsError, and nothing moved, when one is not there, lies outside, or was removed before.
    """
    folder = root.with_name(f"{root.name}-removed")
    for clip in clips:
        parts = Path(clip).parts
        if len(parts) != 2 or ".." in parts or not (root / clip).is_file():
            raise KwsError(
                f"{clip} is no recording of {root}", "A line is <word>/<file>; nothing was moved."
            )
        if (folder / clip).exists():
            raise KwsError(f"{folder / clip} is there already", "Rename it; nothing was moved.")
    for clip in dict.fromkeys(clips):
        (folder / clip).parent.mkdir(parents=True, exist_ok=True)
        (root / clip).rename(folder / clip)
    return Removed(folder, len(set(clips)))
