# SPDX-License-Identifier: Apache-2.0
"""`kws link-test`: what it says of a clean line and of bad ones."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kws.cli.main import app
from kws.firmware.launch import host_firmware
from kws.link import exchange, line_test
from kws.link.connect import connect
from kws.link.line_test import Direction, run_line_test
from kws_codegen.base.errors import KwsError
from tests.support.bad_line import BadLine, Faults


class ClipsAsTime:
    """In the place of the module `time`: each clip takes 50 ms, on any machine."""

    now_s = 0.0

    def monotonic(self) -> float:
        self.now_s += 0.05
        return self.now_s


@pytest.fixture(autouse=True)
def no_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_test, "time", ClipsAsTime())


@pytest.fixture
def device(firmware: Path) -> Iterator[str]:
    with host_firmware(firmware) as url:
        yield url


def test_a_clean_line(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "FIRST_TIMEOUT_S", 300.0)  # a busy machine repeats nothing
    result = CliRunner().invoke(app, ["link-test", "--port", device, "--seconds", "0.3"])
    assert result.exit_code == 0, result.output
    assert "The line to host is clean." in result.output
    assert result.output.count("fewer than 1 in ") == 2
    assert (
        "0 sent again (0.00%; 0 after silence)" in result.output
        and "kB/s of clips" in result.output
    )
    assert "the line's rate" not in result.output  # a pseudo-terminal has none


def test_a_bad_line(device: str) -> None:
    with BadLine(device, Faults(flip=1e-3), 1) as line:
        arguments = ["link-test", "--port", line.url, "--seconds", "1", "--baud", "115200"]
        result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1, result.output
    assert "is not clean" in result.output and "fewer than" not in result.output
    assert result.output.count("% of the line's rate)") == 2


@pytest.mark.parametrize("kind", ["pty", "tcp"])
def test_the_error_rate_is_that_of_the_line(device: str, kind: str) -> None:
    with BadLine(device, Faults(flip=1e-3), 1, kind) as line, connect(line.url) as session:
        test = run_line_test(session, 3.0)
    assert test.wrong_bytes == 0 and not test.is_clean
    ways = (test.to_device, test.from_device)
    assert all(way.damaged > 0 for way in ways)
    bad_bytes = sum(way.bad_byte_rate * way.bytes for way in ways)
    assert bad_bytes == pytest.approx(line.done["flips"], rel=0.3)  # several in a frame look as one
    assert test.counters.resends > 0


def test_an_outage_is_counted(device: str) -> None:
    faults = Faults(outage_s=0.3, at_frame=10)
    with BadLine(device, faults) as line, connect(line.url, returns=True) as session:
        test = run_line_test(session, 1.0)
    assert (test.outages, test.restarts, test.wrong_bytes) == (1, 0, 0) and not test.is_clean


def test_a_bad_byte_rate_without_bad_bytes_is_a_bound() -> None:
    assert Direction(10, 0, 3000).bad_byte_rate == pytest.approx(1e-3)
    assert Direction(100, 10, 10_000).bad_byte_rate == pytest.approx(1.05e-3, rel=0.01)
    assert Direction(10, 10, 1000).bad_byte_rate < 0.1  # all damaged: finite


def test_no_device() -> None:
    result = CliRunner().invoke(app, ["link-test", "--port", "/dev/no-such-port"])
    assert isinstance(result.exception, KwsError)
    assert "cannot open /dev/no-such-port" in str(result.exception)
