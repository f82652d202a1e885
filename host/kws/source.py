# SPDX-License-Identifier: Apache-2.0
"""Where the firmware sources and the configurations lie: a checkout or an installed wheel."""

import shutil
import subprocess
from functools import cache
from pathlib import Path


def source_root() -> Path:
    """Folder that holds CMakeLists.txt, firmware/ and configs/ (checkout or installed wheel)."""
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "firmware").is_dir() and (checkout / "CMakeLists.txt").is_file():
        return checkout
    return Path(__file__).resolve().parent / "_source"


@cache
def source_commit() -> str | None:
    """The commit of a checkout, ending in "-dirty" when files differ; None for a wheel."""
    git = shutil.which("git")
    if git is None or not (source_root() / ".git").exists():
        return None
    command = [git, "-C", str(source_root()), "describe", "--always", "--dirty", "--exclude=*"]
    done = subprocess.run([*command, "--abbrev=40"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or None
