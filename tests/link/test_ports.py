# SPDX-License-Identifier: Apache-2.0
"""`kws ports` and --baud auto: which ports answer, at which speed, and whose run it is."""

import itertools
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo
from typer.testing import CliRunner, Result

from kws.cli import options
from kws.cli.main import app
from kws.cli.options import baud_of
from kws.firmware.launch import host_firmware
from kws.link import client, connect, ports
from kws.link.connect import SerialTransport, has_baud_rate
from kws.link.framing import encode_frame
from kws.link.port_users import MOST_SHOWN, port_users
from kws.run.paths import RunPaths
from kws_codegen.base.errors import KwsError
from tests.support.rate_line import heard_at, rate_line

PATIENCE_S = 60.0


@pytest.fixture
def device(firmware: Path) -> Iterator[str]:
    with host_firmware(firmware) as url:
        yield url


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine: a device that is there is waited for."""
    monkeypatch.setattr(ports, "PROBE_S", PATIENCE_S)


def patient_at(monkeypatch: pytest.MonkeyPatch, baud: int) -> None:
    """As `patient`, at one speed alone."""
    hello = ports._hello

    def wait(transport: SerialTransport) -> object:
        monkeypatch.setattr(ports, "PROBE_S", PATIENCE_S if transport._baud == baud else 0.5)
        return hello(transport)

    monkeypatch.setattr(ports, "_hello", wait)


def kws(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["ports", *map(str, arguments)])


def listed(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    port = ListPortInfo(name)
    port.vid, port.pid, port.serial_number, port.description = 0x2E8A, 5, "A1B2", "Board"
    monkeypatch.setattr(list_ports, "comports", lambda: [port])


def test_a_device_its_usb_ids_and_its_run(
    device: str, run: RunPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed(monkeypatch, device)
    result = kws("--runs", run.root.parent)
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0] == f"{device}  2e8a:0005 A1B2  Board"
    assert lines[1].startswith("  kws firmware ") and " on host, static" in lines[1]
    assert lines[2].startswith("  model ") and lines[2].endswith(f"; fits {run.root}")


def test_a_device_of_no_run_here(device: str, tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "config.toml").write_text("[x\n")
    result = kws("--port", device, "--runs", tmp_path)
    assert result.exit_code == 0 and result.output.splitlines()[2].endswith("none of the runs here")


def test_listing_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    listed(monkeypatch, "/dev/no-such-port")
    assert kws("--list").output.splitlines() == ["/dev/no-such-port  2e8a:0005 A1B2  Board"]
    result = kws()
    assert result.exit_code == 1 and "cannot open /dev/no-such-port" in result.output


def test_no_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_ports, "comports", list)
    result = kws()
    assert result.exit_code == 1 and "no serial port: is the board plugged in" in result.stderr


@pytest.fixture
def has_rates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pseudo-terminals have a speed too, as those of rate_line() do."""
    for module in (ports, connect, options):
        monkeypatch.setattr(module, "has_baud_rate", lambda url: url is not None)
    monkeypatch.setattr(ports, "port_users", lambda _: [])


def test_bytes_at_another_rate_are_others() -> None:
    data = bytes(range(256))
    for sent, heard in itertools.permutations(ports.USUAL_BAUDS, 2):
        assert data not in heard_at(data, sent, heard)
        assert encode_frame(data)[1:-1] not in heard_at(encode_frame(data), sent, heard)
    assert heard_at(b"U\xff", 9600, 9600) == b"U\xff"


@pytest.mark.usefixtures("has_rates")
@pytest.mark.parametrize("baud", [115_200, 921_600, 230_400, 57_600])
def test_the_speed_of_a_device_is_found(
    device: str, run: RunPaths, baud: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Noise at the wrong speeds, in both directions, does not hide it."""
    patient_at(monkeypatch, baud)
    with rate_line(device, baud) as port:
        assert baud_of("auto", port) == baud
        found = kws("--port", port, "--runs", run.root.parent)
        assert found.exit_code == 0, found.output
        assert f"on host, static, {baud:,} baud" in found.output
        assert found.output.rstrip().endswith(f"; fits {run.root}")


@pytest.mark.usefixtures("has_rates")
def test_a_session_at_the_speed_that_was_found(
    device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient_at(monkeypatch, 115_200)
    with rate_line(device, 115_200) as port:
        arguments = ["link-test", "--port", port, "--seconds", "0.3", "--baud"]
        result = CliRunner().invoke(app, [*arguments, "auto"])
        assert result.exit_code == 0 and f"{port}: 115200 baud" in result.stderr
        monkeypatch.setattr(client, "HELLO_PATIENCE_S", 1.0)
        wrong = CliRunner().invoke(app, [*arguments, "57600"]).exception
        assert isinstance(wrong, KwsError) and "Is the baud rate right" in wrong.hint


@pytest.mark.usefixtures("has_rates")
def test_no_speed_answers(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "USUAL_BAUDS", (9600, 115_200))
    monkeypatch.setattr(ports, "PROBE_S", 0.5)
    with (
        rate_line(device, 230_400) as port,
        pytest.raises(KwsError, match=r"no kws firmware answers at .*9,600, 115,200"),
    ):
        ports.find_baud(port)


def test_a_port_in_use(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "has_baud_rate", lambda _: True)
    monkeypatch.setattr(ports, "port_users", lambda _: ["minicom (process 7)"])
    with pytest.raises(KwsError, match=r"is in use: minicom \(process 7\)"):
        ports.probe(device)


def test_who_uses_a_port(tmp_path: Path) -> None:
    """On one line each, and a few of them."""
    port = tmp_path / "port"
    port.touch()
    program = "import sys\nfile = open(sys.argv[1])\nprint('open', flush=True)\ninput()" + 99 * " "
    with ExitStack() as stack:
        for _ in range(MOST_SHOWN + 2):
            command = [sys.executable, "-c", program, str(port)]
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            process = stack.enter_context(subprocess.Popen(command, **pipes))
            stack.callback(process.kill)
            assert process.stdout is not None and process.stdout.readline() == b"open\n"
        users = port_users(str(port))
    assert len(users) == MOST_SHOWN + 1 and users[-1] == "2 more"
    assert all("\n" not in user and len(user) < 100 for user in users)
    assert "import sys file = open" in users[0] and "(process " in users[0]
    assert port_users("/dev/null") == [] == port_users(str(tmp_path / "none"))


@pytest.mark.parametrize("text", ["fast", "-1", "0", "1199", "9600.5", "\u0663" * 5, ""])
def test_speeds_that_are_none(text: str) -> None:
    with pytest.raises(KwsError, match="is no speed of a serial port"):
        baud_of(text, "/dev/x")


def test_speeds_in_numbers(device: str) -> None:
    assert baud_of(None, "/dev/x") is None and baud_of("115200", "/dev/x") == 115_200
    assert not has_baud_rate(device) and not has_baud_rate("socket://h:1")
    assert has_baud_rate("/dev/ttyACM0")
