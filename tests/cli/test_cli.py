# SPDX-License-Identifier: Apache-2.0
"""The entry point: what a person sees who presses Ctrl-C."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.tiny_run import tiny_run


def test_interrupted_evaluation_says_so(tmp_path: Path) -> None:
    run = tiny_run(tmp_path)
    device, port = os.openpty()  # a device that never answers
    command = [sys.executable, "-m", "kws.cli.main", "evaluate", "--run", str(run.root)]
    kws = subprocess.Popen(
        [*command, "--port", os.ttyname(port)], stderr=subprocess.PIPE, text=True
    )
    try:
        ready, _, _ = select.select([device], [], [], 60)
        assert ready, "no request within a minute"
        kws.send_signal(signal.SIGINT)
        _, words = kws.communicate(timeout=30)
    finally:
        kws.kill()
        os.close(device)
        os.close(port)
    assert kws.returncode == 130
    assert "interrupted" in words
    assert "Traceback" not in words
