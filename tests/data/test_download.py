# SPDX-License-Identifier: Apache-2.0
"""`kws data download` against a local HTTP server that breaks, resumes, lies and refuses."""

import hashlib
import io
import socket
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from kws.cli.data import data_app
from kws.data import download as module
from kws.data.download import ARCHIVES, Archive, download
from kws_codegen.base.errors import KwsError

NAME = "speech_commands_v0.02"
FILE = "speech_commands_v0.02.tar.gz"


def packed(members: dict[str, bytes], link: str = "") -> bytes:
    """A .tar.gz of files, and of a symbolic link `link` to /etc/passwd if named."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        if link:
            info = tarfile.TarInfo(link)
            info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            tar.addfile(info)
    return stream.getvalue()


RECORDING = np.random.default_rng(0).bytes(300_000)
CONTENT = packed({"./yes/a_nohash_0.wav": RECORDING, "./testing_list.txt": b"yes/b\n"})


@dataclass
class Site:
    """What the server sends, and what it was asked."""

    content: bytes = CONTENT
    status: int = 200
    break_after: list[int] = field(default_factory=list)  # bytes sent by the first answers
    ranges: bool = True
    asked: list[str] = field(default_factory=list)  # Range headers
    url: str = ""


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    state = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            state.asked.append(wanted)
            first = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
            if state.status != 200:
                self.send_error(state.status)
                return
            if wanted and state.ranges and first >= len(state.content):
                self.send_error(416)
                return
            if not state.ranges:
                first = 0
            body = state.content[first:]
            self.send_response(206 if first else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: state.break_after.pop(0)] if state.break_after else body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}/"
    official(monkeypatch, CONTENT)
    monkeypatch.setattr(module, "_PAUSE_S", 0)
    yield state
    server.shutdown()
    server.server_close()


def official(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """Take `content` for the official archive."""
    archive = Archive(FILE, hashlib.sha256(content).hexdigest(), "1 MB")
    monkeypatch.setitem(ARCHIVES, NAME, archive)


def test_fetched_checked_unpacked(site: Site, tmp_path: Path) -> None:
    folder = download(NAME, tmp_path, site.url)
    assert folder == tmp_path / NAME
    assert (folder / "yes" / "a_nohash_0.wav").read_bytes() == RECORDING
    assert (folder / "testing_list.txt").read_text() == "yes/b\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == [NAME, FILE]


def test_second_time_does_nothing(site: Site, tmp_path: Path) -> None:
    download(NAME, tmp_path, site.url)
    download(NAME, tmp_path, site.url)
    assert len(site.asked) == 1


def test_broken_connection_is_continued(site: Site, tmp_path: Path) -> None:
    site.break_after = [70_000, 140_000]
    download(NAME, tmp_path, site.url)
    assert site.asked == ["", "bytes=65536-", "bytes=196608-"]
    assert (tmp_path / FILE).read_bytes() == CONTENT


def test_given_up_download_is_continued_by_the_next_command(site: Site, tmp_path: Path) -> None:
    site.break_after = [65_536, 0, 0, 0]
    with pytest.raises(KwsError, match=r"cannot fetch .*: no connection, or it broke"):
        download(NAME, tmp_path, site.url)
    assert (tmp_path / f"{FILE}.part").stat().st_size == 65_536
    assert not (tmp_path / FILE).exists()
    download(NAME, tmp_path, site.url)
    assert site.asked[-1] == "bytes=65536-"
    assert (tmp_path / NAME / "testing_list.txt").is_file()


def test_server_without_ranges_starts_over(site: Site, tmp_path: Path) -> None:
    site.ranges = False
    site.break_after = [70_000]
    download(NAME, tmp_path, site.url)
    assert (tmp_path / FILE).read_bytes() == CONTENT


def test_complete_part_is_not_fetched_again(site: Site, tmp_path: Path) -> None:
    (tmp_path / f"{FILE}.part").write_bytes(CONTENT)
    download(NAME, tmp_path, site.url)
    assert (tmp_path / NAME).is_dir()


def test_wrong_checksum_after_fetching(site: Site, tmp_path: Path) -> None:
    site.content = CONTENT[:-1] + b"?"
    with pytest.raises(KwsError, match=r"not the official .* SHA-256 is .* expected") as caught:
        download(NAME, tmp_path, site.url)
    assert "removed: run the command again" in caught.value.hint
    assert list(tmp_path.iterdir()) == []
    site.content = CONTENT
    assert download(NAME, tmp_path, site.url).is_dir()


def test_archive_fetched_by_hand_is_used(site: Site, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(CONTENT)
    assert (download(NAME, tmp_path, site.url) / "yes").is_dir()
    assert site.asked == []


def test_wrong_archive_fetched_by_hand_is_kept(site: Site, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"mine")
    with pytest.raises(KwsError, match="not the official") as caught:
        download(NAME, tmp_path, site.url)
    assert "Remove it" in caught.value.hint
    assert (tmp_path / FILE).read_bytes() == b"mine"


def test_without_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAUSE_S", 0)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        with pytest.raises(KwsError, match=r"cannot fetch .*: no connection") as caught:
            download(NAME, tmp_path, url)
    hint = caught.value.hint
    assert f"fetch {url}{FILE} elsewhere" in hint
    assert f"put it at {tmp_path / FILE}" in hint


def test_server_that_refuses(site: Site, tmp_path: Path) -> None:
    site.status = 404
    with pytest.raises(KwsError, match="the server answers 404"):
        download(NAME, tmp_path, site.url)
    assert len(site.asked) == 1, "asking again would not help"


@pytest.mark.parametrize("name", ["../outside.wav", "/tmp/outside.wav"])
def test_archive_that_writes_outside(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    site.content = packed({name: b"x"})
    official(monkeypatch, site.content)
    with pytest.raises(KwsError, match="outside its folder or no plain file"):
        download(NAME, tmp_path, site.url)
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_archive_with_a_link(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site.content = packed({}, link="yes/link.wav")
    official(monkeypatch, site.content)
    with pytest.raises(KwsError, match="outside its folder or no plain file"):
        download(NAME, tmp_path, site.url)


def test_archive_that_is_none(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site.content = b"no archive"
    official(monkeypatch, site.content)
    with pytest.raises(KwsError, match="cannot be unpacked"):
        download(NAME, tmp_path, site.url)
    assert not (tmp_path / NAME).exists()


def test_folder_that_cannot_be_written(site: Site, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KwsError, match="cannot write below") as caught:
        download(NAME, tmp_path / "file" / "below", site.url)
    assert "--out" in caught.value.hint


def test_unknown_name(tmp_path: Path) -> None:
    with pytest.raises(KwsError, match="no data set speech_commands_v9") as caught:
        download("speech_commands_v9", tmp_path)
    assert "speech_commands_v0.01, speech_commands_v0.02" in caught.value.hint


def test_command(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    result = CliRunner().invoke(data_app, ["download", NAME, "--out", str(tmp_path)])
    assert result.exit_code == 0
    assert str(tmp_path / NAME) in result.output.replace("\n", "")
