# SPDX-License-Identifier: Apache-2.0
"""Runs the documentation's commands: `python -m bench.docs_commands [PAGE ...]`.

The blocks marked `<!-- run -->` or `<!-- run long -->` of a page are one script in a new folder, in
which runs/demo, runs/lamp and runs/door are copies of --run. The others need a board, a
microphone or the network: their commands and options are checked by tests/project/test_docs.py.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent

from kws.source import source_root

ROOT = source_root()
_BLOCK = re.compile(r"<!-- (run|run long) -->\n *```sh\n(.*?)```", re.DOTALL)
_SHELL_BLOCK = re.compile(r"```sh\n")
_RUNS = ("demo", "lamp", "door")


def pages() -> list[Path]:
    """All pages that are written by hand, and the README."""
    listed = sorted((ROOT / "docs").rglob("*.md"))
    return [ROOT / "README.md", *(page for page in listed if "_build" not in page.parts)]


def script_of(page: Path, long: bool) -> str:
    """The page's blocks that can run here as one shell script; "" for none."""
    blocks = _BLOCK.findall(page.read_text(encoding="utf-8"))
    return "".join(dedent(text) for mark, text in blocks if long or mark == "run")


def run_script(
    script: str, folder: Path, run: Path | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a script in `folder`; `kws` in it is this checkout's. It ends at the first fault."""
    programs = folder / ".bin"
    programs.mkdir(parents=True)
    kws = programs / "kws"
    kws.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kws.cli.main "$@"\n', encoding="utf-8")
    kws.chmod(0o755)
    work = folder / "work"
    work.mkdir()
    for name in _RUNS if run is not None else ():
        shutil.copytree(str(run), work / "runs" / name, symlinks=True)
    paths = os.pathsep.join([str(ROOT / "host"), str(ROOT / "codegen"), *sys.path[1:]])
    return subprocess.run(
        ["sh", "-e", "-c", script],
        cwd=work,
        env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 1 when a command failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("pages", type=Path, nargs="*", help="only these")
    parser.add_argument("--run", type=Path, default=ROOT / "runs" / "demo", help="of make demo")
    parser.add_argument("--quick", action="store_true", help="without those marked long")
    chosen = parser.parse_args(arguments)
    failed = 0
    for page in [path.resolve() for path in chosen.pages] or pages():
        text = page.read_text(encoding="utf-8")
        script = script_of(page, not chosen.quick)
        left_out = len(_SHELL_BLOCK.findall(text)) - len(_BLOCK.findall(text))
        if not script:
            continue
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            done = run_script(script, Path(folder), chosen.run if chosen.run.is_dir() else None)
        said = "done" if done.returncode == 0 else f"FAILED with {done.returncode}"
        seconds = time.monotonic() - started
        name = page.relative_to(ROOT)
        print(f"{name}: {said}, {seconds:.0f} s; {left_out} blocks are not run", flush=True)
        if done.returncode != 0:
            failed += 1
            print("\n".join(done.stdout.splitlines()[-20:]))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
