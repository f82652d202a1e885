# SPDX-License-Identifier: Apache-2.0
"""A user's own clips of a wake word: some speakers train, the others are the honest test."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from kws.data.names import same_name, speaker_of
from kws.data.scan import scan_folder
from kws.data.splits import Split
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import file_hash

OWN = "own-"
"""What the names of the files of such clips begin with."""
_TESTED = 0.4  # of the speakers; of the clips of each word where there is only one speaker


@dataclass(frozen=True)
class Recorded:
    """One clip."""

    path: Path
    word: str
    name: str  # of the file that it becomes: keeps its speaker, begins with OWN
    split: Split  # training or testing
    content: str  # SHA-256 (hex)


def own_recordings(folder: Path, words: tuple[str, ...]) -> list[Recorded]:
    """The clips of `words` in a folder of words, divided by speaker.

    Speakers are dealt by the hash of their name, at least one to each side; where there is one
    speaker, or a name tells none, clips are dealt. Other words in the folder are left out. Raises
    KwsError when no clip of a word is there.
    """
    scan = scan_folder(folder)
    clips = [(file, word) for file in scan.clips if (word := same_name(file.word, words))]
    missing = [word for word in words if word not in {word for _, word in clips}]
    if missing:
        raise KwsError(
            f"{folder} has no recording of {', '.join(missing)}",
            f"Its folders are called like the words: {folder.name}/{missing[0]}/anna_1.wav.",
        )
    speakers = {speaker_of(file.path) for file, _ in clips}
    by_speaker = len(speakers) > 1 and "" not in speakers
    keys = {file.path: speaker_of(file.path) if by_speaker else file.path for file, _ in clips}
    order = sorted(set(keys.values()), key=lambda key: hashlib.sha256(key.encode()).hexdigest())
    count = min(max(1, round(_TESTED * len(order))), len(order) - 1)
    tested = set(order[:count])
    return [
        Recorded(
            path=scan.root / file.path,
            word=word,
            name=f"{OWN}{Path(file.path).name}",
            split="testing" if keys[file.path] in tested else "training",
            content=file_hash(scan.root / file.path),
        )
        for file, word in clips
    ]
