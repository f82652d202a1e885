# SPDX-License-Identifier: Apache-2.0
"""Real firmware behind a line that does everything a line can do: no clip lost, none wrong.

`python -m bench.link_faults` measures the same with many clips and real waits.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from kws.firmware.launch import host_firmware
from kws.link import client, exchange
from tests.support.bad_line import BadLine, Faults
from tests.support.line_session import Clips, send_clips

CLIPS = 8


@pytest.fixture(scope="module")
def clips() -> Clips:
    return Clips(CLIPS)


@pytest.fixture
def device(firmware: Path) -> Iterator[str]:
    with host_firmware(firmware, "--tcp", "0") as url:
        yield url


FAULTS = {
    "flips 1e-3": Faults(flip=1e-3),
    "flips 5e-3": Faults(flip=5e-3),
    "drops 5e-3": Faults(drop=5e-3),
    "doubles 5e-3": Faults(double=5e-3),
    "inserts 5e-3": Faults(insert=5e-3),
    "everything": Faults(flip=1e-3, drop=1e-3, double=1e-3, insert=1e-3, cut=0.01, lose=0.01),
    "cut": Faults(cut=0.05),
    "lost": Faults(lose=0.05),
    "log lines": Faults(log_lines=True),
    "boot noise": Faults(boot_noise_bytes=12),
    "burst 24": Faults(burst_bytes=24, at_frame=10),
    "burst 64 kB": Faults(burst_bytes=1 << 16, at_frame=10),
    "stall": Faults(stall_s=1.5, at_frame=10),
    "outages": Faults(outage_s=0.6, outages=2, at_frame=10),
}


@pytest.mark.parametrize("kind", ["pty", "tcp"])
@pytest.mark.parametrize("name", FAULTS)
def test_no_clip_is_lost_and_none_is_wrong(device: str, clips: Clips, name: str, kind: str) -> None:
    with BadLine(device, FAULTS[name], 3, kind) as line:
        session = send_clips(line, clips)
    assert session.failure == ""
    assert (session.answered, session.wrong, session.restarts) == (CLIPS, 0, 0)
    assert sum(line.done.values()) > line.done["frames"] > 4 * CLIPS  # something did go wrong
    assert session.outages == line.done["outages"]


def test_a_usb_port_comes_back_under_another_name(
    device: str, clips: Clips, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its serial number finds it, though another board now has the old name."""
    with BadLine(device, Faults(outage_s=0.6, at_frame=10)) as line:
        before = line.url

        def ports() -> list[ListPortInfo]:
            found = []
            for name in line.names():
                port = ListPortInfo(name)
                port.vid, port.pid, port.serial_number, port.location = 1, 2, "A1", "3-1:1.0"
                found.append(port)
            other = ListPortInfo(before)
            other.vid, other.pid, other.serial_number, other.location = 1, 2, "B2", "3-2:1.0"
            return [other, *found] if before not in line.names() else found

        monkeypatch.setattr(list_ports, "comports", ports)
        line.rename_after_outage("ttyACM1")
        session = send_clips(line, clips)
    assert session.failure == "" and (session.answered, session.wrong) == (CLIPS, 0)
    assert session.names[-1].endswith("ttyACM1")
    assert f"lost the connection to {before}" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["pty", "tcp"])
def test_a_dead_device_is_reported_and_its_answers_stay(
    device: str, clips: Clips, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "PATIENCE_S", 10.0)  # longer than a busy machine is silent
    with BadLine(device, Faults(dead=True, at_frame=20, after_clips=1), 0, kind) as line:
        session = send_clips(line, clips)
    assert "stopped answering" in session.failure and 0 < session.answered < CLIPS
    assert session.wrong == 0


@pytest.mark.parametrize("kind", ["pty", "tcp"])
def test_a_port_that_stays_away_is_reported(
    device: str, clips: Clips, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "OUTAGE_S", 1.0)
    with BadLine(device, Faults(outage_s=60, at_frame=20, after_clips=1), 0, kind) as line:
        session = send_clips(line, clips)
    assert "has not come back" in session.failure and 0 < session.answered < CLIPS


def test_another_device_that_comes_back_is_refused(
    device: str, clips: Clips, monkeypatch: pytest.MonkeyPatch
) -> None:
    hello = client.Device._hello

    def other(self: client.Device, patience_s: float) -> object:
        info = hello(self, patience_s)
        return info if self._opened is None else replace(info, model_hash="00" * 32)

    monkeypatch.setattr(client.Device, "_hello", other)
    with BadLine(device, Faults(outage_s=0.3, at_frame=20, after_clips=1)) as line:
        session = send_clips(line, clips)
    assert "another device answers than before" in session.failure and 0 < session.answered < CLIPS
