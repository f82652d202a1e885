# SPDX-License-Identifier: Apache-2.0
"""What the link survives: a table of faults, of clips lost to each, and of wrong scores.

    .venv/bin/python -m bench.link_faults                     # 180 clips a row, a few minutes
    .venv/bin/python -m bench.link_faults --clips 2000 --only flips

Clips of features go to the firmware of this computer through tests/support/bad_line.py, which
spoils both directions. Prints Markdown; exit status 1 when a clip was lost or a score wrong.
"""

import argparse
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.support.bad_line import BadLine, Faults
from tests.support.line_session import Clips, LineSession, send_clips
from tests.support.tiny_run import tiny_run

from kws.firmware.cmake import build_firmware
from kws.firmware.launch import host_firmware

CLIPS = 180
MIXTURE = Faults(flip=5e-4, drop=5e-4, double=5e-4, insert=5e-4, cut=0.02, lose=0.02)


@dataclass(frozen=True)
class Row:
    """A fault of the table."""

    name: str
    faults: Faults
    kind: Literal["pty", "tcp"] = "pty"


ROWS = (
    Row("flips 1e-3 a byte", Faults(flip=1e-3)),
    Row("flips 2e-3 a byte", Faults(flip=2e-3)),
    Row("flips 3e-3 a byte", Faults(flip=3e-3)),
    Row("flips 5e-3 a byte", Faults(flip=5e-3)),
    Row("flips 5e-3 a byte", Faults(flip=5e-3), "tcp"),
    Row("drops 5e-3 a byte", Faults(drop=5e-3)),
    Row("doubles 5e-3 a byte", Faults(double=5e-3)),
    Row("inserts 5e-3 a byte", Faults(insert=5e-3)),
    Row("cut frames 5 %", Faults(cut=0.05)),
    Row("lost frames 5 %", Faults(lose=0.05)),
    Row("lost frames 5 %", Faults(lose=0.05), "tcp"),
    Row("all of these: 5e-4 a byte each, 2 % of frames each", MIXTURE),
    Row("burst of 1 kB", Faults(burst_bytes=1 << 10)),
    Row("burst of 4 kB", Faults(burst_bytes=1 << 12)),
    Row("burst of 16 kB", Faults(burst_bytes=1 << 14)),
    Row("burst of 64 kB", Faults(burst_bytes=1 << 16)),
    Row("burst of 64 kB", Faults(burst_bytes=1 << 16), "tcp"),
    Row("a log line before each answer", Faults(log_lines=True)),
    Row("12 bytes of boot noise", Faults(boot_noise_bytes=12)),
    Row("stall of 45 s", Faults(stall_s=45)),
    Row("stall of 45 s", Faults(stall_s=45), "tcp"),
    Row("gone for 10 s, three times", Faults(outage_s=10, outages=3)),
    Row("gone for 60 s", Faults(outage_s=60)),
    Row("gone for 60 s", Faults(outage_s=60), "tcp"),
)


@dataclass(frozen=True)
class Measured:
    """A row's result."""

    row: Row
    session: LineSession
    frames: int
    faults: int
    seconds: float

    def __str__(self) -> str:
        session = self.session
        return (
            f"| {self.row.name} | {self.row.kind} | {self.frames:,} | {self.faults:,} | "
            f"{session.resends:,} | {session.lost} | {session.wrong} | {self.seconds:.1f} |"
        )


def measure(row: Row, firmware: Path, clips: Clips, seed: int, ahead: bool) -> Measured:
    """Send the clips over the row's line."""
    start_s = time.monotonic()
    with (
        host_firmware(firmware, "--tcp", "0") as url,
        BadLine(url, row.faults, seed, row.kind) as line,
    ):
        session = send_clips(line, clips, ahead)
    frames = line.done.pop("frames")
    noise_bytes = line.done.pop("noise bytes", 0)
    faults = sum(line.done.values()) or noise_bytes
    return Measured(row, session, frames, faults, time.monotonic() - start_s)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--clips", type=int, default=CLIPS, help="clips a row")
    parser.add_argument("--only", default="", help="rows whose name matches (regular expression)")
    parser.add_argument("--seed", type=int, default=1, help="of the faults")
    parser.add_argument(
        "--one-at-a-time", action="store_true", help="as clips that are timed: nothing sent ahead"
    )
    options = parser.parse_args()
    clips = Clips(options.clips)
    print("| fault | line | frames | faults | repeats | clips lost | wrong scores | s |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    measured = []
    with tempfile.TemporaryDirectory() as folder:
        run = tiny_run(Path(folder))
        firmware = build_firmware(run.generated, run.build("host"))
        for row in ROWS:
            if re.search(options.only, row.name):
                measured.append(
                    measure(row, firmware, clips, options.seed, not options.one_at_a_time)
                )
                print(measured[-1], flush=True)
                if measured[-1].session.failure:
                    print(measured[-1].session.failure, file=sys.stderr)
    lost = sum(m.session.lost for m in measured)
    wrong = sum(m.session.wrong for m in measured)
    frames, faults = sum(m.frames for m in measured), sum(m.faults for m in measured)
    print(f"\n{frames:,} frames, {faults:,} faults, {lost} clips lost, {wrong} wrong scores.")
    return int(lost or wrong)


if __name__ == "__main__":
    sys.exit(main())
