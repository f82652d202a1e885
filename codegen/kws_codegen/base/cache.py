# SPDX-License-Identifier: Apache-2.0
"""All on disk that can be made again: named caches under one size limit, and scratch folders."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import platformdirs

from kws_codegen.base.errors import KwsError
from kws_codegen.base.locks import in_use, locked

CacheName = Literal[
    "arena",  # smallest arenas of TensorFlow Lite Micro
    "audio",  # decoded recordings
    "compare",  # debug firmware of this computer
    "detect",  # the C detector as a library
    "features",
    "frontend",  # the C front end as a library
    "golden",  # outputs of TensorFlow Lite Micro
    "kernels",  # object files for this computer
    "random_models",  # of the benchmarks
    "static",  # static models as programs for this computer
    "words",  # said by the speech synthesiser
]

DEFAULT_LIMIT_BYTES = 8 << 30
_CHECKED_PARTS = 16  # the sizes are added up again after this part of the limit was written
_SCRATCH = ".kws-scratch-"  # then the process, then a random end

_unchecked: dict[Path, int] = {}
"""Bytes written into each cache folder since this process last added up the sizes."""


class _Entry(NamedTuple):
    used_ns: int  # time of the last use
    bytes: int
    path: Path


def cache_dir() -> Path:
    """The folder of all caches; the environment variable KWS_CACHE_DIR overrides the user's.

    Raises KwsError when it cannot be made.
    """
    path = user_folder("cache", "KWS_CACHE_DIR", platformdirs.user_cache_dir)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_write(path, error) from None
    return path


def user_folder(what: str, variable: str, usual: Callable[[str], str]) -> Path:
    """The folder that an environment variable names, else the user's: `usual` of platformdirs.

    Raises KwsError when the user has no home folder.
    """
    named = os.environ.get(variable)
    if named:
        return Path(named)
    try:
        path = Path(usual("mcu-kws"))
    except RuntimeError:  # newer platformdirs; older ones return a path with ~
        path = Path()
    if not path.is_absolute():
        raise KwsError(
            f"this user has no home folder for the {what}",
            f"Set HOME, or name a folder in the environment variable {variable}.",
        )
    return path


def limit_bytes() -> int:
    """Most bytes of all caches together: KWS_CACHE_MAX_BYTES, or 8 GiB. KwsError for no number."""
    text = os.environ.get("KWS_CACHE_MAX_BYTES", "")
    if text and not text.isdecimal():
        raise KwsError(
            f"KWS_CACHE_MAX_BYTES is {text!r}, which is no number of bytes",
            f"Unset it for {DEFAULT_LIMIT_BYTES}, or give digits alone.",
        )
    return int(text) if text else DEFAULT_LIMIT_BYTES


@contextmanager
def cache_entry(
    cache: CacheName, name: str, make: Callable[[Path], object], needed_bytes: int | None = None
) -> Iterator[Path]:
    """The file or folder `name` of a cache; not removed while the block lasts.

    Args:
        cache: which of the caches.
        name: says all that the content depends on, by hash.
        make: called with the path to write when there is no such entry. It appears under its
            final name only when complete; of two processes that make it, the first wins.
        needed_bytes: what it takes, for the message of a full disk.

    Least recently used entries go when all caches together exceed limit_bytes(). Raises KwsError
    when the cache cannot be written.
    """
    folder = cache_dir()
    path = folder / cache / name
    try:
        with locked(folder) as alone:
            if alone:
                _remove_abandoned(folder)
        while (held := _hold(path)) is None:
            _make(path, make)
    except OSError as error:
        raise _cannot_write(path.parent, error, needed_bytes) from None
    try:
        with suppress(OSError):  # a cache that may only be read
            os.utime(path)
            _evict_when_due(folder)
        yield path
    finally:
        os.close(held)


def forget_entries(cache: CacheName, pattern: str, keep: Path) -> None:
    """Remove the entries of a cache that match `pattern` and that nobody uses, but for `keep`."""
    for path in (cache_dir() / cache).glob(pattern):
        if path != keep:
            with suppress(OSError):
                _discard(path)


@contextmanager
def scratch(parent: Path | None = None) -> Iterator[Path]:
    """A new folder that is gone after the block, below `parent` (default: the cache folder).

    That of a process that was killed goes the next time that one is made there. Raises KwsError
    when the cache folder cannot be written, OSError for another `parent`.
    """
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(_scratch(parent or cache_dir()))
        except OSError as error:
            if parent is not None:
                raise
            raise _cannot_write(cache_dir(), error) from None
        yield folder


@contextmanager
def _scratch(parent: Path) -> Iterator[Path]:
    # One inside another is this process's own, which holds it: to wait for it would never end.
    nested = parent.name.startswith(_SCRATCH)
    with nullcontext(False) if nested else locked(parent) as alone:
        if alone:
            _remove_abandoned(parent)
        folder = Path(tempfile.mkdtemp(prefix=f"{_SCRATCH}{os.getpid()}-", dir=parent))
        held = os.open(folder, os.O_RDONLY)
        in_use(held)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def _remove_abandoned(parent: Path) -> None:
    """Remove the scratch folders whose process has ended; the caller has the lock of `parent`."""
    for folder in parent.glob(f"{_SCRATCH}*"):
        with locked(folder, wait=False) as abandoned:
            if abandoned:
                shutil.rmtree(folder, ignore_errors=True)


def _make(path: Path, make: Callable[[Path], object]) -> None:
    cache = path.parent.parent
    with _scratch(cache) as folder:
        made = folder / path.name
        make(made)
        _unchecked[cache] = _unchecked.get(cache, limit_bytes()) + _size(made)
        path.parent.mkdir(exist_ok=True)
        with locked(path.parent):
            if not path.exists():  # else another process was faster
                made.rename(path)


def _hold(path: Path) -> int | None:
    """A shared lock on the entry, None when there is none."""
    try:
        held = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    in_use(held)
    try:
        if os.path.samestat(os.fstat(held), path.stat()):
            return held
    except FileNotFoundError:
        pass
    os.close(held)  # removed or replaced while we waited
    return _hold(path)


def _evict_when_due(folder: Path) -> None:
    limit = limit_bytes()
    if _unchecked.get(folder, 0) * _CHECKED_PARTS < limit:
        return
    _unchecked[folder] = 0
    entries = sorted(_entries(folder))
    total = sum(entry.bytes for entry in entries)
    for entry in entries:
        if total <= limit:
            break
        if _discard(entry.path):
            total -= entry.bytes


def _entries(folder: Path) -> Iterator[_Entry]:
    for name in get_args(CacheName):
        for path in (folder / name).glob("*"):
            with suppress(FileNotFoundError):  # another process removed it
                yield _Entry(path.stat().st_mtime_ns, _size(path), path)


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files)


def _discard(path: Path) -> bool:
    """Remove an entry in one step; False when a process uses it."""
    with locked(path, wait=False) as unused:
        if unused:
            with _scratch(cache_dir()) as folder:
                path.rename(folder / path.name)
    return unused


def _cannot_write(folder: Path, error: OSError, needed_bytes: int | None = None) -> KwsError:
    needed = f"It takes {needed_bytes / 1e6:.0f} MB. " if needed_bytes else ""
    return KwsError(
        f"cannot write to the cache {folder}: {error}",
        f"{needed}Make room, or name another folder in the environment variable KWS_CACHE_DIR.",
    )
