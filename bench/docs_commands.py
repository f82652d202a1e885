# SPDX-License-Identifier: Apache-2.0
"""Runs the documentation's commands: `python -m bench.docs_commands [PAGE ...]`.

The `sh` blocks of a page are one script in a new folder. `kws` in it is this checkout's, with the
stand-ins of bench.docs_stand_ins; --whole trains and listens as long as the page says. What is not
run is named with its reason: LEFT_OUT.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent

from bench.docs_stand_ins import MADE, RUN, WHOLE
from kws.source import source_root

ROOT = source_root()
_BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
LEFT_OUT = (
    (r"make (demo|test)\b", "CI runs it"),
    (r"pip install ", "needs the network"),
    (
        r"(\w+=\S+ )?(\.venv/bin/)?python -m bench\.",
        "minutes to hours; some write tables of docs/",
    ),
)
LEFT_OUT_BLOCK = (r"git clone ", "needs TensorFlow Lite Micro's sources; tests/tflm stands for it")
_OF_A_CHECKOUT = ("CMakeLists.txt", "CMakePresets.json", "cmake", "codegen", "configs", "firmware")
_SAYING = ("openocd", "picotool")


def pages() -> list[Path]:
    """All pages that are written by hand, and the README."""
    listed = sorted((ROOT / "docs").rglob("*.md"))
    return [ROOT / "README.md", *(page for page in listed if "_build" not in page.parts)]


def script_of(page: Path, blocks: int | None = None) -> tuple[str, list[str]]:
    """The page's first blocks (None: all) as one shell script, and what is left out of them."""
    script, left_out = [], []
    for text in _BLOCK.findall(page.read_text(encoding="utf-8"))[:blocks]:
        lines = re.sub(r"\\\n\s*", "", dedent(text)).replace(" && ", "\n").splitlines()
        if re.search(LEFT_OUT_BLOCK[0], text):
            left_out.append(f"{lines[0]} ... : {LEFT_OUT_BLOCK[1]}")
            continue
        for line in lines:
            reason = next((why for what, why in LEFT_OUT if re.match(what, line)), None)
            if reason is None:
                script.append(f"{line}\n")
            else:
                left_out.append(f"{line.partition('#')[0].strip()}: {reason}")
    return "".join(script), left_out


def run_script(
    script: str, folder: Path, run: Path, whole: bool = False
) -> "subprocess.CompletedProcess[str]":
    """Run a script in `folder`; runs/demo and others are `run`. It ends at the first fault."""
    programs, work, made = (folder / name for name in (".bin", "work", "made"))
    for path in (programs, work, made):
        path.mkdir(parents=True, exist_ok=True)
    _program(programs / "kws", f'exec "{sys.executable}" -m bench.docs_stand_ins "$@"')
    for name in _SAYING:
        _program(programs / name, f'echo "stand-in: {name} $*"')
    for name in _OF_A_CHECKOUT:
        (work / name).symlink_to(ROOT / name)
    paths = os.pathsep.join(map(str, (ROOT, ROOT / "host", ROOT / "codegen", *sys.path[1:])))
    environment = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": paths,
        "PS4": "$ ",
        RUN: str(run.resolve()),
        MADE: str(made),
        **({WHOLE: "1"} if whole else {}),
    }
    return subprocess.run(
        ["sh", "-ex", "-c", script],
        cwd=work,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def _program(path: Path, command: str) -> None:
    path.write_text(f"#!/bin/sh\n{command}\n", encoding="utf-8")
    path.chmod(0o755)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 1 when a command failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("pages", type=Path, nargs="*", help="only these")
    parser.add_argument("--run", type=Path, default=ROOT / "runs" / "demo", help="of make demo")
    parser.add_argument("--whole", action="store_true", help="train and listen as long as it says")
    parser.add_argument("--keep", type=Path, help="folder for what each page prints")
    chosen = parser.parse_args(arguments)
    if not chosen.run.is_dir():
        parser.error(f"there is no run folder {chosen.run}: make demo makes one")
    failed = 0
    for page in [path.resolve() for path in chosen.pages] or pages():
        script, left_out = script_of(page)
        name = page.relative_to(ROOT).as_posix()
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            done = run_script(script, Path(folder), chosen.run, chosen.whole)
        if script:
            said = "done" if done.returncode == 0 else f"FAILED with {done.returncode}"
            print(f"{name}: {said}, {time.monotonic() - started:.0f} s", flush=True)
        for line in left_out:
            print(f"{name}: not run: {line}", flush=True)
        if chosen.keep is not None and script:
            chosen.keep.mkdir(parents=True, exist_ok=True)
            (chosen.keep / f"{name.replace('/', '-')}.log").write_text(done.stdout)
        if done.returncode != 0:
            failed += 1
            print("\n".join(done.stdout.splitlines()[-20:]))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
