# SPDX-License-Identifier: Apache-2.0
"""Fuzzes the firmware's frame decoder and commands under sanitizers, for long.

    .venv/bin/python -m bench.fuzz_app                      # 10 million frames of valid CRC
    .venv/bin/python -m bench.fuzz_app --frames 100000 --keep corpus

Ends with libFuzzer's message at the first fault; the input that causes it lies beside the corpus.
--keep names a folder whose corpus/ the next run goes on from.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.support.fuzzer import build_fuzzer, run_fuzzer

FRAMES = 10_000_000
ROUND_S = 60


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--frames", type=int, default=FRAMES, help="frames of valid CRC")
    parser.add_argument("--keep", type=Path, help="folder for the corpus and what was found")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        program = build_fuzzer(Path(scratch))
        folder = options.keep or Path(scratch)
        frames = 0
        while frames < options.frames:
            try:
                frames += run_fuzzer(program, folder, f"-max_total_time={ROUND_S}", "-max_len=512")[
                    0
                ]
            except AssertionError as found:
                print(found, file=sys.stderr)
                return 1
            print(f"{frames:,} frames of valid CRC, clean", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
