# SPDX-License-Identifier: Apache-2.0
"""What share of a line's rate clips reach, one request at a time and sent ahead.

    .venv/bin/python -m bench.line_rate      # half a minute

A pseudo-terminal with the rate of 921,600 baud and with latency each way, as of a USB adapter
(tests/support/slow_line.py), stands in front of the firmware of this computer. Prints Markdown;
exit status 1 when less than 90 % was reached or an answer was wrong. It measures times: on a busy
machine take chrt -r 5.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tests.support.line_session import Clips
from tests.support.slow_line import slow_line
from tests.support.tiny_run import CONFIG, tiny_run

from kws.firmware.cmake import build_firmware
from kws.firmware.launch import host_firmware
from kws.link.client import Device
from kws.link.connect import BITS_PER_BYTE, connect
from kws_codegen.protocol.messages import ClipKind, ClipResult

BAUD = 921_600
LATENCIES_S = (0.001, 0.016)
SECONDS = 4.0  # of the clips of a row at the full rate
ASKED = 0.9
LINE_BYTES_PER_S = BAUD / BITS_PER_BYTE


@dataclass(frozen=True)
class Rate:
    """Shares of the line's rate."""

    clips: float  # bytes of clips alone
    wire: float  # all bytes to the device


def measure(firmware: Path, latency_s: float, send: Callable[[Device], int]) -> Rate:
    """The rate at which `send` sends; it returns the bytes of its clips."""
    with (
        host_firmware(firmware) as url,
        slow_line(url, LINE_BYTES_PER_S, latency_s) as port,
        connect(port, BAUD, returns=True) as device,
    ):
        device.handshake()
        before, start_s = device.counters.copy(), time.monotonic()
        clip_bytes = send(device)
        seconds = time.monotonic() - start_s
        sent_bytes = (device.counters - before).sent_bytes
    line_bytes = seconds * LINE_BYTES_PER_S
    return Rate(clip_bytes / line_bytes, sent_bytes / line_bytes)


def sender(kind: ClipKind, clips: list[bytes], ahead: bool) -> Callable[[Device], int]:
    """Sends all clips, or a tenth of them one request at a time."""

    def send(device: Device) -> int:
        sent = clips if ahead else clips[: max(len(clips) // 10, 1)]
        results: Iterable[ClipResult]
        if ahead:
            results = device.classify_all(kind, sent)
        else:
            results = (device.classify(kind, clip) for clip in sent)
        for clip, result in zip(sent, results, strict=True):
            key = (kind, clip)
            if _SCORES.setdefault(key, result.scores) != result.scores:
                raise SystemExit(f"a wrong answer: {result}")
        return sum(map(len, sent))

    return send


_SCORES: dict[tuple[ClipKind, bytes], tuple[int, ...]] = {}  # of each clip, as they must be


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--best-of", type=int, default=1, help="tries of each row")
    options = parser.parse_args()
    random = np.random.default_rng(0)
    count = int(SECONDS * LINE_BYTES_PER_S)
    features = Clips(count // (CONFIG.frames * CONFIG.features.channels))
    _SCORES.update(
        ((ClipKind.FEATURES, clip), scores)
        for clip, scores in zip(features.features, features.scores, strict=True)
    )
    samples = random.integers(
        -20000, 20000, (count // 2 // CONFIG.clip_samples, CONFIG.clip_samples)
    )
    audio = [clip.astype("<i2").tobytes() for clip in samples]
    print(
        "| latency each way, ms | clips | one at a time | sent ahead | with frames and commands |"
    )
    print("| ---: | --- | ---: | ---: | ---: |")
    least = 1.0
    with tempfile.TemporaryDirectory() as folder:
        run = tiny_run(Path(folder))
        firmware = build_firmware(run.generated, run.build("host"))
        for latency_s in LATENCIES_S:
            for kind, clips in ((ClipKind.AUDIO, audio), (ClipKind.FEATURES, features.features)):
                one = measure(firmware, latency_s, sender(kind, clips, ahead=False))
                tries = [
                    measure(firmware, latency_s, sender(kind, clips, ahead=True))
                    for _ in range(options.best_of)
                ]
                ahead = max(tries, key=lambda rate: rate.clips)
                least = min(least, ahead.clips)
                print(
                    f"| {latency_s * 1000:g} | {kind.name.lower()} | {one.clips:.0%} | "
                    f"{ahead.clips:.1%} | {ahead.wire:.1%} |",
                    flush=True,
                )
    return int(least < ASKED)


if __name__ == "__main__":
    sys.exit(main())
