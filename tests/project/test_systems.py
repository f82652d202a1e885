# SPDX-License-Identifier: Apache-2.0
"""Nothing that Linux and macOS alone have is needed to import kws: Windows is not hindered."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_POSIX_ALONE = ("fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty")


def test_no_module_depends_on_what_windows_lacks() -> None:
    needed = re.compile(rf"^(?:import|from) (?:{'|'.join(_POSIX_ALONE)})\b", re.MULTILINE)
    sources = [path for part in ("host", "codegen") for path in (ROOT / part).rglob("*.py")]
    assert len(sources) > 200
    assert [str(path) for path in sources if needed.search(path.read_text(encoding="utf-8"))] == []


def test_without_them_there_are_no_locks(tmp_path: Path) -> None:
    """As on a file system that has none: kws works, and does not say that it is alone."""
    program = f"""
import os, serial, signal, subprocess, sys
del os.openpty, signal.SIGALRM
sys.modules.update(dict.fromkeys({_POSIX_ALONE!r}))
from pathlib import Path
from kws.link.connect import connect  # noqa: F401
from kws.firmware.launch import _has_terminals
from kws.run.lock import run_lock
from kws_codegen.base.locks import locked
from kws.cli.main import main
with locked(Path({str(tmp_path)!r})) as alone:
    assert not alone
with run_lock(Path({str(tmp_path / "run")!r})):
    assert not _has_terminals()
sys.argv = ["kws", "boards"]
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "mps2_an386" in done.stdout
