# SPDX-License-Identifier: Apache-2.0
"""How many planted label errors stand at the top of the list of `kws data suspects`.

    .venv/bin/python -m bench.suspects --data DIR --out runs/suspects
    .venv/bin/python -m bench.suspects --data DIR --out runs/suspects --clips 100 --epochs 30

Clips of the words of configs/mini.toml (at most --clips of each) are copied, a share of them under
the name of another of the words; the folds of a run judge them. Exit status 1 when less than
LEAST_SHARE of the errors are in the first tenth.
"""

import argparse
import shutil
import sys
from pathlib import Path

import numpy as np

from kws.config.schema import load_config
from kws.quantize import suspects
from kws.run.pipeline import Pipeline
from kws_codegen.base.errors import KwsError
from kws_codegen.base.labels import BACKGROUND_NOISE_DIR

LEAST_SHARE = 0.8
SEED = 11


def plant(data: Path, folder: Path, words: tuple[str, ...], clips: int, share: float) -> set[str]:
    """Copy clips into `folder`; the paths of those whose label is wrong there."""
    random = np.random.default_rng(SEED)
    for path in (data / BACKGROUND_NOISE_DIR).glob("*.wav"):
        _copy(path, folder / BACKGROUND_NOISE_DIR / path.name)
    wrong = set()
    for word in words:
        for path in sorted((data / word).glob("*.wav"))[:clips]:
            label = word
            if random.random() < share:
                label = words[(words.index(word) + random.integers(1, len(words))) % len(words)]
                wrong.add(f"{label}/{path.stem}{word}.wav")
            _copy(path, folder / label / (path.name if label == word else f"{path.stem}{word}.wav"))
    return wrong


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of words")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--clips", type=int, default=400)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--share", type=float, default=0.05, help="of labels that are wrong")
    options = parser.parse_args()
    config = load_config(Path("mini"), {"training.epochs": options.epochs})
    words, folder = config.data.wanted_words, options.out / "data"
    try:
        shutil.rmtree(folder, ignore_errors=True)
        wrong = plant(options.data, folder, words, options.clips, options.share)
        pipeline = Pipeline.create(options.out / "run", config)
        pipeline.data(folder)
        pipeline.cross_validate(options.folds)
        found = [doubt.path for doubt in suspects(pipeline.config, pipeline.run)]
    except KwsError as error:
        print(error, file=sys.stderr)
        return 2
    print("| first | of the recordings | planted errors in it | of |")
    print("| ---: | ---: | ---: | ---: |")
    caught = 0.0
    for part in (0.05, 0.1, 0.2):
        first = found[: round(part * len(found))]
        hits = len(wrong & set(first))
        print(f"| {100 * part:.0f} % | {len(first)} | {hits} | {len(wrong)} |")
        caught = hits / len(wrong) if part == 0.1 else caught
    return 0 if caught >= LEAST_SHARE else 1


if __name__ == "__main__":
    sys.exit(main())
