# SPDX-License-Identifier: Apache-2.0
"""A machine without pseudo-terminals: the firmware of this computer listens on TCP by itself."""

import os
from pathlib import Path
from typing import NoReturn

import pytest

from kws.firmware.cmake import build_firmware
from kws.firmware.launch import host_firmware
from kws.link.connect import connect
from kws_codegen.base.errors import KwsError
from tests.support.tiny_run import tiny_run


@pytest.fixture(scope="module")
def firmware(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tiny_run(tmp_path_factory.mktemp("terminals"))
    return build_firmware(run.generated, run.build("host"))


def test_tcp_without_pseudo_terminals(
    firmware: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def none() -> NoReturn:
        raise OSError("out of pty devices")

    monkeypatch.setattr(os, "openpty", none)
    with host_firmware(firmware) as url, connect(url) as device:
        assert url.startswith("socket://127.0.0.1:")
        assert device.handshake().board == "host"
    assert "there are no pseudo-terminals here" in capsys.readouterr().err


def test_pseudo_terminal_where_there_are(firmware: Path) -> None:
    with host_firmware(firmware) as url:
        assert url.startswith("/dev/")


def test_program_that_opens_no_port_is_told(tmp_path: Path) -> None:
    program = tmp_path / "kws_firmware"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    with pytest.raises(KwsError, match="ended with status 3"), host_firmware(program):
        pass
