# SPDX-License-Identifier: Apache-2.0
"""Words at any offset: does it matter when a word begins? A table, as Markdown.

    .venv/bin/python -m bench.offsets --run runs/demo
    .venv/bin/python -m bench.offsets --run runs/demo --board mps2_an386

Words of the testing split stand in faint noise, SPACING_S apart; in each pass all begin so many
milliseconds later. The firmware listens. A detection of the word from its beginning to PATIENCE_S
after its clip counts as heard; any other detection is wrong. Exit status 1 when fewer than
LEAST_SHARE are heard in some pass, or one is wrong.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from kws.data import evaluation_clips
from kws.evaluate.clips import load_model, spread
from kws.evaluate.device_session import open_device
from kws.link.client import Device
from kws.run.pipeline import Pipeline
from kws_codegen.base.errors import KwsError

OFFSETS_MS = range(0, 1000, 100)
WORDS = 32
SPACING_S = 3.0
PATIENCE_S = 0.8
NOISE_RMS = 30  # of 32,768: -61 dBFS
LEAST_SHARE = 31 / 32


def words_of(pipeline: Pipeline, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Clips int16 [n, clip_samples] of wanted words of the testing split, and their classes."""
    clips, truth, _ = evaluation_clips(pipeline.dataset(), pipeline.config, "testing")
    wanted = np.flatnonzero(truth >= 2)
    chosen = wanted[spread(len(wanted), count)]
    return clips[chosen], truth[chosen]


def stream_of(clips: np.ndarray, offset: int, spacing: int) -> np.ndarray:
    """The clips in noise: clip i begins at sample (i + 1/3) * spacing + offset."""
    noise = np.random.default_rng(offset).normal(0, NOISE_RMS, (len(clips) + 1) * spacing)
    for i, clip in enumerate(clips):
        start = spacing // 3 + i * spacing + offset
        noise[start : start + len(clip)] += clip
    return np.clip(np.rint(noise), -32768, 32767).astype(np.int16)


def passes(
    device: Device, clips: np.ndarray, truth: np.ndarray, rate_hz: int
) -> Iterator[tuple[int, int, int]]:
    """Offset in ms, words heard and wrong detections of each pass."""
    spacing, patience = round(SPACING_S * rate_hz), round(PATIENCE_S * rate_hz)
    for offset_ms in OFFSETS_MS:
        offset = offset_ms * rate_hz // 1000
        heard, wrong = set(), 0
        for decision in device.listen(stream_of(clips, offset, spacing)):
            if decision.event is None:
                continue
            after = decision.samples - spacing // 3 - offset
            index, within = divmod(after, spacing)
            on_time = 0 <= index < len(clips) and within <= clips.shape[1] + patience
            if on_time and truth[index] == decision.event.word and index not in heard:
                heard.add(index)
            else:
                wrong += 1
        yield offset_ms, len(heard), wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--board", default="host")
    parser.add_argument("--words", type=int, default=WORDS)
    arguments = parser.parse_args()
    passed = True
    try:
        pipeline = Pipeline.open(arguments.run)
        clips, truth = words_of(pipeline, arguments.words)
        firmware = pipeline.build(arguments.board)
        with open_device(firmware, arguments.board, "", None, None) as device:
            device.handshake(load_model(pipeline.run).expected)
            print("| a word begins, ms later | heard | of | wrong |")
            print("| ---: | ---: | ---: | ---: |")
            rate_hz = pipeline.config.features.sample_rate_hz
            for offset_ms, heard, wrong in passes(device, clips, truth, rate_hz):
                print(f"| {offset_ms} | {heard} | {len(clips)} | {wrong} |", flush=True)
                passed &= heard >= LEAST_SHARE * len(clips) and wrong == 0
    except KwsError as error:
        print(error, file=sys.stderr)
        return 2
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
