# SPDX-License-Identifier: Apache-2.0
"""The caches on disk: made once, limited, never torn from under a process; scratch never stays."""

import pwd
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from kws_codegen.base import cache
from kws_codegen.base.cache import (
    cache_dir,
    cache_entry,
    forget_entries,
    limit_bytes,
    scratch,
    user_folder,
)
from kws_codegen.base.errors import KwsError

HOLD = """
import sys, time
from pathlib import Path
from kws_codegen.base.cache import cache_entry, scratch
with scratch() as folder, cache_entry("golden", "held", lambda path: path.write_bytes(bytes(600))):
    (folder / "half").write_text("done")
    print(folder, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KWS_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("KWS_CACHE_MAX_BYTES", raising=False)
    return tmp_path / "cache"


def sized(count: int) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(bytes(count))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_made_once_as_file_or_folder(folder: Path) -> None:
    made = []

    def make(path: Path) -> None:
        made.append(path)
        path.mkdir()
        (path / "part").write_text("x")

    for _ in range(2):
        with cache_entry("kernels", "objects", make) as path:
            assert path == folder / "kernels" / "objects"
            assert (path / "part").read_text() == "x"
    assert len(made) == 1 and made[0] != path
    with cache_entry("arena", "size", sized(3)) as path:
        assert path.read_bytes() == bytes(3)
    assert names(folder) == ["arena", "kernels"]


def test_what_fails_leaves_nothing(folder: Path) -> None:
    def make(path: Path) -> None:
        path.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), cache_entry("golden", "x", make):
        pass
    assert names(folder) == []


def test_two_at_once_share_the_first_result() -> None:
    both = Barrier(2)

    def use(number: int) -> bytes:
        def make(path: Path) -> None:
            path.write_bytes(bytes([number]))
            both.wait(300)  # neither is published before both are made

        with cache_entry("golden", "x", make) as path:
            return path.read_bytes()

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(use, range(2))
    assert first == second


def test_least_recently_used_go_over_all_caches(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KWS_CACHE_MAX_BYTES", "2000")
    for kind, name in (("golden", "a"), ("features", "b"), ("audio", "c")):
        with cache_entry(kind, name, sized(600)):  # type: ignore[arg-type]
            pass
    with cache_entry("golden", "a", sized(0)) as path:  # used again: "b" is the oldest now
        assert path.stat().st_size == 600
    with cache_entry("static", "d", sized(600)):
        pass
    assert names(folder / "golden") == ["a"] and names(folder / "static") == ["d"]
    assert names(folder / "audio") == ["c"] and names(folder / "features") == []


def test_an_entry_larger_than_the_limit_stays_and_one_in_use_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KWS_CACHE_MAX_BYTES", "1000")
    with cache_entry("golden", "used", sized(800)) as used:
        with cache_entry("golden", "large", sized(5000)) as large:
            assert used.is_file() and large.is_file()
        forget_entries("golden", "*", keep=large)
        assert used.is_file()
    with cache_entry("golden", "next", sized(800)):
        assert names(folder / "golden") == ["next"]


def test_another_process_keeps_what_it_uses_until_it_is_killed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also after SIGKILL, which no handler sees, its scratch folder goes at the next start."""
    monkeypatch.setenv("KWS_CACHE_MAX_BYTES", "1000")
    other = subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout is not None
        working = Path(other.stdout.readline().strip())
        assert str(other.pid) in working.name
        with cache_entry("golden", "big", sized(900)):
            pass
        assert (folder / "golden" / "held").is_file()
        assert (working / "half").is_file()
    finally:
        other.send_signal(signal.SIGKILL)
        other.wait()
    with cache_entry("golden", "big", sized(900)):
        pass
    assert not working.exists()
    with cache_entry("golden", "bigger", sized(950)):
        pass
    assert names(folder / "golden") == ["bigger"]


def test_scratch_beside_something_else(tmp_path: Path) -> None:
    with scratch(tmp_path) as first, scratch(tmp_path) as second:
        assert first.parent == second.parent == tmp_path and first != second
        (first / "x").write_text("x")
    assert names(tmp_path) == []
    abandoned = tmp_path / ".kws-scratch-1-left"
    abandoned.mkdir()
    (abandoned / "x").write_text("x")
    (tmp_path / ".kws-mine").mkdir()
    with scratch(tmp_path) as third:
        assert names(tmp_path) == [".kws-mine", third.name]


def test_scratch_inside_scratch_waits_for_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock of the outer one would wait for this very process."""
    with scratch(tmp_path) as outer:
        monkeypatch.delattr(cache, "locked")
        with scratch(outer) as inner:
            assert inner.parent == outer
            (inner / "x").write_text("x")
        assert names(outer) == []


READ_ONLY = """
import os
from kws_codegen.base.cache import cache_entry, scratch
if os.getuid() == 0:
    os.setuid(65534)  # root may write everywhere
with cache_entry("golden", "x", None) as path:
    print(len(path.read_bytes()))
for use in (lambda: cache_entry("golden", "y", lambda path: path.write_text("")), scratch):
    try:
        with use():
            pass
    except Exception as error:
        print(type(error).__name__, error.message)
"""


def test_reading_needs_no_permission_to_write(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cache_entry("golden", "x", sized(3)):
        pass
    monkeypatch.setenv("KWS_CACHE_DIR", ".")  # its parents are closed to others
    folder.chmod(0o555)
    done = subprocess.run(
        [sys.executable, "-c", READ_ONLY], cwd=folder, capture_output=True, text=True, check=False
    )
    folder.chmod(0o755)
    read, *refused = done.stdout.splitlines()
    assert read == "3" and len(refused) == 2, done.stderr
    for line in refused:
        assert line.startswith("KwsError cannot write to the cache"), line


def test_full_disk_says_what_it_takes() -> None:
    def make(path: Path) -> None:
        raise OSError(28, "No space left on device", str(path))

    with (
        pytest.raises(KwsError, match="No space left on device") as caught,
        cache_entry("audio", "x", make, needed_bytes=12_000_000),
    ):
        pass
    assert caught.value.hint.startswith("It takes 12 MB. Make room")


def test_faults_of_the_user_of_an_entry_are_not_faults_of_the_cache() -> None:
    with pytest.raises(OSError, match="mine"), cache_entry("golden", "x", sized(1)):
        raise OSError("mine")


def test_cache_folder_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("KWS_CACHE_DIR", str(tmp_path / "file" / "cache"))
    with pytest.raises(KwsError, match="cannot write to the cache"):
        cache_dir()


def test_limit_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    assert limit_bytes() == 8 << 30
    monkeypatch.setenv("KWS_CACHE_MAX_BYTES", "8GB")
    with pytest.raises(KwsError, match="'8GB', which is no number of bytes"):
        limit_bytes()


def test_sizes_are_added_up_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small entries by the thousand: not every one is worth a look at the whole folder."""
    looks = []
    count = cache._entries
    monkeypatch.setattr(cache, "_entries", lambda folder: looks.append(1) or count(folder))
    monkeypatch.setenv("KWS_CACHE_MAX_BYTES", "10000")
    for i in range(100):
        with cache_entry("golden", str(i), sized(50)):
            pass
    assert 5 < len(looks) < 12


def test_user_without_a_home_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(_: int) -> None:
        raise KeyError("no such user")

    for name in ("HOME", "KWS_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    with pytest.raises(KwsError, match="no home folder for the cache") as error:
        cache_dir()
    assert "KWS_CACHE_DIR" in error.value.hint
    with pytest.raises(KwsError, match="no home folder for the cache"):  # as platformdirs once did
        user_folder("cache", "KWS_CACHE_DIR", "~/.cache/{}".format)
