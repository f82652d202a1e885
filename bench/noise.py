# SPDX-License-Identifier: Apache-2.0
"""What trained runs hear in noise: the wanted words of their testing splits, int8. Markdown.

    .venv/bin/python -m bench.noise OUT/ds_cnn-small-0 OUT/ds_cnn-small-1 OUT/ds_cnn-small-2

The runs are one training with several seeds: a mean with its 95 % interval over them (Student's
t); of one run, that of its clips. To each clip comes a cut of the noise that the split may use, of
the same power in each clip: at a signal-to-noise ratio against the mean power of all of these
clips.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.judging import mean_text, row, seed_folder
from kws.data import evaluation_clips
from kws.data.audio import to_int16
from kws.data.noise import NoiseSource
from kws.features import cached_features
from kws.metrics.confusion import wilson_interval
from kws.quantize.quantize import int8_answers
from kws.run.pipeline import Pipeline
from kws_codegen.base.errors import KwsError

SNRS_DB = (None, 20.0, 10.0, 0.0)  # None: nothing comes to the clips
ONE_SNR_DB = 10.0  # where a table has one column
SEED = 29


def heard(run: Path, snrs_db: Sequence[float | None] = SNRS_DB) -> tuple[int, list[int]]:
    """How many words there are, and how many are recognised at each of these ratios."""
    pipeline = Pipeline.open(run)
    config, dataset = pipeline.config, pipeline.dataset()
    clips, truth, _ = evaluation_clips(dataset, config, "testing")
    wanted = np.isin(truth, [config.data.labels.index(word) for word in config.data.wanted_words])
    words = clips[wanted].astype(np.float32)
    source = NoiseSource(dataset.audio(config), "testing", config.clip_samples)
    if not source:
        raise KwsError("the data has no recordings of noise", "Add them to _background_noise_.")
    noise = source.cuts(len(words), np.random.default_rng(SEED)).values
    noise /= np.maximum(np.square(noise).mean(axis=1, keepdims=True), 1) ** 0.5
    model, power = pipeline.run.tflite_model.read_bytes(), np.square(words, dtype=np.float64).mean()
    right = []
    for snr_db in snrs_db:
        level = 0.0 if snr_db is None else (power / 10 ** (snr_db / 10)) ** 0.5
        raw = cached_features(to_int16(words + level * noise), config.features)
        right.append(int((int8_answers(model, config, raw) == truth[wanted]).sum()))
    return len(words), right


def noisy_text(options: argparse.Namespace, name: str) -> str:
    """What the seeds of a training hear at ONE_SNR_DB (bench.judging.judge), mean and interval."""
    runs = [seed_folder(options, name, seed) for seed in range(options.seeds)]
    return _cell([heard(run, (ONE_SNR_DB,)) for run in runs], 0)


def _cell(found: list[tuple[int, list[int]]], column: int) -> str:
    """Mean of the runs with its interval over them; of one run, its own (Wilson)."""
    words, right = found[0]
    if len(found) > 1:
        return mean_text([right[column] / words for words, right in found])
    low, high = wilson_interval(right[column], words)
    return f"{100 * right[column] / words:.1f} ({100 * low:.1f} to {100 * high:.1f})"


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("runs", type=Path, nargs="+", help="trained and quantised")
    options = parser.parse_args()
    names = ["as recorded" if snr is None else f"{snr:g} dB" for snr in SNRS_DB]
    try:
        found = [heard(run) for run in options.runs]
    except KwsError as error:
        print(error, file=sys.stderr)
        return 2
    print(row(["runs", "words", *(f"{name}, %" for name in names)]))
    print(row(["---:"] * (2 + len(names))))
    cells = [_cell(found, column) for column in range(len(names))]
    print(row([str(len(found)), str(found[0][0]), *cells]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
