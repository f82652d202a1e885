# SPDX-License-Identifier: Apache-2.0
"""Every preset on one data set: int8 accuracy, bytes, MACs, RAM, instructions. Markdown.

    .venv/bin/python -m bench.presets --data DIR --out runs/presets
    .venv/bin/python -m bench.presets --data DIR --out runs/presets --presets ds_cnn:tiny --epochs 2

Accuracies are means of the seeds with 95 % intervals over them (Student's t); flash and RAM of the
whole firmware and instructions of an inference are those of mps2_an386.
"""

import argparse
import sys
from dataclasses import replace

from bench.judging import accuracy_cells, add_options, judge, row
from kws.architectures.registry import ARCHITECTURES
from kws.config.schema import BudgetConfig, load_config
from kws.firmware.boards import find_board
from kws.search.cost import measure_cost
from kws_codegen.base.errors import KwsError

BOARD = "mps2_an386"
_HEADINGS = [
    "network", "testing, %", "others, %", "drop, points", ".tflite", "MACs", "flash", "RAM",
    "instructions",
]  # fmt: skip
_COUNT = BudgetConfig(instructions_per_inference=(1 << 63) - 1)  # so that they are counted


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
            config = load_config(options.config, chosen)
            judged = judge(config, options, f"{architecture}-{preset}")
            cost = measure_cost(replace(config, budget=_COUNT), find_board(BOARD))
            numbers = [judged[0].tflite_bytes, judged[0].macs or 0, cost.flash_bytes]
            numbers += [cost.ram_bytes, cost.instructions or 0]
            cells = [name, *accuracy_cells(judged), *(f"{number:,}" for number in numbers)]
            print(row(cells), flush=True)
    except KwsError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
