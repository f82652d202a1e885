# SPDX-License-Identifier: Apache-2.0
"""What the link survives: a table of faults, of clips lost to each, and of wrong scores.

    .venv/bin/python -m bench.link_faults                     # 180 clips a row, ten minutes
    .venv/bin/python -m bench.link_faults --clips 2000 --only flips
    .venv/bin/python -m bench.link_faults --rounds 30 --jobs 4 --keep link_faults.jsonl

Clips of features go to the firmware of this computer through tests/support/bad_line.py, which
spoils both directions. Prints Markdown; exit status 1 when a clip was lost or a score wrong.
--keep names a file with a line a row: rows that it has are not measured again, and its sums are
printed at the end.
"""

import argparse
import json
import re
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from tests.support.bad_line import BadLine, Faults
from tests.support.line_session import Clips, send_clips
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
    """A row's result; `sent` is how: "ahead" of answers or "alone"."""

    fault: str
    line: str
    sent: str
    clips: int
    seed: int
    frames: int = 0
    faults: int = 0
    repeats: int = 0
    lost: int = 0
    wrong: int = 0
    seconds: float = 0.0
    failure: str = ""

    @property
    def name(self) -> tuple[str, str, str, int, int]:
        """What was measured."""
        return self.fault, self.line, self.sent, self.clips, self.seed

    def __str__(self) -> str:
        return (
            f"| {self.fault} | {self.line} | {self.sent} | {self.frames:,} | {self.faults:,} | "
            f"{self.repeats:,} | {self.lost} | {self.wrong} | {self.seconds:.1f} |"
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
    return replace(
        planned(row, len(clips.features), seed, ahead),
        frames=frames,
        faults=sum(line.done.values()) or noise_bytes,
        repeats=session.resends,
        lost=session.lost,
        wrong=session.wrong,
        seconds=round(time.monotonic() - start_s, 1),
        failure=session.failure,
    )


def planned(row: Row, clips: int, seed: int, ahead: bool) -> Measured:
    """A row before it is measured."""
    return Measured(row.name, row.kind, "ahead" if ahead else "alone", clips, seed)


def kept(file: Path | None) -> list[Measured]:
    """What a file has of earlier runs; a line that was cut off is left out."""
    lines = file.read_text(encoding="utf-8").split("\n")[:-1] if file and file.exists() else []
    return [Measured(**json.loads(line)) for line in lines]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--clips", type=int, default=CLIPS, help="clips a row")
    parser.add_argument("--only", default="", help="rows whose name matches (regular expression)")
    parser.add_argument("--seed", type=int, default=1, help="of the faults")
    parser.add_argument("--rounds", type=int, default=1, help="each row with so many seeds")
    parser.add_argument("--jobs", type=int, default=1, help="rows at the same time: they wait")
    parser.add_argument("--keep", type=Path, help="file that gets a line a row, to go on from")
    parser.add_argument(
        "--one-at-a-time", action="store_true", help="as clips that are timed: nothing sent ahead"
    )
    options = parser.parse_args()
    clips = Clips(options.clips)
    ahead = not options.one_at_a_time
    measured = kept(options.keep)
    known = {row.name for row in measured}
    to_do = [
        (row, seed)
        for seed in range(options.seed, options.seed + options.rounds)
        for row in ROWS
        if re.search(options.only, row.name)
        and planned(row, options.clips, seed, ahead).name not in known
    ]
    print("| fault | line | sent | frames | faults | repeats | clips lost | wrong scores | s |")
    print("| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(options.jobs) as pool:
        run = tiny_run(Path(folder))
        firmware = build_firmware(run.generated, run.build("host"))
        work = [pool.submit(measure, row, firmware, clips, seed, ahead) for row, seed in to_do]
        for done in as_completed(work):
            row = done.result()
            measured.append(row)
            print(row, flush=True)
            if row.failure:
                print(row.failure, file=sys.stderr)
            if options.keep:
                with options.keep.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(row)) + "\n")
    for sent in sorted({row.sent for row in measured}):
        rows = [row for row in measured if row.sent == sent]
        frames, faults = sum(row.frames for row in rows), sum(row.faults for row in rows)
        lost, wrong = sum(row.lost for row in rows), sum(row.wrong for row in rows)
        print(f"\n{sent}: {frames:,} frames, {faults:,} faults, {lost} clips lost, {wrong} wrong")
    return int(any(row.lost or row.wrong for row in measured))


if __name__ == "__main__":
    sys.exit(main())
