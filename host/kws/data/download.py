# SPDX-License-Identifier: Apache-2.0
"""`kws data download`: the official Speech Commands archives, fetched, checked and unpacked."""

import hashlib
import shutil
import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import requests

from kws.console import progress
from kws_codegen.base.cache import scratch
from kws_codegen.base.errors import KwsError

BASE_URL = "https://storage.googleapis.com/download.tensorflow.org/data/"
_CHUNK_BYTES = 1 << 16  # written at a time; what a break loses at most
_ATTEMPTS = 3  # in a row that brought no new byte
_PAUSE_S = 1
_TIMEOUT_S = 30


@dataclass(frozen=True)
class Archive:
    """One data set that can be fetched."""

    file: str
    sha256: str
    unpacked: str  # about


ARCHIVES = {
    "speech_commands_v0.01": Archive(
        "speech_commands_v0.01.tar.gz",
        "743935421bb51cccdb6bdd152e04c5c70274e935c82119ad7faeec31780d811d",
        "2.1 GB",
    ),
    "speech_commands_v0.02": Archive(
        "speech_commands_v0.02.tar.gz",
        "af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58",
        "3.4 GB",
    ),
}


def download(name: str, out: Path, base_url: str = BASE_URL) -> Path:
    """Fetch the archive of data set `name` into `out` and unpack it; returns its folder.

    An archive that lies in `out` already (fetched by hand, say) is used, a part of one is
    continued. Nothing is done when the folder is there. Raises KwsError for an unknown name,
    without a network, on a full disk, and when the archive is not the official one (SHA-256).
    """
    if name not in ARCHIVES:
        raise KwsError(f"no data set {name}", f"Known are: {', '.join(ARCHIVES)}.")
    archive, folder = ARCHIVES[name], out / name
    if folder.is_dir():
        return folder
    packed = out / archive.file
    try:
        out.mkdir(parents=True, exist_ok=True)
        if not packed.is_file():
            part = out / f"{archive.file}.part"
            _fetch(base_url + archive.file, part, packed)
            _verify(part, archive, "It has been removed: run the command again.", remove=True)
            part.replace(packed)
        else:
            _verify(packed, archive, "Remove it and run the command again.", remove=False)
        _unpack(packed, folder)
    except tarfile.TarError as error:
        raise KwsError(
            f"{packed} cannot be unpacked: {error}", "Remove it and try again."
        ) from None
    except OSError as error:
        raise KwsError(
            f"cannot write below {out}: {error}",
            f"The recordings take {archive.unpacked}, besides the archive. Name another folder "
            "with --out, or make room.",
        ) from None
    return folder


def _fetch(url: str, part: Path, target: Path) -> None:
    """Fetch `url` to `part`, continuing what is there, over broken connections."""
    failures = 0
    with progress() as bar:
        task = bar.add_task(f"{target.name}, MB", total=None)
        while True:
            before = _size(part)
            try:
                for received, total in _continue(url, part):
                    bar.update(task, completed=received // 10**6, total=total // 10**6)
                return
            except requests.RequestException as error:
                failures = 0 if _size(part) > before else failures + 1
                if failures == _ATTEMPTS or isinstance(error, requests.HTTPError):
                    raise KwsError(
                        f"cannot fetch {url}: {_reason(error)}",
                        "With a network, run the same command again: it continues where it "
                        f"stopped.\nWithout one, fetch {url} elsewhere, put it at {target}, and "
                        "run the same command again.",
                    ) from None
            time.sleep(_PAUSE_S)


def _continue(url: str, part: Path) -> Iterator[tuple[int, int]]:
    """Append what is missing of `url` to `part`; yields (bytes there, bytes in all)."""
    received = _size(part)
    headers = {"Accept-Encoding": "identity"}
    if received:
        headers["Range"] = f"bytes={received}-"
    with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT_S) as answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            return  # nothing is missing; the checksum decides
        answer.raise_for_status()
        if answer.status_code != requests.codes.partial_content:
            received = 0  # the server sends all of it again
        total = received + int(answer.headers.get("Content-Length", 0))
        with part.open("ab" if received else "wb") as stream:
            for chunk in answer.iter_content(_CHUNK_BYTES):
                stream.write(chunk)
                received += len(chunk)
                yield received, max(total, received)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.HTTPError):
        return f"the server answers {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.Timeout):
        return f"no answer within {_TIMEOUT_S} s"
    return "no connection, or it broke"


def _verify(path: Path, archive: Archive, what_to_do: str, remove: bool) -> None:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    if digest.hexdigest() != archive.sha256:
        if remove:
            path.unlink()
        raise KwsError(
            f"{path} is not the official {archive.file}: its SHA-256 is {digest.hexdigest()}, "
            f"expected {archive.sha256}",
            what_to_do,
        )


def _unpack(packed: Path, folder: Path) -> None:
    """Unpack into `folder`, which appears only when complete."""
    with (
        scratch(folder.parent) as unpacking,
        progress() as bar,
        tarfile.open(packed) as tar,
    ):
        task = bar.add_task("unpacking, files", total=None)
        inside = unpacking / "data"
        inside.mkdir()
        for member in tar:
            path = (inside / member.name).resolve()
            if not path.is_relative_to(inside.resolve()) or not (member.isfile() or member.isdir()):
                raise KwsError(
                    f"{packed} holds {member.name}, which is outside its folder or no plain file",
                    "It is not the official archive: remove it.",
                )
            if member.isfile() and (source := tar.extractfile(member)):
                path.parent.mkdir(parents=True, exist_ok=True)
                with source, path.open("wb") as stream:
                    shutil.copyfileobj(source, stream)
            bar.advance(task)
        inside.rename(folder)
