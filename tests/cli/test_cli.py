# SPDX-License-Identifier: Apache-2.0
"""The entry point: what a person sees who presses Ctrl-C, and that nothing is left running."""

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from tests.support.processes import children, gone
from tests.support.static_model_check import Chain
from tests.support.tiny_run import tiny_run


def test_interrupted_evaluation_says_so(tmp_path: Path) -> None:
    run = tiny_run(tmp_path)
    device, port = os.openpty()  # a device that never answers
    command = [sys.executable, "-m", "kws.cli.main", "evaluate", "--run", str(run.root)]
    kws = subprocess.Popen(
        [*command, "--port", os.ttyname(port)], stderr=subprocess.PIPE, text=True
    )
    try:
        ready, _, _ = select.select([device], [], [], 600)
        assert ready, "no request within ten minutes"
        kws.send_signal(signal.SIGINT)
        _, words = kws.communicate(timeout=600)
    finally:
        kws.kill()
        os.close(device)
        os.close(port)
    assert kws.returncode == 130
    assert "interrupted" in words
    assert "Traceback" not in words


def test_interrupted_verification_leaves_no_worker(tmp_path: Path) -> None:
    """Minutes of work for the worker processes, of which Ctrl-C waits for none."""
    # Another model each time: the answers of a known one lie in the cache.
    chain = Chain(np.random.default_rng(time.time_ns()), (1, 49, 40, 1), 0.05)
    chain.conv_2d(64, (3, 3))
    (tmp_path / "model.tflite").write_bytes(chain.build())
    command = [sys.executable, "-m", "kws.cli.main", "verify", "--inputs", "5000", "--model"]
    kws = subprocess.Popen(
        [*command, str(tmp_path / "model.tflite")], stderr=subprocess.PIPE, text=True
    )
    try:
        deadline = time.monotonic() + 600
        while len(workers := children(kws.pid)) < 3:  # two workers, and who tracks them
            assert kws.poll() is None and time.monotonic() < deadline
            time.sleep(0.1)
        kws.send_signal(signal.SIGINT)
        _, words = kws.communicate(timeout=600)
        assert gone(workers)
    finally:
        kws.kill()
    assert kws.returncode == 130
    assert "interrupted" in words
    assert "Traceback" not in words


def test_interrupted_while_it_is_loaded() -> None:
    program = """
import sys

class Interrupted:
    def find_spec(self, name, *_):
        if name == "kws.cli.main":
            raise KeyboardInterrupt

from kws.cli.entry import main
sys.meta_path.insert(0, Interrupted())
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (130, "")
