# SPDX-License-Identifier: Apache-2.0
"""Memory and time of a data set as large as Speech Commands v0.02: data, training, quantization.

    .venv/bin/python -m bench.full_size OUT
    .venv/bin/python -m bench.full_size OUT --clips 10500 --words 12

OUT/data gets 105,000 short bursts of tones, one each of 35 words by 3,000 speakers; all words are
wanted, or the first so many. Of memory counts what is not a mapped file, which the system takes
back when it needs it. Exit status 1 above LIMIT_BYTES.
"""

import argparse
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

from kws.config.schema import load_config
from kws.run.pipeline import Pipeline
from kws_codegen.base.errors import KwsError
from kws_codegen.base.labels import BACKGROUND_NOISE_DIR

LIMIT_BYTES = 4 << 30
WORDS = 35
CLIPS = 105_000
RATE_HZ = 16_000
BURST_MS = 120  # of each recording, which is padded to a second


def make_data(folder: Path, clips: int) -> None:
    """A pitch a word, a shade of it a speaker; what is there stays."""
    seconds = np.arange(RATE_HZ * BURST_MS // 1000) / RATE_HZ
    for word in range(WORDS):
        home = folder / f"word{word:02d}"
        home.mkdir(parents=True, exist_ok=True)
        for speaker in range(clips // WORDS):
            path = home / f"{speaker:08x}_nohash_0.wav"
            if not path.exists():
                pitch_hz = 200 * 1.09**word * (1 + 0.00002 * speaker)
                burst = 0.3 * np.sin(2 * np.pi * pitch_hz * seconds)
                soundfile.write(path, burst, RATE_HZ, subtype="PCM_16")
    noise = folder / BACKGROUND_NOISE_DIR / "hiss.wav"
    noise.parent.mkdir(exist_ok=True)
    soundfile.write(noise, np.random.default_rng(1).normal(0, 0.01, 60 * RATE_HZ), RATE_HZ)


class Memory:
    """The most memory that this process had, files that are mapped left out."""

    def __init__(self) -> None:
        self.peak_bytes = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.05):
            status = Path("/proc/self/status").read_text()
            kilobytes = int(status.partition("RssAnon:")[2].split()[0])
            self.peak_bytes = max(self.peak_bytes, kilobytes * 1024)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--clips", type=int, default=CLIPS)
    parser.add_argument("--words", type=int, default=WORDS, help="wanted ones")
    parser.add_argument("--epochs", type=int, default=2)
    options = parser.parse_args()
    print("| step | seconds | most memory, GB |")
    print("| --- | ---: | ---: |")
    make_data(options.out / "data", options.clips)
    words = [f"word{number:02d}" for number in range(options.words)]
    changes = {
        "data.wanted_words": words,
        "training.epochs": options.epochs,
        "model.preset": "tiny",
    }
    worst = 0
    try:
        pipeline = Pipeline.create(options.out / "run", load_config(Path("default"), changes))
        steps: dict[str, Callable[[], None]] = {
            "data": lambda: pipeline.data(options.out / "data"),
            f"train, {options.epochs} epochs": pipeline.train,
            "quantize": pipeline.quantize,
        }
        for name, step in steps.items():
            started = time.monotonic()
            with Memory() as memory:
                step()
            seconds = time.monotonic() - started
            print(f"| {name} | {seconds:.0f} | {memory.peak_bytes / 1e9:.2f} |", flush=True)
            worst = max(worst, memory.peak_bytes)
    except KwsError as error:
        print(error, file=sys.stderr)
        return 2
    return 0 if worst <= LIMIT_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())
