# SPDX-License-Identifier: Apache-2.0
"""Several devices share the clips of one evaluation, and one may die."""

import csv
import itertools
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from kws.cli.main import app
from kws.evaluate import device_run
from kws.evaluate.clip_queue import ClipQueue
from kws.evaluate.report import EvaluationReport, load_report
from kws.firmware.boards import find_board
from kws.firmware.cmake import build_firmware
from kws.firmware.launch import host_firmware
from kws.link.client import Device
from kws.link.errors import ClipLostError
from kws.run.paths import RunPaths
from kws.run.pipeline import Pipeline
from kws_codegen.base.errors import KwsError
from kws_codegen.protocol.messages import ClipKind, ClipResult
from tests.support.board_tools import require_tools
from tests.support.processes import children, gone
from tests.support.tiny_run import CONFIG, tiny_model, tiny_run, write_model

CLIPS = 18  # of the split "all"
WAIT_S = 300.0  # a busy machine


@pytest.fixture(scope="module")
def firmware(run: RunPaths) -> Path:
    return build_firmware(run.generated, run.build("host"))


@pytest.fixture(scope="module")
def urls(firmware: Path) -> Iterator[list[str]]:
    with ExitStack() as stack:
        yield [stack.enter_context(host_firmware(firmware)) for _ in range(3)]


def kws(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def at_ports(run: RunPaths, urls: list[str], out: Path, *options: object) -> Result:
    ports = [word for url in urls for word in ("--port", url)]
    return kws("evaluate", "--run", run.root, "--split", "all", "--out", out, *ports, *options)


def report(folder: Path, target: str = "host-port") -> EvaluationReport:
    return load_report(folder / f"{target}.json")


class Behaviour:
    """What Device.classify does at each port, instead of the real thing.

    Which device is quicker is said by what each waits for before it answers.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.dies_after: dict[str, int] = {}
        self.waits: dict[str, Callable[[], bool]] = {}
        self.faults_on: dict[str, set[bytes]] = {}
        self.wrong: set[str] = set()
        self.sent: list[tuple[str, bytes]] = []
        self.dead: set[str] = set()
        self._changed = threading.Condition()
        exact = Device.classify

        def classify(device: Device, kind: ClipKind, clip: bytes) -> ClipResult:
            port = device.port
            with self._changed:
                assert self._changed.wait_for(self.waits.get(port, lambda: True), WAIT_S)
            if self.count(port) == self.dies_after.get(port):
                self._tell(lambda: self.dead.add(port))
                raise KwsError(f"the device at {port} was unplugged", "Plug it in.")
            if clip in self.faults_on.get(port, ()):
                raise ClipLostError()
            self._tell(lambda: self.sent.append((port, clip)))
            result = exact(device, kind, clip)
            if port in self.wrong:
                result = replace(result, scores=(result.scores[0] ^ 1, *result.scores[1:]))
            return result

        def classify_all(
            device: Device, kind: ClipKind, clips: Iterable[bytes]
        ) -> Iterator[ClipResult]:
            source, taken = iter(clips), deque[bytes]()
            while True:
                taken.extend(itertools.islice(source, 2 - len(taken)))  # one ahead
                if not taken:
                    return
                yield classify(device, kind, taken[0])
                taken.popleft()

        monkeypatch.setattr(Device, "classify", classify)
        monkeypatch.setattr(Device, "classify_all", classify_all)

    def count(self, port: str) -> int:
        """How many clips a device has answered."""
        return sum(name == port for name, _ in self.sent)

    def _tell(self, change: Callable[[], object]) -> None:
        with self._changed:
            change()
            self._changed.notify_all()


@pytest.fixture(params=["one at a time", "sent ahead"])
def timed_clips(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "sent ahead":
        monkeypatch.setattr(device_run, "TIMED_CLIPS", 2)


@pytest.fixture
def behaviour(monkeypatch: pytest.MonkeyPatch) -> Behaviour:
    return Behaviour(monkeypatch)


@pytest.mark.usefixtures("timed_clips")
@pytest.mark.parametrize("kind", ["audio", "features"])
def test_one_report_with_the_share_of_each(
    run: RunPaths, urls: list[str], tmp_path: Path, behaviour: Behaviour, kind: str
) -> None:
    count, (first, second) = behaviour.count, urls[:2]
    behaviour.waits = {  # the second has its share, and is the slower one
        first: lambda: count(first) < 12 or count(second) >= 1,
        second: lambda: count(second) < 1 or count(first) >= 12,
    }
    result = at_ports(run, urls[:2], tmp_path, "--input", kind)
    assert result.exit_code == 0, result.output
    values = report(tmp_path)
    assert (values.clips, values.parity.identical, values.ports) == (CLIPS, CLIPS, tuple(urls[:2]))
    assert sorted(set(behaviour.sent)) == sorted(behaviour.sent)  # none twice
    fast, slow = values.devices
    assert (fast.name, slow.name) == (urls[0], urls[1])
    assert fast.clips > slow.clips > 0 and fast.clips + slow.clips == CLIPS
    text = (tmp_path / "latest" / "report.md").read_text(encoding="utf-8")
    assert f"| {fast.clips} |" in text and "| device | clips |" in text
    assert all(url in result.stdout for url in urls[:2])
    rows = list(csv.DictReader((tmp_path / "latest" / "clips.csv").open(encoding="utf-8")))
    assert [row["device"] for row in rows].count(urls[0]) == fast.clips
    alone = at_ports(run, urls[2:], tmp_path / "alone", "--input", kind)
    assert alone.exit_code == 0 and "differing" not in alone.stdout  # no table for one
    lone = csv.DictReader((tmp_path / "alone" / "latest" / "clips.csv").open(encoding="utf-8"))
    for one, shared in zip(lone, rows, strict=True):  # the same order, too
        same = {key for key in one if key != "device" and not key.endswith("_ns")}
        assert {key: one[key] for key in same} == {key: shared[key] for key in same}


@pytest.mark.usefixtures("timed_clips")
@pytest.mark.parametrize("dies_after", [0, 3])
def test_one_dies_and_the_others_take_its_clips(
    run: RunPaths, urls: list[str], tmp_path: Path, behaviour: Behaviour, dies_after: int
) -> None:
    behaviour.dies_after = {urls[1]: dies_after}
    for url in (urls[0], urls[2]):  # they leave it enough to die on
        behaviour.waits[url] = lambda url=url: behaviour.count(url) < 3 or urls[1] in behaviour.dead
    result = at_ports(run, urls, tmp_path)
    assert result.exit_code == 0, result.output
    assert f"{urls[1]} takes no more clips: the device at {urls[1]} was unplugged" in result.stderr
    values = report(tmp_path)
    assert (values.clips, values.unanswered, values.failure) == (CLIPS, 0, "")
    assert values.devices[1].clips == dies_after and "unplugged" in values.devices[1].failure
    text = (tmp_path / "latest" / "report.md").read_text(encoding="utf-8")
    assert f"{urls[1]} stopped, others took its clips: " in text
    assert f"{urls[1]} stopped, others took its clips: " in result.stderr


@pytest.mark.usefixtures("timed_clips")
def test_all_die_and_a_part_of_them_goes_on(
    run: RunPaths, urls: list[str], tmp_path: Path, behaviour: Behaviour
) -> None:
    behaviour.dies_after = {urls[0]: 2, urls[1]: 4}
    result = at_ports(run, urls[:2], tmp_path)
    assert result.exit_code == 1
    values = report(tmp_path)
    assert (values.clips, values.unanswered) == (6, CLIPS - 6)
    assert f"{urls[0]}: the device at {urls[0]} was unplugged" in values.failure
    behaviour.dies_after = {}
    behaviour.sent.clear()
    again = at_ports(run, urls[2:], tmp_path)
    assert again.exit_code == 0, again.output
    assert f"going on after 6 of {CLIPS} clips" in again.stderr
    assert len(behaviour.sent) == CLIPS - 6
    shares = {share.name: share.clips for share in report(tmp_path).devices}
    assert shares == {urls[2]: CLIPS - 6, urls[0]: 2, urls[1]: 4}
    assert report(tmp_path).link.taken_over == 6


def test_a_device_that_is_wrong_is_seen_in_its_share(
    run: RunPaths, urls: list[str], tmp_path: Path, behaviour: Behaviour
) -> None:
    behaviour.wrong = {urls[1]}
    behaviour.waits[urls[0]] = lambda: behaviour.count(urls[0]) < 3 or behaviour.count(urls[1]) > 0
    assert at_ports(run, urls[:2], tmp_path).exit_code == 1
    good, bad = report(tmp_path).devices
    assert good.differing == 0 and bad.differing == bad.clips > 0
    assert len(report(tmp_path).parity.differences) == bad.clips


@pytest.mark.usefixtures("timed_clips")
def test_a_clip_on_which_one_device_faults_goes_to_another(
    run: RunPaths, urls: list[str], tmp_path: Path, behaviour: Behaviour
) -> None:
    at_ports(run, urls[:1], tmp_path / "first")
    clips = [clip for _, clip in behaviour.sent]
    # The first two fault on one device, the last one everywhere.
    behaviour.faults_on = {urls[0]: {*clips[:2], clips[9]}, urls[1]: {clips[9]}}
    answered = len(clips)
    behaviour.waits[urls[1]] = lambda: behaviour.count(urls[0]) > answered  # never three in a row
    assert at_ports(run, urls[:2], tmp_path / "second").exit_code == 1
    values = report(tmp_path / "second")
    assert (values.clips, values.failure, len(values.faulting_clips)) == (CLIPS - 1, "", 1)


def test_devices_that_are_not_alike_are_refused(
    run: RunPaths, urls: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tiny_run(tmp_path / "other")
    write_model(other, CONFIG, tiny_model(seed=9))
    pipeline = Pipeline.open(other.root)
    pipeline.generate()
    with host_firmware(pipeline.firmware()) as url:
        result = at_ports(run, [urls[0], url], tmp_path)
    assert isinstance(result.exception, KwsError)
    assert result.exception.message.startswith(f"{url}: the firmware on host was built from")
    exact = Device.handshake

    def other_version(device: Device, *arguments: object) -> object:
        info = exact(device, *arguments)  # type: ignore[arg-type]
        return replace(info, firmware_version="9.9") if device.port == urls[1] else info

    monkeypatch.setattr(Device, "handshake", other_version)
    result = at_ports(run, urls[:2], tmp_path)
    assert isinstance(result.exception, KwsError)
    assert result.exception.message.startswith(
        f"{urls[1]} and {urls[0]} are not alike: firmware_version 9.9 and "
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--port", "x", "--port", "x"], "--port x is named twice"),
        (["--port", "x", "--jobs", "2"], "--jobs starts boards here, and --port names devices"),
        (["--port", "x", "--port", ""], "--port is empty"),
    ],
)
def test_options_that_make_no_sense(run: RunPaths, options: list[str], message: str) -> None:
    result = kws("evaluate", "--run", run.root, *options)
    assert isinstance(result.exception, KwsError)
    assert result.exception.message.startswith(message)


def test_jobs_start_boards_that_share_the_clips_and_agree_on_the_profile(
    run: RunPaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_tools(find_board("mps2_an386"))
    exact = Device.profile
    options = ("--board", "mps2_an386", "--jobs", 2, "--limit", 4, "--profile", "--input",
               "features", "--trace", tmp_path / "packets.txt")  # fmt: skip
    result = kws("evaluate", "--run", run.root, "--split", "all", *options)
    assert result.exit_code == 0, result.output
    values = report(run.evaluation, "mps2_an386-profile")
    assert [share.name for share in values.devices] == ["mps2_an386 1", "mps2_an386 2"]
    assert (values.parity.identical, values.profile_differences) == (4, ())
    assert len(values.profile) == 5 and values.memory.stack_peak_bytes
    assert (tmp_path / "packets-1.txt").is_file() and (tmp_path / "packets-2.txt").is_file()

    def lies(device: Device) -> list[int]:
        times = exact(device)
        seen.append(1)
        return [times[0] + len(seen), *times[1:]]

    seen: list[int] = []
    monkeypatch.setattr(Device, "profile", lies)
    result = kws("evaluate", "--run", run.root, "--split", "all", *options)
    (difference,) = report(run.evaluation, "mps2_an386-profile").profile_differences
    assert difference.startswith("mps2_an386 2 counts otherwise than mps2_an386 1: operator 0: ")
    assert difference in result.stderr


def test_unexpected_fault_of_a_thread_is_not_swallowed(
    run: RunPaths, urls: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bug(*_: object) -> ClipResult:
        raise ZeroDivisionError

    monkeypatch.setattr(Device, "classify", bug)
    assert isinstance(at_ports(run, urls[:2], tmp_path).exception, ZeroDivisionError)


def test_ctrl_c_stops_all_and_the_next_one_goes_on(run: RunPaths, tmp_path: Path) -> None:
    program = tmp_path / "slow.py"
    program.write_text(
        "import time\n"
        "from kws.cli.main import main\n"
        "from kws.link.client import Device\n"
        "exact, answered = Device.classify, []\n"
        "def slow(self, kind, clip):\n"
        "    if answered:\n"
        "        time.sleep(600)\n"
        "    answered.append(clip)\n"
        "    return exact(self, kind, clip)\n"
        "Device.classify = slow\n"
        "main()\n"
    )
    options = ("evaluate", "--run", run.root, "--split", "all", "--jobs", "2", "--force")
    process = subprocess.Popen(
        [sys.executable, program, *options], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + WAIT_S
    while not (found := list(run.evaluation.glob(".unfinished-*"))) or not found[0].read_bytes():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    devices = children(process.pid)
    process.send_signal(signal.SIGINT)
    _, messages = process.communicate(timeout=WAIT_S)
    assert process.returncode == 130
    assert b"interrupted" in messages and b"Traceback" not in messages
    assert len(devices) == 2 and gone(devices)
    again = kws("evaluate", "--run", run.root, "--split", "all", "--jobs", 3)
    assert again.exit_code == 0 and "going on after " in again.stderr
    assert report(run.evaluation, "host").clips == CLIPS


def test_queue_waits_for_clips_that_may_come_back() -> None:
    queue = ClipQueue(1, devices=2)
    assert queue.take(0) == 0
    got: list[int | None] = []
    waiting = threading.Thread(target=lambda: got.append(queue.take(1)))
    waiting.start()
    time.sleep(0.05)
    assert got == []
    queue.leave(0)
    waiting.join(WAIT_S)
    assert got == [0]
    queue.answered(1)
    assert queue.take(1) is None and queue.faulty == []


@pytest.mark.usefixtures("timed_clips")
def test_real_devices_at_the_rate_of_their_lines(
    run: RunPaths, urls: list[str], tmp_path: Path
) -> None:
    result = at_ports(run, urls, tmp_path)
    assert result.exit_code == 0, result.output
    assert report(tmp_path).parity.identical == CLIPS
    assert sum(share.clips for share in report(tmp_path).devices) == CLIPS


def test_queue_with_clips_sent_ahead() -> None:
    queue = ClipQueue(5, devices=2)
    assert [queue.take(0), queue.take(0), queue.take(1)] == [0, 1, 2]
    queue.faulted(0)  # on 0; 1 was sent for nothing
    assert [queue.take(0), queue.take(0)] == [1, 3]
    queue.answered(0)
    queue.leave(0)
    queue.answered(1)
    got = [queue.take(1, wait=False) for _ in range(4)]
    assert got == [4, 0, 3, None]
    for _ in range(3):
        queue.answered(1)
    assert queue.take(1) is None and queue.faulty == []


def test_queue_gives_a_clip_that_faults_to_one_more_device() -> None:
    queue = ClipQueue(2, devices=3)
    assert queue.take(0) == 0
    queue.faulted(0)
    assert queue.take(0) == 1  # not the same again
    assert queue.take(1) == 0
    queue.faulted(1)
    queue.answered(0)
    assert queue.take(2) is None  # two are enough
    assert queue.faulty == [0]
