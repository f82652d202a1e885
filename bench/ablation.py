# SPDX-License-Identifier: Apache-2.0
"""What each part of the recipe is worth: the configuration with one thing changed. Markdown.

    .venv/bin/python -m bench.ablation --data DIR --out runs/ablation --config thorough
    .venv/bin/python -m bench.ablation --data DIR --out runs/ablation --set model.preset=micro

Means of the seeds with 95 % intervals over them (Student's t), int8. The last column is of the
wanted words alone, in noise at 10 dB (bench.noise).
"""

import argparse
import sys

from bench.judging import accuracy_cells, add_options, judge, row
from bench.noise import noisy_text
from kws.config.changes import read_settings
from kws.config.schema import load_config
from kws_codegen.base.errors import KwsError

CHANGES: dict[str, tuple[str, ...]] = {
    "as it is": (),
    "random weights to start from": ("training.start=",),
    "no masks": ("training.time_mask_frames=0", "training.channel_mask=0"),
    "masks of 8": ("training.time_mask_frames=8", "training.channel_mask=8"),
    "no warping of features": ("training.time_warp=0.0", "training.channel_warp=0.0"),
    "no noise": ("training.noise_snr_db=[]", "data.background_frequency=0.0"),
    "noise at 0 to 30 dB": ("training.noise_snr_db=[0, 30]",),
    "no change of loudness": ("training.gain_db=[]",),
    "-12 to 6 dB louder": ("training.gain_db=[-12, 6]",),
    "no change of speed": ("training.speed=0.0",),
    "15 % faster and slower": ("training.speed=0.15",),
    "no rooms": ("training.room=0.0",),
    "half of the clips in a room": ("training.room=0.5",),
    "no label smoothing": ("training.label_smoothing=0.0",),
    "no averaged weights": ("training.weight_average=0.0",),
    "averaged weights": ("training.weight_average=0.999",),
    "no shift in time": ("data.time_shift_ms=0",),
    "noise by volume, not by ratio": ("training.noise_snr_db=[]",),
}


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_options(parser)
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="in all rows"
    )
    options = parser.parse_args()
    print(row(["recipe", "testing, %", "others, %", "drop, points", "words at 10 dB, %"]))
    print(row(["---", *["---:"] * 4]))
    try:
        base = load_config(options.config, read_settings(options.set))
        for number, (name, settings) in enumerate(CHANGES.items()):
            config = load_config(options.config, read_settings([*options.set, *settings]))
            if settings and config == base:
                continue  # the recipe has it so
            judged = judge(config, options, f"{number:02d}")
            noisy = noisy_text(options, f"{number:02d}")
            print(row([name, *accuracy_cells(judged), noisy]), flush=True)
    except KwsError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
