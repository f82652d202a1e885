# SPDX-License-Identifier: Apache-2.0
"""Traces as pcap files: what is in them, and how `kws trace show` says it."""

import io
import os
import struct
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from kws.cli.main import app
from kws.link.capture import Kind, read_capture
from kws.link.client import Device
from kws.link.trace import Trace, open_trace
from kws.link.trace_view import trace_lines
from kws_codegen.base.errors import KwsError
from kws_codegen.protocol.messages import ClipKind
from tests.support.fake_device import NAK, EveryOther, FakeDevice

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    """Of a clip whose first answers are damaged."""
    path = tmp_path / "packets.pcap"
    with open_trace(path) as file:
        session = Device(FakeDevice(EveryOther(lambda frame: frame[:4] + b"\0" + NAK)), Trace(file))
        session.handshake()
        session.classify(ClipKind.AUDIO, b"abcd" * 4)
    return path


def test_packets_in_words(trace: Path) -> None:
    lines = [line.split(" ", 1)[1] for line in map(str.strip, trace_lines(read_capture(trace)))]
    assert lines[0] == "> HELLO #1 version=1"
    assert lines[1].startswith("< damaged, 3 bytes: ")
    assert lines[2] == "< NAK: a frame arrived damaged (only in a NAK)"
    assert lines[3] == "> HELLO #1 version=1 (resend 1)"
    assert lines[4].startswith("< HELLO #1 OK protocol_version=1 format_version=")
    assert "> CLIP_BEGIN #2 kind=0 total_bytes=16" in lines
    assert "> CLIP_DATA #3 offset=0 data=61 62 63 64 61 62 63 64... (16 bytes)" in lines
    assert "< RESULT #4 OK best=3 classes=12" in lines[-1]
    assert "scores=[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]" in lines[-1]


def test_the_command_prints_them(trace: Path) -> None:
    shown = CliRunner().invoke(app, ["trace", "show", str(trace)])
    assert shown.exit_code == 0
    assert shown.output.splitlines() == list(trace_lines(read_capture(trace)))


def test_a_terminal_gets_lines_that_fit(trace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = io.StringIO()
    terminal = Console(file=printed, force_terminal=True, width=80, highlight=False)
    monkeypatch.setattr("kws.cli.trace.console", terminal)
    assert CliRunner().invoke(app, ["trace", "show", str(trace)]).exit_code == 0
    lines = printed.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    words = " ".join(trace_lines(read_capture(trace))).split()
    assert "\n".join(lines).split() == words
    assert any(line.startswith(13 * " ") for line in lines)


def test_the_file_is_pcap(trace: Path) -> None:
    data = trace.read_bytes()
    magic, major, minor, _, _, _, link_type = struct.unpack("<IHHiIII", data[:24])
    assert (magic, major, minor, link_type) == (0xA1B2C3D4, 2, 4, 147)
    seconds, microseconds, kept, whole = struct.unpack("<IIII", data[24:40])
    assert seconds > 1_700_000_000 and microseconds < 1_000_000 and kept == whole
    assert data[40 : 40 + kept] == bytes([Kind.SENT, 0, 1, 1, 1])


def test_a_trace_that_was_cut_shows_what_is_whole(trace: Path) -> None:
    records = list(read_capture(trace))
    trace.write_bytes(trace.read_bytes()[:-3])
    assert list(read_capture(trace)) == records[:-1]


@pytest.mark.parametrize("content", [b"", b"text", b"0.1 > HELLO #1 01 01 01\n" * 3])
def test_what_is_no_trace_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(content)
    with pytest.raises(KwsError, match="is no trace in pcap format"):
        list(read_capture(path))
    with pytest.raises(KwsError, match=r"cannot read .*nowhere: No such file"):
        list(read_capture(tmp_path / "nowhere"))
    os.mkfifo(tmp_path / "pipe")
    for endless in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(KwsError, match=r"cannot read .*: not a file"):
            list(read_capture(endless))


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        (Kind.SENT, b"", "EMPTY: "),
        (Kind.SENT, b"\x55\x07ab", "0x55 #7 61 62"),
        (Kind.RECEIVED, b"\x83\x07\x04", "CLIP_DATA #7 BAD_STATE: the command does not fit"),
        (Kind.RECEIVED, b"\x83\x07\x00abc", "CLIP_DATA: the device broke the protocol"),
        (Kind.NOTE, "\u00e9\x1b".encode(), "- \u00e9"),
    ],
)
def test_odd_packets(tmp_path: Path, kind: Kind, content: bytes, words: str) -> None:
    from kws.link.capture import write_header, write_record

    path = tmp_path / "odd.pcap"
    with path.open("wb") as file:
        write_header(file)
        write_record(file, kind, content)
    (line,) = trace_lines(read_capture(path))
    assert words in line


def test_a_full_disk_ends_the_trace_and_not_the_session(capsys: pytest.CaptureFixture[str]) -> None:
    with Path("/dev/full").open("wb", buffering=0) as file:
        session = Device(FakeDevice(), Trace(file))  # type: ignore[arg-type]
        assert session.handshake().classes == 12
    assert capsys.readouterr().err.count("the trace ends here") == 1
