# SPDX-License-Identifier: Apache-2.0
"""An evaluation on the devices of two machines of a real Ray cluster, one of them killed."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from kws.cli.main import app
from kws.evaluate import ray_actor
from kws.evaluate.options import EvaluationOptions
from kws.evaluate.report import load_report
from kws.firmware.cmake import build_firmware
from kws.firmware.launch import host_firmware
from kws.run.paths import RunPaths
from kws_codegen.base.errors import KwsError
from tests.support.ray_cluster import WAIT_S, kill_machine, two_machines

if os.environ.get("CI") != "true":
    pytest.importorskip("ray", reason="ray is not installed")

CLIPS = 18  # of the split "all"


@contextmanager
def line_that_waits(url: str, passes: Callable[[], bool]) -> Iterator[str]:
    """A TCP port that leads to `url`; answers come through while `passes()`."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    near, _ = server.accept()
                    parts = urlsplit(url)
                    far = socket.create_connection((str(parts.hostname), parts.port or 0))
                    for ends in ((near, far, False), (far, near, True)):
                        threading.Thread(target=forward, args=ends, daemon=True).start()

        def forward(source: socket.socket, sink: socket.socket, may_wait: bool) -> None:
            with suppress(OSError):
                while data := source.recv(4096):
                    while may_wait and not passes() and not over.wait(0.02):
                        pass
                    sink.sendall(data)
            for end in (source, sink):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

        threading.Thread(target=serve, daemon=True).start()
        yield f"socket://127.0.0.1:{server.getsockname()[1]}"
        over.set()


@pytest.fixture(scope="module")
def urls(run: RunPaths) -> Iterator[list[str]]:
    firmware = build_firmware(run.generated, run.build("host"))
    with ExitStack() as stack:
        ports = [stack.enter_context(host_firmware(firmware, "--tcp", "0")) for _ in range(2)]
        lines: list[str] = []
        # The first lets the second one have a clip, and the second has no more than that.
        passes = (
            lambda: not _has_answers(run, lines[0]) or _has_answers(run, lines[1]),
            lambda: not _has_answers(run, lines[1]),
        )
        for port, may_pass in zip(ports, passes, strict=True):
            lines.append(stack.enter_context(line_that_waits(port, may_pass)))
        yield lines


@pytest.fixture(scope="module")
def cluster(urls: list[str]) -> Iterator[tuple[Any, list[Any]]]:
    """Two machines: each has one of the ports, and can start two of the host's firmware."""
    offered = [{f"kws_device:{url}": 1, "kws_device:host": 1} for url in urls]
    with two_machines(*offered) as made:
        yield made


@contextmanager
def evaluation(run: RunPaths, address: str, *options: object) -> Iterator["subprocess.Popen[str]"]:
    command = (
        *(sys.executable, "-m", "kws.cli.main", "evaluate", "--run", run.root, "--split", "all"),
        *("--input", "features", "--ray", address, *options),
    )
    process = subprocess.Popen(
        list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def test_a_name_that_no_machine_has_is_refused(
    run: RunPaths, cluster: tuple[Any, list[Any]]
) -> None:
    with evaluation(run, cluster[0].address, "--port", "/dev/ttyACM7") as process:
        _, messages = process.communicate(timeout=WAIT_S)
    assert process.returncode == 2, messages
    assert "error: no machine of the Ray cluster has kws_device:/dev/ttyACM7\n" in messages
    assert "It has: kws_device:host, kws_device:socket://" in messages


def test_firmware_is_started_on_each_machine(run: RunPaths, cluster: tuple[Any, list[Any]]) -> None:
    with evaluation(run, cluster[0].address) as process:
        output, messages = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0, output + messages
    report = load_report(run.evaluation / "host.json")
    name = f"{socket.gethostname()} host"
    assert [share.name for share in report.devices] == [f"{name} 1", f"{name} 2"]
    assert report.parity.identical == CLIPS


def test_a_machine_that_is_killed_costs_no_clip(
    run: RunPaths, cluster: tuple[Any, list[Any]], urls: list[str]
) -> None:
    """The last test of the file: the machine is gone."""
    ports = ("--port", urls[0], "--port", urls[1])
    with evaluation(run, cluster[0].address, *ports) as process:
        deadline = time.monotonic() + WAIT_S
        while not _has_answers(run, urls[1]):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        kill_machine(cluster[1][1])
        output, messages = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0, output + messages
    report = load_report(run.evaluation / "host-port.json")
    assert (report.clips, report.unanswered, report.parity.identical) == (CLIPS, 0, CLIPS)
    here, gone = (next(s for s in report.devices if s.name.endswith(url)) for url in urls)
    assert here.clips + gone.clips == CLIPS and gone.clips == 1
    assert here.failure == "" and f"lost {gone.name}: " in gone.failure
    assert f"warning: {gone.name} takes no more clips: lost {gone.name}" in messages
    assert "raylet" not in messages  # Ray's own words about it


def _has_answers(run: RunPaths, url: str) -> bool:
    with suppress(FileNotFoundError):  # when all is done
        for path in run.evaluation.glob(".unfinished-*"):
            return url in path.read_text(encoding="utf-8")
    return False


def test_options_reach_the_device_of_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    import ray

    from kws.evaluate.ray_devices import RemoteSession

    opened = []

    def refuse(*arguments: object) -> None:
        opened.append(arguments)
        raise KwsError("it is not plugged in")

    monkeypatch.setattr(ray_actor, "open_device", refuse)
    monkeypatch.setattr(ray, "get", lambda reply: reply)
    actor = SimpleNamespace(start=SimpleNamespace(remote=ray_actor.DeviceActor().start))
    options = EvaluationOptions(ports=("/dev/x",), bauds=(9600,), patience_s=7.0)
    with pytest.raises(KwsError, match="there /dev/x: it is not plugged in"):
        RemoteSession("there /dev/x", actor).start(None, options, "/dev/x")
    assert opened == [(None, "host", "/dev/x", 9600, None, 7.0)]


@pytest.mark.parametrize("address", ["auto", "127.0.0.1:1"])
def test_without_a_cluster(run: RunPaths, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import ray

    def none_found(**_: object) -> None:
        raise ConnectionError("Could not find any running Ray instance.")

    monkeypatch.setattr(ray, "init", none_found)
    options = ["evaluate", "--run", str(run.root), "--port", "x", "--ray", address]
    result = CliRunner().invoke(app, options)
    assert isinstance(result.exception, KwsError)
    assert result.exception.message.startswith(f"no Ray cluster at {address}: ")
    refused = "Connection refused" in result.exception.message
    assert refused == (address != "auto")


def test_without_ray_the_words_say_how_to_install_it(
    run: RunPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    for name in ("kws.cluster", "kws.evaluate.ray_devices"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    options = ["evaluate", "--run", str(run.root), "--port", "x", "--ray", "auto"]
    result = CliRunner().invoke(app, options)
    assert isinstance(result.exception, KwsError)
    assert result.exception.message == "Ray is not installed"
    assert "pip install 'mcu-kws[ray]'" in result.exception.hint


@pytest.mark.parametrize(
    ("options", "message"),
    [(["--ray", ""], "--ray is empty"), (["--ray", "auto", "--trace", "t"], "--trace writes on")],
)
def test_options_that_make_no_sense(run: RunPaths, options: list[str], message: str) -> None:
    result = CliRunner().invoke(app, ["evaluate", "--run", str(run.root), *options])
    assert isinstance(result.exception, KwsError)
    assert result.exception.message.startswith(message)
