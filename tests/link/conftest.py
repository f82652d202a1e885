# SPDX-License-Identifier: Apache-2.0
"""The x86 firmware of a tiny run, sanitizers on, built once; waits for fake devices."""

from pathlib import Path

import pytest

from kws.firmware.cmake import build_firmware
from kws.link import client, exchange
from kws.run.paths import RunPaths
from tests.support.fake_device import CLOCK
from tests.support.tiny_run import tiny_run


@pytest.fixture(scope="package")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunPaths:
    return tiny_run(tmp_path_factory.mktemp("firmware"))


@pytest.fixture(scope="package")
def firmware(run: RunPaths) -> Path:
    return build_firmware(run.generated, run.build("host"), sanitize=True)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The device is a fake: time-outs are short, and its clock is the only one."""
    monkeypatch.setattr(exchange, "time", CLOCK)
    monkeypatch.setattr(exchange, "FIRST_TIMEOUT_S", 0.02)
    monkeypatch.setattr(exchange, "LONGEST_TIMEOUT_S", 0.02)
    monkeypatch.setattr(exchange, "QUIET_S", 0.002)


@pytest.fixture
def gives_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "PATIENCE_S", 0.2)
    monkeypatch.setattr(exchange, "NOTICE_S", 0.1)
    monkeypatch.setattr(client, "HELLO_PATIENCE_S", 0.2)
