# SPDX-License-Identifier: Apache-2.0
"""Steps of a run: each is skipped when its inputs and outputs are unchanged, by hash.

`steps.json` in the run folder holds, per step, the hash of its inputs and the hash of every
file it wrote. A step counts as done only when both still hold; so a changed configuration,
an edited file and a half-written one each run the step again. It is written after the step
has finished, in one rename: an interrupted step is never taken for a finished one.
"""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from rich.text import Text

from kws.console import log
from kws.run.lock import run_lock
from kws.run.paths import RunPaths
from kws_codegen.base.hashes import file_hash, hash_json
from kws_codegen.base.locks import locked

Inputs = Mapping[str, Any]


class Steps:
    """The record of finished steps of one run."""

    def __init__(self, run: RunPaths, force: bool = False) -> None:
        """`force` runs every step, whatever the record says."""
        self._run = run
        self._force = force

    def is_done(self, name: str, inputs: Inputs) -> bool:
        """True when the step's inputs and all files it wrote are as recorded."""
        entry = self._read().get(name)
        if entry is None or entry["inputs"] != hash_json(dict(inputs)):
            return False
        return all(
            (path := self._run.root / relative).is_file() and file_hash(path) == recorded
            for relative, recorded in entry["outputs"].items()
        )

    def run(
        self,
        name: str,
        inputs: Inputs,
        action: Callable[[], object],
        outputs: Callable[[], Iterable[Path]],
        always: bool = False,
    ) -> bool:
        """Run `action` unless the step is done (or `always`); returns whether it ran.

        The step is not recorded as done when `action` returns False. `outputs` is asked after
        the action for the files that it wrote. KwsError when another process is at work on them.
        """
        with run_lock(self._run.root, name):
            return self._run_locked(name, inputs, action, outputs, always or self._force)

    def _run_locked(
        self,
        name: str,
        inputs: Inputs,
        action: Callable[[], object],
        outputs: Callable[[], Iterable[Path]],
        always: bool,
    ) -> bool:
        if not always and self.is_done(name, inputs):
            log.print(Text(f"{name}: unchanged, skipped", "dim"), soft_wrap=True)
            return False
        log.print(Text(name, "bold"), soft_wrap=True)
        self._record(name, None)
        if action() is False:
            return True
        entry = {
            "inputs": hash_json(dict(inputs)),
            "outputs": {self._name(path): file_hash(path) for path in sorted(outputs())},
        }
        self._record(name, entry)
        return True

    def outputs(self, name: str) -> list[Path]:
        """The files that a finished step wrote."""
        return [self._run.root / relative for relative in self._read()[name]["outputs"]]

    def _name(self, path: Path) -> str:
        """Relative to the run folder; a file elsewhere has its whole path."""
        root = self._run.root
        return (path.relative_to(root) if path.is_relative_to(root) else path.resolve()).as_posix()

    def _read(self) -> dict[str, Any]:
        """The record; what is damaged in it is not done."""
        try:
            entries = json.loads(self._run.steps.read_bytes())
        except (FileNotFoundError, ValueError):
            return {}
        whole = {"inputs", "outputs"}
        if not isinstance(entries, dict):
            return {}
        return {n: e for n, e in entries.items() if isinstance(e, dict) and whole <= e.keys()}

    def _record(self, name: str, entry: dict[str, Any] | None) -> None:
        """Write down that a step is done, or (None) that it is not; others may do so meanwhile."""
        self._run.root.mkdir(parents=True, exist_ok=True)
        with locked(self._run.root):
            entries = self._read()
            if entry is not None:
                entries[name] = entry
            elif entries.pop(name, None) is None:
                return
            partial = self._run.steps.with_suffix(f".{os.getpid()}.part")
            text = json.dumps(entries, indent=1, sort_keys=True) + "\n"
            partial.write_text(text, encoding="utf-8")
            partial.replace(self._run.steps)
