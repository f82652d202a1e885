# SPDX-License-Identifier: Apache-2.0
"""A run folder made in a second: a handful of synthetic clips and a model with random weights.

What the model answers means nothing; that a device answers the same is what tests look at.
"""

import hashlib
from pathlib import Path

import numpy as np
import soundfile

from kws.config.schema import Config, DataConfig, dump_config
from kws.data import build_dataset
from kws.quantize import QuantizationResult
from kws.run.paths import RunPaths
from kws_codegen.base.feature_config import FeatureConfig
from kws_codegen.base.json_file import write_json
from kws_codegen.generate import generate
from tests.support.tflite_builder import TfliteBuilder

WORDS = ("yes", "no")
CLIPS_PER_WORD = 6  # of each split: two speakers' worth
CONFIG = Config(
    data=DataConfig(wanted_words=WORDS, silence_percentage=25.0, unknown_percentage=25.0),
    features=FeatureConfig(sample_rate_hz=8000, channels=20, upper_band_hz=3900.0),
)


def tiny_model(config: Config = CONFIG, seed: int = 5) -> bytes:
    """A .tflite file that fits the configuration: convolution, pooling, dense, softmax."""
    random = np.random.default_rng(seed)

    def weights(*shape: int) -> np.ndarray:
        return random.integers(-127, 128, shape).astype(np.int8)

    frames, channels, classes = config.frames, config.features.channels, len(config.data.labels)
    b = TfliteBuilder()
    source = b.tensor([1, frames, channels, 1], 0.11, -128)
    rows, columns = (frames - 8) // 4 + 1, (channels - 8) // 4 + 1
    conv = b.tensor([1, rows, columns, 4], 0.05, -128)
    scales = np.array([0.011, 0.012, 0.013, 0.014])
    kernel = b.constant(weights(4, 8, 8, 1), list(scales))
    bias_values = random.integers(-500, 500, 4).astype(np.int32)
    bias = b.constant(bias_values, list(0.11 * scales))
    # padding 1: VALID; fusedActivationFunction 1: RELU
    b.operator(
        "CONV_2D", [source, kernel, bias], [conv],
        padding=1, strideH=4, strideW=4, dilationHFactor=1, dilationWFactor=1,
        fusedActivationFunction=1,
    )  # fmt: skip
    pooled = b.tensor([1, 1, 1, 4], 0.05, -128)
    b.operator(
        "AVERAGE_POOL_2D", [conv], [pooled],
        padding=1, strideH=rows, strideW=columns, filterHeight=rows, filterWidth=columns,
    )  # fmt: skip
    flat = b.tensor([1, 4], 0.05, -128)
    b.operator("RESHAPE", [pooled, b.constant(np.array([1, 4], np.int32))], [flat], newShape=[1, 4])
    logits = b.tensor([1, classes], 0.05, 0)
    dense_bias = b.constant(np.zeros(classes, np.int32), 0.05 * 0.002)
    dense = b.constant(weights(classes, 4), 0.002)
    b.operator("FULLY_CONNECTED", [flat, dense, dense_bias], [logits])
    scores = b.tensor([1, classes], 1 / 256, -128)
    b.operator("SOFTMAX", [logits], [scores], beta=1.0)
    return b.build([source], [scores])


def tiny_data(root: Path, words: tuple[str, ...] = (*WORDS, "cat"), seed: int = 2) -> None:
    """Write short clips of noisy tones for each word, in all three splits, and noise."""
    random = np.random.default_rng(seed)
    lists: dict[str, list[str]] = {"validation_list.txt": [], "testing_list.txt": []}
    for number, word in enumerate(words):
        (root / word).mkdir(parents=True)
        for i in range(CLIPS_PER_WORD):
            name = f"{word}/{'abcdef'[i]}{number:07x}_nohash_0.wav"
            t = np.arange(8000 - 300 * i) / 8000
            tone = 0.3 * np.sin(2 * np.pi * (300 + 500 * number + 20 * i) * t)
            soundfile.write(root / name, tone + 0.05 * random.standard_normal(len(t)), 8000)
            if i % 3:
                lists[("validation_list.txt", "testing_list.txt")[i % 3 - 1]].append(name)
    for name, lines in lists.items():
        (root / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    (root / "_background_noise_").mkdir()
    noise = 0.1 * random.standard_normal(8000 * 4)
    soundfile.write(root / "_background_noise_" / "noise.wav", noise, 8000)


def write_model(run: RunPaths, config: Config, model: bytes) -> None:
    """Write a model as the quantize step does; its figures mean nothing."""
    run.tflite_model.write_bytes(model)
    result = QuantizationResult(
        clips=1, int8_accuracy=0.5, float_accuracy=None, parameters=None, macs=1,
        tflite_bytes=len(model), input_scale=1, input_zero_point=0, output_scale=1,
        output_zero_point=0, tflite_sha256=hashlib.sha256(model).hexdigest(),
        interface=config.interface,
    )  # fmt: skip
    write_json(run.quantization, result)


def tiny_run(folder: Path, config: Config = CONFIG) -> RunPaths:
    """A run with everything up to the generated code; its recordings are in folder/data."""
    run = RunPaths(folder / "run")
    run.root.mkdir(parents=True)
    tiny_data(folder / "data")
    run.config.write_text(dump_config(config), encoding="utf-8")
    write_model(run, config, tiny_model(config))
    rate = config.features.sample_rate_hz
    build_dataset(config.data, folder / "data", rate).save(run.dataset)
    command = "kws generate --run RUN"
    generate(config.interface, tiny_model(config), run.generated, command, config.detect)
    return run
