# SPDX-License-Identifier: Apache-2.0
"""Progress on a terminal of 80 columns shows its numbers."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from kws import console


@pytest.mark.parametrize("description", ["training", "TensorFlow Lite Micro (golden)"])
def test_progress_fits_80_columns(description: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")  # a dumb one shows no progress
    screen = io.StringIO()
    terminal = Console(file=screen, width=80, force_terminal=True, color_system=None)
    monkeypatch.setattr(console, "log", terminal)
    with console.progress() as bar:
        bar.add_task(description, total=1000, completed=999)
        bar.refresh()
    shown = max(screen.getvalue().replace("\r", "\n").splitlines(), key=len)
    assert description in shown and "999/1000" in shown
    assert "\u2026" not in screen.getvalue()


def test_no_lines_of_matplotlib_without_a_home(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    program = (
        "from kws.console import set_up_streams; set_up_streams();"
        "import matplotlib; print(matplotlib.get_cachedir())"
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MPL", "XDG_"))}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**environment, "HOME": str(tmp_path / "file")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(tmp_path) not in done.stdout, "matplotlib has found no reason to complain"
    assert done.stderr == ""


def test_no_lines_of_tensorflow() -> None:
    program = "from kws.train.tensorflow_setup import set_up_tensorflow; set_up_tensorflow(1)"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TF_")}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("", "")
