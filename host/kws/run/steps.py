"""Steps of a run: each is skipped when its inputs and outputs are unchanged, by hash.

`steps.json` in the run folder holds, per step, the hash of its inputs and the hash of every
file it wrote. A step counts as done only when both still hold; so a changed configuration,
an edited file and a half-written one each run the step again. It is written after the step
has finished, in one rename: an interrupted step is never taken for a finished one.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from kws.console import log
from kws.run.paths import RunPaths
from kws_codegen.base.hashes import file_hash, hash_json

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
        the action for the files that it wrote.
        """
        if not (always or self._force) and self.is_done(name, inputs):
            log.print(f"[dim]{name}: unchanged, skipped[/dim]")
            return False
        log.print(f"[bold]{name}[/bold]")
        self._forget(name)
        if action() is False:
            return True
        entry = {
            "inputs": hash_json(dict(inputs)),
            "outputs": {self._name(path): file_hash(path) for path in sorted(outputs())},
        }
        self._write(self._read() | {name: entry})
        return True

    def outputs(self, name: str) -> list[Path]:
        """The files that a finished step wrote."""
        return [self._run.root / relative for relative in self._read()[name]["outputs"]]

    def _name(self, path: Path) -> str:
        """Relative to the run folder; a file elsewhere has its whole path."""
        root = self._run.root
        return (path.relative_to(root) if path.is_relative_to(root) else path.resolve()).as_posix()

    def _forget(self, name: str) -> None:
        """Take the step as not done: it runs the next time."""
        entries = self._read()
        if entries.pop(name, None) is not None:
            self._write(entries)

    def _read(self) -> dict[str, Any]:
        try:
            entries: dict[str, Any] = json.loads(self._run.steps.read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return entries

    def _write(self, entries: dict[str, Any]) -> None:
        self._run.root.mkdir(parents=True, exist_ok=True)
        partial = self._run.steps.with_suffix(".json.part")
        partial.write_text(json.dumps(entries, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        partial.replace(self._run.steps)
