# SPDX-License-Identifier: Apache-2.0
"""Every preset on one data set: int8 accuracy, bytes, MACs, RAM, instructions. Markdown.

    .venv/bin/python -m bench.presets --data DIR --out runs/presets
    .venv/bin/python -m bench.presets --data DIR --out runs/presets --presets ds_cnn:tiny --epochs 2

Accuracies are means of the seeds with 95 % intervals over them (Student's t); in noise, those of
the wanted words alone (bench.noise). Flash and RAM of the whole firmware and instructions of an
inference are those of mps2_an386. A second of sound: all that a listener does on a Cortex-M4 with
the [detect] of configs/listen.toml, by rows where the network has no padding in time, else by
windows.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Literal

from bench.device.boards import random_model
from bench.judging import accuracy_cells, add_options, judge, row
from bench.listener import measure_listener
from bench.noise import noisy_text
from kws.architectures.registry import ARCHITECTURES
from kws.architectures.speech_start import SPEECH, speech_misfit
from kws.config.schema import BudgetConfig, Config, load_config
from kws.firmware.boards import find_board
from kws.search.cost import measure_cost
from kws_codegen.base.errors import KwsError
from kws_codegen.operators.time_use import NotStreamable
from kws_codegen.streaming.static_stream import static_stream

BOARD = "mps2_an386"
_HEADINGS = [
    "network", "testing, %", "others, %", "drop, points", "words at 10 dB, %", ".tflite", "MACs",
    "flash", "RAM", "instructions", "a second of sound",
]  # fmt: skip
_COUNT = BudgetConfig(instructions_per_inference=(1 << 63) - 1)  # so that they are counted


def listening(config: Config) -> str:
    """Million instructions a second of sound, and how they are spent."""
    model = random_model(config)
    streamable = not isinstance(static_stream(model, config.frames), NotStreamable)
    form: Literal["rows", "window"] = "rows" if streamable else "window"
    detect = load_config(Path("listen")).detect
    cost = measure_listener("m4", replace(config, detect=detect), model, form)
    return f"{cost.per_second / 1e6:.2f} M, {form}"


def _fitting(config: Config) -> Config:
    """With random weights to start from where none ship for this network."""
    if config.training.start != SPEECH or not speech_misfit(config.model, config.features):
        return config
    return replace(config, training=replace(config.training, start=""))


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_options(parser)
    every = [f"{name}:{p}" for name, kind in ARCHITECTURES.items() for p in kind.presets()]
    parser.add_argument("--presets", default=",".join(every))
    options = parser.parse_args()
    print(row(_HEADINGS))
    print(row(["---", *["---:"] * (len(_HEADINGS) - 1)]))
    try:
        for name in options.presets.split(","):
            architecture, _, preset = name.partition(":")
            chosen = {"model.architecture": architecture, "model.preset": preset}
            config = _fitting(load_config(options.config, chosen))
            folder = f"{architecture}-{preset}"
            judged, noisy = judge(config, options, folder), noisy_text(options, folder)
            cost = measure_cost(replace(config, budget=_COUNT), find_board(BOARD))
            numbers = [judged[0].tflite_bytes, judged[0].macs or 0, cost.flash_bytes]
            numbers += [cost.ram_bytes, cost.instructions or 0]
            cells = [name, *accuracy_cells(judged), noisy, *(f"{number:,}" for number in numbers)]
            print(row([*cells, listening(config)]), flush=True)
    except KwsError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
