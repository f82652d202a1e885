# SPDX-License-Identifier: Apache-2.0
"""Emulators are started when their tools are there, say why they end, and are never left over."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kws.firmware import tools
from kws.firmware.boards import Board, find_board
from kws.firmware.cmake import build_firmware
from kws.firmware.launch import emulated
from kws.link.connect import connect
from kws.run.paths import RunPaths
from kws_codegen.base.errors import KwsError
from tests.support.board_tools import require_tools


@pytest.fixture(scope="module", params=["mps2_an386", "pico"])  # one for each emulator
def board(request: pytest.FixtureRequest) -> Board:
    board = find_board(request.param)
    require_tools(board)
    return board


@pytest.fixture(scope="module")
def firmware(run: RunPaths, board: Board) -> Path:
    """For tests of what happens around the firmware."""
    return build_firmware(run.generated, run.build(board.name), board.name)


def emulators_of(firmware: Path) -> list[int]:
    """Process numbers of the emulators that run this file, or the UF2 file beside it."""
    names = [str(firmware).encode(), str(firmware.with_suffix(".uf2")).encode()]
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                command = (process / "cmdline").read_bytes()
            except OSError:
                continue
            words = command.split(b"\0")
            if words[0].startswith((b"qemu-system", b"node")) and set(names) & set(words):
                found.append(int(process.name))
    return found


def gone(firmware: Path, within_s: float = 60.0) -> bool:
    deadline = time.monotonic() + within_s
    while emulators_of(firmware) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not emulators_of(firmware)


@pytest.mark.parametrize("error", [KwsError("wrong"), KeyboardInterrupt(), ValueError("bug")])
def test_emulator_ends_with_the_block(board: Board, firmware: Path, error: BaseException) -> None:
    with pytest.raises(type(error)), emulated(board, firmware) as url:
        with connect(url) as device:
            assert device.handshake().board == board.name
        assert len(emulators_of(firmware)) == 1
        raise error
    assert not emulators_of(firmware)


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_emulator_ends_with_its_parent(board: Board, firmware: Path, end: signal.Signals) -> None:
    program = (
        "import time; from pathlib import Path\n"
        "from kws.firmware.boards import find_board; from kws.firmware.launch import emulated\n"
        f"with emulated(find_board({board.name!r}), Path({str(firmware)!r})) as url:\n"
        "    print(url, flush=True); time.sleep(600)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert parent.stdout is not None
    assert parent.stdout.readline().startswith(b"socket://127.0.0.1:")
    while not emulators_of(firmware):
        time.sleep(0.05)
    os.kill(parent.pid, end)
    parent.wait(60)
    parent.stdout.close()
    assert gone(firmware)


def test_emulator_that_does_not_start_says_why(tmp_path: Path) -> None:
    require_tools(find_board("mps2_an386"))
    missing = tmp_path / "no.elf"
    with (
        pytest.raises(KwsError, match="ended by itself") as caught,
        emulated(find_board("mps2_an386"), missing) as url,
        connect(url) as device,
    ):
        device.handshake()
    assert "no.elf" in caught.value.message
    assert gone(missing)


def test_missing_emulator_names_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with (
        pytest.raises(KwsError, match="qemu-system-riscv32 is not installed") as caught,
        emulated(find_board("rv32"), tmp_path / "kws_firmware.elf"),
    ):
        pass
    assert "apt-get install qemu-system-misc" in caught.value.hint


def test_missing_npm_package_names_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tools, "_NPM_PREFIX", tmp_path)
    monkeypatch.delenv("NODE_PATH", raising=False)
    monkeypatch.setattr(tools.shutil, "which", lambda name: name)
    with (
        pytest.raises(KwsError, match="rp2040js is not installed") as caught,
        emulated(find_board("pico"), tmp_path / "kws_firmware.elf"),
    ):
        pass
    assert f"npm install --prefix {tmp_path} rp2040js@" in caught.value.hint


def test_host_has_no_emulator(tmp_path: Path) -> None:
    with (
        pytest.raises(KwsError, match="no emulator for host"),
        emulated(find_board("host"), tmp_path),
    ):
        pass


def test_missing_tools_are_listed_with_their_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("NODE_PATH", raising=False)
    monkeypatch.setattr(tools, "_NPM_PREFIX", tmp_path)
    tools.main()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(set(lines))
    assert "sudo apt-get install qemu-system-arm" in lines
    assert "sudo apt-get install gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf" in lines
    assert any(line.startswith(f"npm install --prefix {tmp_path} rp2040js@") for line in lines)
