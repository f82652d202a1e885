# SPDX-License-Identifier: Apache-2.0
"""What runs a model and what it costs: generated C against TensorFlow Lite Micro, in QEMU.

    TFLM_ROOT=tflite-micro .venv/bin/python -m bench.runtimes [--model FILE]

Builds the same firmware three times, around the static C model and around an interpreter
with reference and with CMSIS-NN kernels, sends one clip of features, checks the answer against
TensorFlow Lite Micro on this computer, and writes the table into docs/reference/costs.md (between
its two markers) and bench/runtimes.json. Instructions are counted exactly (-icount); they are not
cycles and not time.

The models are those of bench/device/boards.py with random weights (what a model costs does not
depend on them, but for biases, which the .tflite lacks where all are 0) and --model, any .tflite
whose input is [frames, channels] of 30 ms windows every 20 ms.
"""

import argparse
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from bench.device.boards import models as presets
from bench.device.boards import random_model, write_into
from kws.config.schema import Config, config_from_dict
from kws.firmware.boards import find_board
from kws.firmware.cmake import build_firmware
from kws.firmware.launch import run_board
from kws.firmware.runtime import ModelRuntime
from kws.firmware.size import firmware_size
from kws.inference.golden import Golden
from kws.link.connect import connect
from kws_codegen.generate import generate
from kws_codegen.protocol.messages import ClipKind

ROOT = Path(__file__).resolve().parents[1]
BOARD = "mps2_an386"
RUNTIMES = {
    "static C model": ModelRuntime(),
    "TFLM, reference kernels": ModelRuntime("tflm", "reference"),
    "TFLM, CMSIS-NN kernels": ModelRuntime("tflm", "cmsis_nn"),
}


@dataclass(frozen=True)
class Cost:
    """One model under one runtime. Flash and RAM are the whole firmware's."""

    model: str
    runtime: str
    instructions_per_inference: int
    flash_bytes: int
    weights_bytes: int  # of that flash
    ram_bytes: int
    model_ram_bytes: int  # of that RAM, reserved for activations or as arena
    model_used_bytes: int  # of those
    stack_peak_bytes: int


def models(file: Path | None) -> Iterator[tuple[str, Config, bytes]]:
    """Name, configuration and .tflite bytes of each model to measure."""
    for name, config in presets().items():
        yield name, config, random_model(config)
    if file is not None:
        model = file.read_bytes()
        golden = Golden(model)
        words = [f"word{i}" for i in range(int(np.prod(golden.output_shape)) - 2)]
        channels = int(np.prod(golden.input_shape)) // Config().frames
        values = {"data": {"wanted_words": words}, "features": {"channels": channels}}
        yield file.stem, config_from_dict(values), model


def measure(name: str, config: Config, model: bytes) -> Iterator[Cost]:
    """The model under each runtime; SystemExit when an answer is not exact."""
    board, golden = find_board(BOARD), Golden(model)
    features = np.random.default_rng(2).integers(-128, 128, golden.input_shape).astype(np.int8)
    expected = golden.invoke(features).ravel().tolist()
    with tempfile.TemporaryDirectory() as folder:
        generated = Path(folder) / "generated"
        generate(config.interface, model, generated, "kws generate --run RUN")
        for title, runtime in RUNTIMES.items():
            build = Path(folder) / runtime.build_name(board.name)
            firmware = build_firmware(generated, build, board.name, runtime=runtime)
            size = firmware_size(board, firmware)
            with run_board(board, firmware) as url, connect(url) as device:
                info = device.handshake()
                result = device.classify(ClipKind.FEATURES, features.tobytes())
                stats = device.stats()
            if list(result.scores) != expected:
                raise SystemExit(f"{name}, {title}: {result.scores}, expected {expected}")
            yield Cost(
                name,
                title,
                result.inference_time,
                size.flash_bytes,
                info.weights_bytes,
                size.ram_bytes,
                info.activation_bytes,
                stats.model_used_bytes,
                stats.stack_peak_bytes,
            )


def table(costs: list[Cost]) -> str:
    """Markdown: a row a model and runtime."""
    lines = [
        "| model | runtime | instructions an inference | flash | of it weights "
        "| RAM | of it for the model | of that used | stack used |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {cost.model} | {cost.runtime} | {cost.instructions_per_inference:,} "
        f"| {cost.flash_bytes:,} | {cost.weights_bytes:,} | {cost.ram_bytes:,} "
        f"| {cost.model_ram_bytes:,} | {cost.model_used_bytes:,} | {cost.stack_peak_bytes:,} |"
        for cost in costs
    ]
    return "\n".join(lines)


def tflm_version() -> str:
    """Commit of the tree at TFLM_ROOT, where git knows it."""
    command = ["git", "-C", os.environ["TFLM_ROOT"], "log", "-1", "--format=%h of %cs"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return f", commit {found.stdout.strip()}" if found.returncode == 0 else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--model", type=Path, help="a .tflite to measure as well")
    parser.add_argument("--document", type=Path, default=ROOT / "docs/reference/costs.md")
    arguments = parser.parse_args()
    if not os.environ.get("TFLM_ROOT"):
        parser.error("TFLM_ROOT is not set: name a built tflite-micro tree")
    costs = []
    for name, config, model in models(arguments.model):
        for cost in measure(name, config, model):
            costs.append(cost)
            print(cost, flush=True)
    figures = [asdict(cost) for cost in costs]
    Path(__file__).with_suffix(".json").write_text(json.dumps(figures, indent=2) + "\n")
    command = "TFLM_ROOT=tflite-micro .venv/bin/python -m bench.runtimes"
    if arguments.model:
        command += f" --model {arguments.model.name}"
    board = find_board(BOARD)
    said = f"{board.name} ({board.core.title}), TensorFlow Lite Micro{tflm_version()}:"
    content = f"```sh\n{command}\n```\n\n{said}\n\n{table(costs)}"
    write_into(arguments.document, "runtimes", content)


if __name__ == "__main__":
    main()
