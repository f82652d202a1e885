# SPDX-License-Identifier: Apache-2.0
"""`kws` as the documentation's scripts call it (bench.docs_commands): with stand-ins, and short.

A serial port is a pseudo-terminal of the run's firmware for this computer, a microphone is a file,
sound files, recordings and run folders that a page takes for granted are made when a command names
them, and what takes hours is shortened by options that come last. All of it is said.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import soundfile

from kws.firmware.boards import find_board
from kws.firmware.launch import host_firmware
from kws.run.paths import RunPaths

RUN, MADE, WHOLE = "DOCS_RUN", "DOCS_MADE", "DOCS_WHOLE"  # the environment of a script
_RATE_HZ = 16_000
_WORDS = (
    "lamp", "door", "yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go",
    "one", "two", "three", "four", "five",
)  # fmt: skip
_TAKES = 10  # of each word that the microphone hears, a second of it every two
_PORT = re.compile(r"/dev/tty(ACM|USB)\d|socket://127\.0\.0\.1:\d+")
_WRITES = {"--out", "--to", "--save", "init", "synth", "wake-speech"}  # what follows is made by it

SHORT = {
    "data wake-speech": ("--clips-per-word", "10"),
    "evaluate": ("--limit", "10"),
    "link-test": ("--seconds", "1"),
    "run": ("--epochs", "1"),
    "search": ("--trials", "2", "--epochs", "1", "--budget", "flash=200k,ram=100k"),
    "stream-eval": ("--minutes", "1", "--hours", "0.02"),
    "wake": ("--epochs", "1", "--clips-per-word", "10", "--hours", "0.02"),
}  # fmt: skip


def _say(what: str) -> None:
    print(f"stand-in: {what}", flush=True)


def _kws(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "kws.cli.main", *arguments]


def _recordings(path: Path) -> None:
    """Synthetic words; made once, copied afterwards."""
    made = Path(os.environ[MADE]) / "recordings"
    if not made.is_dir():
        words = ",".join(_WORDS)
        command = _kws("data", "synth", str(made), "--words", words, "--clips-per-word", "12")
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    shutil.copytree(made, path)


def _said(path: Path, words: Sequence[str], labels: bool = False) -> None:
    """Each word by other speakers, a second of every two, with a label track if wanted."""
    recordings = Path(os.environ[MADE]) / "recordings"
    if not recordings.is_dir():
        _recordings(path.with_name("recordings-for-sounds"))
        shutil.rmtree(path.with_name("recordings-for-sounds"))
    random = np.random.default_rng(1)
    clips = {word: sorted((recordings / word).glob("*.wav")) for word in set(words)}
    sound = 0.0005 * random.standard_normal(2 * _RATE_HZ * len(words))
    track = []
    for number, word in enumerate(words):
        samples, _ = soundfile.read(clips[word][number % len(clips[word])], frames=_RATE_HZ)
        start = _RATE_HZ * (4 * number + 1) // 2
        sound[start : start + len(samples)] += samples
        track.append(f"{2 * number + 0.5:.1f}\t{2 * number + 1.5:.1f}\t{word}\n")
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, _RATE_HZ)
    if labels:
        path.with_suffix(".txt").write_text("".join(track), encoding="utf-8")


def _speech(path: Path) -> None:
    for name, word in (
        ("train/asterisk-core-sounds-en-g722", "left"),
        ("train/espeak", "up"),
        ("test/fr", "down"),
    ):
        _said(path / f"{name}.flac", [word] * 30)


def _detections(path: Path) -> None:
    """What kws listen --save keeps; the model of a shortened training may hear nothing."""
    sound = path.with_name(f"{path.name}.wav")
    _said(sound, [*_WORDS])
    command = _kws("listen", "--run", os.environ[RUN], "--file", str(sound), "--save", str(path))
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _run(path: Path) -> None:
    shutil.copytree(os.environ[RUN], path, symlinks=True)


STAND_INS: dict[str, Callable[[Path], None]] = {
    "recordings": _recordings,
    "data/speech_commands_v0.02": _recordings,
    "model.tflite": lambda path: shutil.copy(RunPaths(Path(os.environ[RUN])).tflite_model, path),
    "kitchen.wav": lambda path: _said(path, [*_WORDS], labels=True),
    "lamps.wav": lambda path: _said(path, ["lamp"] * 5),
    "session.wav": lambda path: _said(path, ["lamp", "door"] * 5, labels=True),
    "podcasts": lambda path: _said(path / "one.flac", ["off"] * 30),
    "radio": lambda path: _said(path / "two.flac", ["on"] * 30),
    "speech": _speech,
    "saved": _detections,
    **{f"runs/{name}": _run for name in ("demo", "lamp", "door", "new", "old", "one", "two")},
}  # fmt: skip


def make_what_is_named(arguments: Sequence[str]) -> None:
    """Make each stand-in that is named, is not there, and is not written by the command itself."""
    before = ("", *arguments)
    text = " ".join(a for a, last in zip(arguments, before, strict=False) if last not in _WRITES)
    for name, make in STAND_INS.items():
        if re.search(rf"(?<![\w./-]){re.escape(name)}(?![\w.-])", text) and not _is_there(name):
            _say(f"{name} is made")
            make(Path(name))


def _is_there(name: str) -> bool:
    """Whether it exists; a folder that an earlier command left empty is as good as none."""
    path = Path(name)
    return path.exists() and not (path.is_dir() and not any(path.iterdir()))


@contextmanager
def ports(arguments: Sequence[str]) -> Iterator[list[str]]:
    """The arguments with each serial port replaced by one of a device that is there until then."""
    given = list(arguments)
    if given[0] == "ports":
        given += ["--port", "/dev/ttyACM0"]
    names = sorted({name for name in given if _PORT.fullmatch(name)})
    with ExitStack() as stack:
        for name in names:
            firmware = _firmware(given)
            tcp = ("--tcp", "0") if name.startswith("socket") else ()
            url = stack.enter_context(host_firmware(firmware, *tcp))
            _say(f"{name} is {url}, firmware of a run for this computer")
            given = [url if argument == name else argument for argument in given]
        if "--ray" in given:
            given[given.index("--ray") + 1] = stack.enter_context(_cluster(given))
        yield given


def _firmware(arguments: Sequence[str]) -> Path:
    """What a device at a port runs: the run's that is named, or the first here."""
    from kws.compare.sides import debug_firmware
    from kws.run.pipeline import Pipeline

    make_what_is_named(["runs/demo"] if not Path("runs").is_dir() else [])
    named = [arguments[i + 1] for i, a in enumerate(arguments) if a == "--run"]
    run = Path(named[0]) if named else sorted(Path("runs").iterdir())[0]
    if arguments[0] == "compare":
        return debug_firmware(RunPaths(run), find_board("host"))
    return Pipeline.open(run).build("host")


@contextmanager
def _cluster(arguments: Sequence[str]) -> Iterator[str]:
    """A Ray cluster of this computer that offers what the command asks for."""
    from ray.cluster_utils import Cluster

    at_once = {"--port": 1, "--board": 2}  # a port is one device, an emulator starts anew
    resources = {
        f"kws_device:{arguments[i + 1]}": at_once[a]
        for i, a in enumerate(arguments)
        if a in at_once
    }
    small = {"num_cpus": 1, "object_store_memory": 80 << 20, "include_dashboard": False}
    made = Cluster(initialize_head=True, head_node_args={**small, "resources": resources})
    try:
        _say(f"--ray auto is {made.address}, a cluster of this computer")
        yield made.address
    finally:
        made.shutdown()


def _web(command: list[str]) -> int:
    """Open the page that is served, then Ctrl-C."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's & has it ignored
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        print(line, end="", flush=True)
        if (url := re.match(r"http://\S+", line)) is not None:
            with urllib.request.urlopen(url[0]) as page:
                _say(f"a browser gets {len(page.read()):,} bytes; Ctrl-C")
            process.send_signal(signal.SIGINT)
    return 0 if process.returncode == 128 + signal.SIGINT else 1


def main(arguments: list[str]) -> int:
    """Run one kws command; its exit status."""
    if arguments[:2] == ["data", "download"]:
        make_what_is_named(["data/speech_commands_v0.02"])  # as if it had been fetched before
    make_what_is_named(arguments)
    name = " ".join(arguments[:2]) if arguments[0] == "data" else arguments[0]
    keys = None
    if name in ("listen", "record") and not {"--file", "--from"} & {*arguments}:
        sound = Path(os.environ[MADE]) / "microphone.wav"
        if not sound.is_file():
            _said(sound, ["lamp"] * _TAKES + ["door"] * _TAKES)
        _say(f"the microphone hears {2 * _TAKES} words from a file")
        arguments = [*arguments, "--file", str(sound)]
        keys = "\n" * 10 * _TAKES
    if name in SHORT and WHOLE not in os.environ:
        _say(f"shortened by {' '.join(SHORT[name])}")
        arguments = [*arguments, *SHORT[name]]
    if name == "web":
        return _web(_kws(*arguments, "--http-port", "0"))
    with ports(arguments) as given:
        return subprocess.run(_kws(*given), input=keys, text=True, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
