# SPDX-License-Identifier: Apache-2.0
"""What each step of a run depends on: the parts of the configuration and the files that it reads.

Plain values, whose hash is kept: a step is done again when they have changed, and only then.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import kws_codegen
from kws.config.schema import Config
from kws.data import scan_folder
from kws.data.common_words import WORDS
from kws.data.few_clips import voices_here
from kws.data.negatives import negative_files
from kws.data.spoken import OTHER_VOICES, OTHER_WORDS_EACH, SPEAKERS, WORDS_EACH
from kws.evaluate.options import EvaluationOptions
from kws.firmware.cmake import source_hashes
from kws.firmware.runtime import ModelRuntime
from kws.run.paths import RunPaths
from kws_codegen.base.hashes import config_hash, file_hash, tree_hash
from kws_codegen.base.version import VERSION

Inputs = dict[str, Any]


def data_inputs(config: Config, data_dir: Path) -> Inputs:
    """Of listing the recordings of `data_dir`."""
    return {
        "kws": VERSION,
        "data": config_hash(config.data),
        "negatives": negative_files(config.data.negatives).fingerprint,
        "sample_rate_hz": config.features.sample_rate_hz,
        "root": str(data_dir.resolve()),
        "files": scan_folder(data_dir).fingerprint,
        "few_clips": config_hash(config.few_clips),
        "spoken": [
            WORDS,
            SPEAKERS,
            WORDS_EACH,
            OTHER_VOICES,
            OTHER_WORDS_EACH,
            voices_here(config),
        ],
    }


def train_inputs(config: Config, run: RunPaths) -> Inputs:
    """Of the weights."""
    from kws.train.start import start_hash

    return {
        **_learned_from(config, run),
        "training": config_hash(config.training),
        "negatives": negative_files(config.data.negatives).fingerprint,
        "start": start_hash(config),
    }


def fold_inputs(config: Config, run: RunPaths, count: int) -> Inputs:
    """Of one of `count` folds of a cross-validation."""
    return {
        **train_inputs(config, run),
        "quantization": config_hash(config.quantization),
        "folds": count,
    }


def quantize_inputs(config: Config, run: RunPaths, model: Path) -> Inputs:
    """Of the int8 model that is made from the file `model`."""
    return {
        **_learned_from(config, run),
        "quantization": config_hash(config.quantization),
        "smoothing": config.detect.smoothing,
        "model": file_hash(model),
    }


def _learned_from(config: Config, run: RunPaths) -> Inputs:
    """What the weights depend on besides the training options."""
    return {
        "kws": VERSION,
        "dataset": file_hash(run.dataset),
        "data": config_hash(config.data),
        "features": config_hash(config.features),
        "network": config_hash(config.model),
    }


def generate_inputs(config: Config, run: RunPaths) -> Inputs:
    """Of the C files."""
    return {
        "kws": VERSION,
        "format": kws_codegen.FORMAT_VERSION,
        "generator": tree_hash([Path(kws_codegen.__file__).parent], (".py", ".j2")),
        "data": config_hash(config.data),
        "features": config_hash(config.features),
        "detect": config_hash(config.detect),
        "activations": config.firmware.activations,
        "outputs": config.interface.outputs,
        "model": file_hash(run.tflite_model),
    }


def build_inputs(run: RunPaths, runtime: ModelRuntime) -> Inputs:
    """Of firmware; board, speed or size and the like are in the name of its step."""
    return {**source_hashes(run.generated), "runtime": asdict(runtime)}


def evaluate_inputs(
    config: Config, run: RunPaths, options: EvaluationOptions, firmware: Path, data_dir: Path
) -> Inputs:
    """Of an evaluation of `firmware` on the recordings of `data_dir`."""
    recordings = scan_folder(data_dir)
    folds = run.cross_validation  # which a report of the run's own recordings shows
    shows_folds = options.data is None and folds.is_file()
    return {
        "kws": VERSION,
        "firmware": file_hash(firmware),
        "model": file_hash(run.tflite_model),
        "data": config_hash(config.data),
        "features": config_hash(config.features),
        "budget": config_hash(config.budget),
        "dataset": None if options.data else file_hash(run.dataset),
        "recordings": [str(recordings.root), recordings.fingerprint],
        "cross_validation": file_hash(folds) if shows_folds else None,
        "split": options.split,
        "input": options.input,
        "limit": options.limit,
    }
