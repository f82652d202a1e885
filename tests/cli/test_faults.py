# SPDX-License-Identifier: Apache-2.0
"""No traceback for what the machine refuses, nor for odd names: two lines and exit status 2."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kws.cli.faults import fault_of_machine
from kws.cli.main import main
from kws.console import printable
from kws.run.paths import RunPaths
from tests.support.tiny_run import tiny_run

Refused = Callable[..., str]


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    """What kws says on standard error; it must end with status 2."""

    def call(*arguments: object) -> str:
        monkeypatch.setattr(sys, "argv", ["kws", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr().err
        assert end.value.code == 2, said
        return said

    return call


# A file system that nobody may write, root neither.
READ_ONLY = "/proc/kws"


@pytest.mark.parametrize("bad", ["{file}/x", READ_ONLY])
@pytest.mark.parametrize(
    "command",
    [
        "data check {data} --json {bad}.json",
        "data prepare --config {config} --data {data} --out {bad}",
        "data synth {bad} --words a --clips-per-word 3",
        "data download --out {bad}",
        "run --config {config} --data {data} --out {bad}",
        "generate --model {model} --out {bad}",
        "export --run {run} --format c-array --out {bad}",
        "export --run {run} --format c-array --out {bad}.zip",
        "size --run {run} --plan --out {bad}.png",
        "evaluate --run {run} --limit 1 --trace {bad}",
        "evaluate --run {run} --limit 1 --out {bad}",
        "verify --model {model} --inputs 1 --json {bad}.json",
    ],
)
def test_places_that_cannot_be_written(
    command: str, bad: str, run: RunPaths, tmp_path: Path, refused: Refused
) -> None:
    (tmp_path / "file").touch()
    bad = bad.format(file=tmp_path / "file")
    places = {"data": run.root.parent / "data", "config": run.config, "run": run.root}
    words = refused(*command.format(bad=bad, model=run.tflite_model, **places).split())
    assert "error: " in words
    assert bad.removesuffix("/x") in words.replace("\n", "") or "/proc/" in words


@pytest.mark.parametrize("place", ["{file}", READ_ONLY])
def test_cache_that_cannot_be_written(
    place: str, run: RunPaths, tmp_path: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("KWS_CACHE_DIR", place.format(file=tmp_path / "file"))
    words = refused("verify", "--model", run.tflite_model, "--inputs", 1)
    assert "cannot write to the cache" in words


@pytest.mark.parametrize("port", ["socket://a", "socket://", "socket://a:b", "socket://a:0"])
def test_socket_without_a_port(port: str, run: RunPaths, refused: Refused) -> None:
    assert "The form is socket://HOST:PORT." in refused(
        "evaluate", "--run", run.root, "--port", port
    )


@pytest.mark.parametrize("cut", [0, 1, 100, -1])
def test_truncated_files_of_a_run(cut: int, tmp_path: Path, refused: Refused) -> None:
    run = tiny_run(tmp_path)
    for path in (run.tflite_model, run.dataset, run.config):
        whole = path.read_bytes()
        path.write_bytes(whole[:cut] if cut >= 0 else whole[: len(whole) // 2])
        words = refused("evaluate", "--run", run.root, "--limit", 1)
        assert "error: " in words
        path.write_bytes(whole)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"build host": 3}', '{"build host": {}}', "\xff"])
def test_damaged_record_of_steps_makes_the_step_again(text: str, tmp_path: Path) -> None:
    from kws.run.steps import Steps

    run = RunPaths(tmp_path)
    run.steps.write_bytes(text.encode("latin-1"))
    made = tmp_path / "made"
    assert Steps(run).run("build host", {}, made.touch, lambda: [made])
    assert not Steps(run).run("build host", {}, made.touch, lambda: [made])


def test_full_disk_is_told(run: RunPaths, tmp_path: Path) -> None:
    """A limit of the size of a file stands for it."""
    program = (
        "import resource, sys; from kws.cli.main import main;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000));"
        f"sys.argv = ['kws', 'generate', '--model', {str(run.tflite_model)!r},"
        f" '--out', {str(tmp_path)!r}]; main()"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "File too large" in done.stderr and "Traceback" not in done.stderr


def test_terminal_that_lacks_characters(run: RunPaths) -> None:
    command = [sys.executable, "-m", "kws.cli.main", "evaluate", "--run", str(run.root)]
    done = subprocess.run(
        [*command, "--port", "/dev/\u65e5\u672c"],
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "/dev/\\u65e5\\u672c" in done.stderr and "Traceback" not in done.stderr


def test_locale_that_lacks_characters(tmp_path: Path) -> None:
    """Where names are ASCII, and where the bytes of a name are not UTF-8."""
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    for names, more in (("gr\u00f6\u00dfe", ascii_only), ("gr\udcf6\udcdfe", {})):
        done = subprocess.run(
            [sys.executable, "-m", "kws.cli.main", "init", str(tmp_path / names)],
            env={**os.environ, **more},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2
        assert "no characters of utf-8" in done.stderr and "UTF-8 locale" in done.stderr
        assert "Traceback" not in done.stderr


def test_control_characters_are_shown_escaped(run: RunPaths, refused: Refused) -> None:
    words = refused("evaluate", "--run", run.root, "--port", "/dev/\x1b[31m\x9b")
    assert "/dev/\\x1b[31m\\x9b" in words
    assert printable("a\tb\nc\x7f") == "a\\tb\nc\\x7f"


@pytest.mark.parametrize(
    ("error", "message", "hint"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "a/b"), "a/b: No space", "Make room"),
        (PermissionError(errno.EACCES, "Permission denied", "x"), "x: Perm", "that you may write"),
        (OSError("cannot seek"), "cannot seek", "KWS_TRACEBACK=1"),
        (MemoryError(), "not enough memory", "more memory"),
        (UnicodeEncodeError("ascii", "a\u00df", 1, 2, "x"), "characters of ascii", "UTF-8 locale"),
    ],
)
def test_words_of_the_machine(error: Exception, message: str, hint: str) -> None:
    fault = fault_of_machine(error)
    assert fault is not None
    assert message in fault.message and hint in fault.hint


@pytest.mark.parametrize("bug", [KeyError("x"), TypeError("x"), ValueError("x"), AssertionError()])
def test_a_bug_keeps_its_traceback(bug: Exception) -> None:
    assert fault_of_machine(bug) is None


def test_traceback_on_request(monkeypatch: pytest.MonkeyPatch, run: RunPaths) -> None:
    monkeypatch.setenv("KWS_TRACEBACK", "1")
    monkeypatch.setattr(
        sys, "argv", ["kws", "generate", "--model", str(run.tflite_model), "--out", READ_ONLY]
    )
    with pytest.raises(OSError, match=READ_ONLY):
        main()
