# SPDX-License-Identifier: Apache-2.0
"""`kws ports` and --baud auto: which ports answer, at which speed, and whose run it is."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo
from typer.testing import CliRunner, Result

from kws.cli.main import app
from kws.cli.options import baud_of
from kws.firmware.launch import host_firmware
from kws.link import ports
from kws.link.client import Device
from kws.link.connect import SerialTransport, has_baud_rate
from kws.link.errors import NoAnswerError
from kws.run.paths import RunPaths
from kws_codegen.base.errors import KwsError
from kws_codegen.protocol.messages import DeviceInfo


@pytest.fixture
def device(firmware: Path) -> Iterator[str]:
    with host_firmware(firmware) as url:
        yield url


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
def answers_at(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A port has a speed, and what is there answers at 230,400 baud; the speeds tried."""
    tried: list[int] = []
    real = Device.handshake
    set_baud = SerialTransport.set_baud

    def note(self: SerialTransport, baud: int) -> None:
        tried.append(baud)
        set_baud(self, baud)

    def answer(self: Device, *_: object, **__: object) -> DeviceInfo:
        if tried[-1] != 230_400:
            raise NoAnswerError("no answer")
        return real(self)

    monkeypatch.setattr(ports, "has_baud_rate", lambda _: True)
    monkeypatch.setattr(ports, "port_users", lambda _: [])
    monkeypatch.setattr(SerialTransport, "set_baud", note)
    monkeypatch.setattr(Device, "handshake", answer)
    return tried


def test_the_usual_speeds_are_tried(device: str, answers_at: list[int]) -> None:
    assert baud_of("auto", device) == 230_400
    assert tuple(answers_at) == ports.USUAL_BAUDS[: len(answers_at)]


@pytest.mark.usefixtures("answers_at")
def test_no_speed_answers(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "USUAL_BAUDS", (9600, 115_200))
    with pytest.raises(KwsError, match=r"no kws firmware answers at .*9,600, 115,200"):
        ports.find_baud(device)


def test_a_port_in_use(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "has_baud_rate", lambda _: True)
    monkeypatch.setattr(ports, "port_users", lambda _: ["minicom (process 7)"])
    with pytest.raises(KwsError, match=r"is in use: minicom \(process 7\)"):
        ports.probe(device)


@pytest.mark.parametrize("text", ["fast", "-1", "0", "1199", "9600.5", "\u0663" * 5, ""])
def test_speeds_that_are_none(text: str) -> None:
    with pytest.raises(KwsError, match="is no speed of a serial port"):
        baud_of(text, "/dev/x")


def test_speeds_in_numbers(device: str) -> None:
    assert baud_of(None, "/dev/x") is None and baud_of("115200", "/dev/x") == 115_200
    assert not has_baud_rate(device) and not has_baud_rate("socket://h:1")
    assert has_baud_rate("/dev/ttyACM0")
