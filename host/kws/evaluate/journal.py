# SPDX-License-Identifier: Apache-2.0
"""The answers of an evaluation that is not finished yet, so that the next one goes on with it.

One file an evaluation, a line of JSON an answer, appended as it comes: a process that is killed
loses the answer that it was writing, no other. The file's name is the hash of all that the answers
depend on, so those of another firmware, model, data or device are never taken over.
"""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from kws.console import warn
from kws_codegen.base.hashes import hash_json
from kws_codegen.base.locks import flock
from kws_codegen.protocol.messages import ClipResult

_ANSWER = TypeAdapter(ClipResult)


class Journal:
    """The answers to the clips of one evaluation, by the number of the clip.

    Attributes:
        answers: those that were found, each with the name of the device that gave it.
    """

    def __init__(self, folder: Path, inputs: dict[str, Any], fresh: bool) -> None:
        """The journal of an evaluation with these `inputs`; `fresh` forgets what is in it."""
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f".unfinished-{hash_json(inputs)[:32]}.jsonl"
        if fresh:
            self.path.unlink(missing_ok=True)
        self.answers: dict[int, tuple[str, ClipResult]] = {}
        self._file: int | None = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            flock(self._file)
        except OSError:  # the same evaluation, at the same time: it has the journal
            self.close()
            return
        os.truncate(self._file, self._read(self.path.read_bytes()))

    def _read(self, content: bytes) -> int:
        """Take the answers of all lines that were written to their end; returns their bytes."""
        whole = 0
        for line in content.splitlines(keepends=True):
            if not line.endswith(b"\n"):
                break
            try:
                values = json.loads(line)
                answer = _ANSWER.validate_python(values["answer"])
                self.answers[values["clip"]] = values["device"], answer
            except (ValueError, KeyError, TypeError):
                break
            whole += len(line)
        return whole

    def add(self, clip: int, device: str, answer: ClipResult) -> None:
        """Write an answer down. A full disk costs no more than going on later."""
        if self._file is None:
            return
        line = json.dumps({"clip": clip, "device": device, "answer": asdict(answer)}) + "\n"
        try:
            os.write(self._file, line.encode())
        except OSError as error:
            warn(f"an interrupted evaluation will not go on from here: {error}")
            self.close()

    def finish(self) -> None:
        """The evaluation is written down elsewhere: forget the answers."""
        self.close()
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Keep the answers for the next time."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
