# SPDX-License-Identifier: Apache-2.0
"""Detections on disk: the sound that made each of them, and a list, to be looked through.

Those that were none are what `kws data add-negatives` takes.
"""

import csv
from datetime import datetime, timezone
from pathlib import Path

import numpy as np

from kws.data.audio import Samples, write_wav
from kws.data.false_wakes import DETECTIONS, FILE
from kws_codegen.base.errors import KwsError

COLUMNS = (FILE, "word", "score", "time_s", "heard_at")


class SavedDetections:
    """A folder of wav files and detections.csv; what is there from earlier stays."""

    def __init__(self, folder: Path, rate_hz: int, clip_samples: int) -> None:
        """Make the folder, now and not at the first detection.

        `clip_samples`: how much sound before a detection is kept. KwsError: not a folder.
        """
        if folder.exists() and not folder.is_dir():
            raise KwsError(f"{folder} is a file, not a folder", "Name another one with --save.")
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._rate_hz = rate_hz
        self._clip_samples = clip_samples
        self._session = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S")
        self._count = 0
        self._recent = np.empty(0, np.int16)
        self._heard = 0

    def hear(self, samples: Samples) -> None:
        """The next samples of the stream: the last ones are remembered."""
        self._heard += len(samples)
        keep = 2 * self._clip_samples + len(samples)
        self._recent = np.concatenate([self._recent, samples])[-keep:]

    def save(self, word: str, score: float, samples: int) -> Path:
        """The sound up to `samples` of the stream, in a file of its own; its path."""
        self._count += 1
        plain = "".join(c if c.isalnum() else "_" for c in word)[:40]
        path = self._folder / f"{self._session}-{self._count:04}-{plain}.wav"
        end = len(self._recent) - (self._heard - samples)
        clip = self._recent[max(0, end - self._clip_samples) : end]
        write_wav(path, clip, self._rate_hz)
        table = self._folder / DETECTIONS
        is_new = not table.is_file()
        with table.open("a", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            if is_new:
                rows.writerow(COLUMNS)
            now = datetime.now(timezone.utc).isoformat(timespec="seconds")
            seconds = f"{samples / self._rate_hz:.2f}"
            rows.writerow([path.name, word, f"{score:.4f}", seconds, now])
        return path
