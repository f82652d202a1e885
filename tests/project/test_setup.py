# SPDX-License-Identifier: Apache-2.0
"""The set-up script says what is missing before anything long runs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kws.source import source_root


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with nothing set up."""
    (tmp_path / "scripts").mkdir()
    for name in ("scripts/setup.sh", "pyproject.toml", "constraints.txt"):
        shutil.copy(source_root() / name, tmp_path / name)
    return tmp_path


def set_up(checkout: Path, **variables: str) -> str:
    """What the script says; it must refuse."""
    done = subprocess.run(
        ["sh", "scripts/setup.sh"],
        cwd=checkout,
        env={**os.environ, "PYTHON": sys.executable, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    return done.stderr


def test_a_platform_without_tflite_micro_is_told(checkout: Path) -> None:
    """An index without wheels stands for a platform without one."""
    words = set_up(
        checkout,
        PIP_NO_INDEX="1",
        PIP_FIND_LINKS="",
        PIP_EXTRA_INDEX_URL="",
        PIP_CONFIG_FILE=os.devnull,
    )
    assert "pip has no tflite-micro wheel for this platform" in words
    assert "installing Python packages" not in words


def test_a_python_that_does_not_fit_is_named(checkout: Path) -> None:
    words = set_up(checkout, PYTHON="/bin/false")
    assert "PYTHON=/bin/false is not a Python 3.10 to 3.13" in words


def test_a_missing_tool_is_named_with_its_command(checkout: Path) -> None:
    """A PATH with nothing but what the script itself needs; not as root, which would install."""
    tools = checkout / "bin"
    tools.mkdir()
    for name in ("sh", "dirname", "sed", "cat", "apt-get", "cc"):
        (tools / name).symlink_to(shutil.which(name) or f"/usr/bin/{name}")
    (tools / "id").write_text("#!/bin/sh\necho 1000\n")
    (tools / "id").chmod(0o755)
    words = set_up(checkout, PATH=str(tools))
    assert "cmake is missing" in words
    assert "sudo apt-get install --no-install-recommends cmake" in words
