# SPDX-License-Identifier: Apache-2.0
"""The static model of six networks beside TensorFlow Lite Micro with CMSIS-NN, core by core.

    .venv/bin/python -m bench.peers [--models DIR] [--cores m4,m55] [--names A,B] [--write-docs]

Two of the networks are MLPerf Tiny's own files (in DIR, ../shared/models); the others are made here
with random weights, which cost what trained ones cost. Prints a Markdown table; --write-docs puts
it into docs/reference/costs.md. TensorFlow Lite Micro's figures were measured once with the same
compiler and counter, -O3. Exit status 1 when an output differs from TensorFlow Lite Micro's.
Instructions are not cycles.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tests.support.static_model_check import NONE, RELU, VALID, Chain

from bench.device.boards import write_into
from bench.device.measure import ROOT
from bench.kernels import DOCUMENT, TITLES, measure_model
from kws_codegen.static_model import static_model

MODELS = ROOT.parent / "shared" / "models"
Counts = dict[str, float]  # by core, in thousands


@dataclass(frozen=True)
class Peer:
    """A network: a file of MODELS, or what makes it; thousands of instructions a core."""

    title: str
    source: str | Callable[[], bytes]
    tflm: Counts
    to_reach: Counts

    def model(self, folder: Path) -> bytes:
        """The .tflite."""
        if isinstance(self.source, str):
            return (folder / self.source).read_bytes()
        return self.source()


def _chain(shape: tuple[int, ...], zero_point: int = 0) -> Chain:
    return Chain(np.random.default_rng(1), shape, 1 / 32, zero_point)


def autoencoder() -> bytes:
    """As MLPerf Tiny's anomaly detection, all FULLY_CONNECTED."""
    c = _chain((1, 640))
    for outputs in (128, 128, 128, 128, 8, 128, 128, 128, 128):
        c.fully_connected(outputs, activation=RELU, zero_point=-128, per_channel=False)
    c.fully_connected(640, per_channel=False)
    return c.build()


def resnet8() -> bytes:
    """As MLPerf Tiny's image classification, 32x32 pixels of three colours."""
    c = _chain((1, 32, 32, 3))
    c.conv_2d(16, (3, 3), activation=RELU, zero_point=-128)
    for channels, stride in ((16, 1), (32, 2), (64, 2)):
        first = (c.last, c.shape, c.scale, c.zero_point)
        c.conv_2d(channels, (3, 3), (stride, stride), activation=RELU, zero_point=-128)
        c.conv_2d(channels, (3, 3), zero_point=4)
        branch = (c.last, c.shape, c.scale)
        c.last, c.shape, c.scale, c.zero_point = first
        if stride != 1:
            c.conv_2d(channels, (1, 1), (stride, stride), zero_point=-3)
        c.append("ADD", (branch[0],), branch[1], branch[2] * 1.2, -128,
                 fusedActivationFunction=RELU)  # fmt: skip
    c.pool("AVERAGE_POOL_2D", (8, 8), (8, 8), padding=VALID)
    c.reshape((1, 64))
    c.fully_connected(10, per_channel=False)
    c.softmax()
    return c.build()


def micro_speech() -> bytes:
    """TensorFlow Lite Micro's example: one depthwise layer of one channel, 10x8, then dense."""
    c = _chain((1, 49, 40, 1), -128)
    c.depthwise_conv_2d(8, (10, 8), (2, 2), activation=RELU, zero_point=-128)
    c.fully_connected(4, per_channel=False)
    c.softmax()
    return c.build()


def person_detect() -> bytes:
    """TensorFlow Lite Micro's example: MobileNet 0.25 on 96x96 grey pixels.

    Its RELU6 clamps nothing that int8 does not, as each scale is 6/255: RELU costs the same."""
    c = _chain((1, 96, 96, 1), -1)
    layer: dict[str, Any] = {"activation": RELU, "zero_point": -128}
    c.depthwise_conv_2d(8, (3, 3), (2, 2), **layer)
    for channels, stride in (
        (16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2),
        *[(128, 1)] * 5, (256, 2), (256, 1),
    ):  # fmt: skip
        c.depthwise_conv_2d(1, (3, 3), (stride, stride), **layer)
        c.conv_2d(channels, (1, 1), **layer)
    c.pool("AVERAGE_POOL_2D", (3, 3), (2, 2), padding=VALID)
    c.conv_2d(2, (1, 1), activation=NONE)
    c.reshape((1, 2))
    c.softmax()
    return c.build()


PEERS = {
    "mlperf_kws": Peer(
        "MLPerf Tiny keyword spotting",
        "mlperf_tiny_kws_ref.tflite",
        {"m4": 7845, "m55": 1785},
        {"m4": 3600, "m55": 800, "rv32": 7000, "m0": 11000},
    ),
    "str_ww": Peer(
        "MLPerf Tiny streaming wake word",
        "str_ww_ref_model.tflite",
        {"m4": 2226, "m55": 410},
        {"m4": 1200, "m55": 250},
    ),
    "autoencoder": Peer(
        "autoencoder 640-128x4-8-128x4-640",
        autoencoder,
        {"m4": 582, "m55": 150},
        {"m4": 450, "m55": 110},
    ),
    "resnet8": Peer(
        "ResNet8, 32x32", resnet8, {"m4": 29900, "m55": 4800}, {"m4": 15000, "m55": 3000}
    ),
    "micro_speech": Peer(
        "micro_speech", micro_speech, {"m4": 1495, "m55": 837}, {"m4": 900, "m55": 400}
    ),
    "person_detect": Peer(
        "person_detect, MobileNet 0.25",
        person_detect,
        {"m4": 23500, "m55": 6400},
        {"m4": 11000, "m55": 3200},
    ),
}


def row(peer: Peer, core: str, instructions: int) -> str:
    """One line of the table, in thousands of instructions."""
    known = (counts.get(core) for counts in (peer.tflm, peer.to_reach))
    cells = [f"{instructions / 1000:,.0f}", *(f"{k:,.0f}" if k else "" for k in known)]
    return f"| {peer.title} | {TITLES[core]} | {' | '.join(cells)} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--models", type=Path, default=MODELS, help="where the two files are")
    parser.add_argument("--cores", default="m4,m55", help="comma-separated")
    parser.add_argument("--names", default=",".join(PEERS), help="comma-separated")
    parser.add_argument("--write-docs", action="store_true", help=f"put the table into {DOCUMENT}")
    args = parser.parse_args()
    table = [
        "| model | core | ours | TensorFlow Lite Micro | goal |",
        "| --- | --- | ---: | ---: | ---: |",
    ]
    print("\n".join(table), flush=True)
    wrong, memory = [], []
    for name in args.names.split(","):
        peer = PEERS[name]
        model = peer.model(args.models)
        memory.append(f"{peer.title} {static_model(model).activation_bytes:,}")
        for core in args.cores.split(","):
            result = measure_model(core, model)
            table.append(row(peer, core, result.instructions))
            print(table[-1], flush=True)
            wrong += [] if result.exact else [f"{name} on {core}"]
    note = f"Activations and scratch, bytes: {'; '.join(memory)}."
    print(f"\n{note}")
    if wrong:
        print(f"\nDIFFERENT from TensorFlow Lite Micro: {', '.join(wrong)}")
        return 1
    if args.write_docs:
        command = "```sh\n.venv/bin/python -m bench.peers --write-docs\n```"
        text = f"{command}\n\nThousands of instructions an inference:\n\n" + "\n".join(table)
        write_into(ROOT / DOCUMENT, "peers", f"{text}\n\n{note}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
