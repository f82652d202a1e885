"""The entry point: what a person sees who presses Ctrl-C or mistypes."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from kws.build import build_firmware
from kws.paths import RunPaths
from tiny_run import tiny_run


def firmware_processes(run: RunPaths) -> list[str]:
    """Command lines of processes that run this run's firmware."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if str(run.root) in command and "kws_firmware" in command:
                found.append(command)
    return found


def test_interrupted_evaluation_says_so_and_leaves_no_process(tmp_path: Path) -> None:
    run = tiny_run(tmp_path)
    build_firmware(run.generated, run.build("host"), "host")
    command = [sys.executable, "-m", "kws.cli.main", "evaluate", "--run", str(run.root)]
    kws = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not firmware_processes(run) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert firmware_processes(run)
    kws.send_signal(signal.SIGINT)
    _, words = kws.communicate(timeout=30)
    assert kws.returncode == 130
    assert "interrupted" in words
    assert "Traceback" not in words
    assert not firmware_processes(run)
