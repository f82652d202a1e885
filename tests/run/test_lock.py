# SPDX-License-Identifier: Apache-2.0
"""One command at a time in a run folder and at a serial port; no process outlives its parent."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kws.link.connect import connect
from kws.link.port_users import port_users
from kws.run.lock import FOLDER, run_lock
from kws_codegen.base.errors import KwsError
from kws_codegen.base.processes import worker_pool
from tests.support.processes import children, gone
from tests.support.tiny_run import tiny_run


@contextmanager
def process(code: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A Python process that runs `code` and says "ready"."""
    command = [sys.executable, "-c", code, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        try:
            assert started.stdout.readline() == "ready\n"
            yield started
        finally:
            started.kill()


HOLD = """
import sys, time
from pathlib import Path
from kws.run.lock import run_lock
with run_lock(Path(sys.argv[-2]), sys.argv[-1]):
    print("ready", flush=True)
    time.sleep(600)
"""
OPEN = """
import sys, time
from kws.link.connect import connect
with connect(sys.argv[1]):
    print("ready", flush=True)
    time.sleep(600)
"""


def held(root: Path, step: str) -> str:
    """Take the lock, give it back; "" or what is wrong."""
    try:
        with run_lock(root, step):
            return ""
    except KwsError as error:
        return error.message


@pytest.mark.parametrize(
    ("first", "second", "refused"),
    [
        ("train", "generate", True),
        ("train", "build host", True),
        ("evaluate host", "train", True),
        ("evaluate host", "evaluate host into /elsewhere", True),
        ("evaluate host", "build host", True),
        ("evaluate host", "evaluate rv32", False),
    ],
)
def test_second_command_is_told_who_is_at_work(
    tmp_path: Path, first: str, second: str, refused: bool
) -> None:
    with process(HOLD, "train", "--run", str(tmp_path), first) as other:
        said = held(tmp_path, second)
        if refused:
            assert f"{tmp_path} is in use: kws train --run" in said
            assert f"(process {other.pid}, since " in said
        else:
            assert said == ""
    assert held(tmp_path, second) == ""  # the lock ends with its process


def test_a_process_is_not_in_its_own_way(tmp_path: Path) -> None:
    with run_lock(tmp_path), run_lock(tmp_path, "train"), run_lock(tmp_path, "build host"):
        assert held(tmp_path, "evaluate host") == ""
    assert {path.name for path in (tmp_path / FOLDER).iterdir()} == {"run", "host"}


def test_command_line_refuses_a_run_in_use(tmp_path: Path) -> None:
    run = tiny_run(tmp_path)
    with process(HOLD, str(run.root), "train"):
        done = subprocess.run(
            [sys.executable, "-m", "kws.cli.main", "generate", "--run", str(run.root)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2 and "is in use: kws" in done.stderr


def test_port_in_use_names_the_program() -> None:
    controller, port = pty.openpty()
    name = os.ttyname(port)
    with process(OPEN, name) as other:
        (user,) = port_users(name)
        assert "\n" not in user and len(user) < 100
        with pytest.raises(KwsError) as caught, connect(name):
            pass
    assert f"cannot open {name}" in caught.value.message
    assert f"{sys.executable} -c" in caught.value.hint
    assert f"(process {other.pid})" in caught.value.hint
    with connect(name):  # free again
        pass
    os.close(controller)
    os.close(port)


POOL = r"""
import os, time
from kws_codegen.base.processes import worker_pool

def work(number):
    os.write(1, b"at work\n")
    time.sleep(600)

if __name__ == "__main__":
    with worker_pool(2) as pool:
        list(pool.map(work, range(40)))
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_workers_end_with_their_parent(tmp_path: Path, end: signal.Signals) -> None:
    program = tmp_path / "pool.py"
    program.write_text(POOL)
    started = subprocess.Popen(
        [sys.executable, program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert started.stdout is not None
    assert [started.stdout.readline() for _ in range(2)] == ["at work\n"] * 2
    workers = children(started.pid)
    assert len(workers) >= 2
    started.send_signal(end)
    started.wait(timeout=60)
    assert gone(workers)


def test_workers_prepare_once_and_give_their_results() -> None:
    with worker_pool(2, os.putenv, ("KWS_TEST", "1")) as pool:
        assert list(pool.map(abs, range(-3, 3))) == [3, 2, 1, 0, 1, 2]
