# SPDX-License-Identifier: Apache-2.0
"""Networks that nobody has trained: what a configuration costs is known before its training.

Sizes, and but for a percent or so instructions, do not depend on the weights.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from kws.architectures.layers import LAST_LAYER
from kws.config.schema import Config
from kws.firmware.boards import Board
from kws.firmware.cmake import build_firmware
from kws.quantize.convert import convert_int8
from kws.train.model import build_model
from kws.train.tensorflow_setup import set_up_tensorflow
from kws_codegen.base.cache import scratch
from kws_codegen.generate import generate

_RANGES_FROM = 4  # inputs that set the ranges of the activations


def untrained_int8(config: Config) -> bytes:
    """The .tflite of the configuration's network with random weights.

    Batch normalisation takes its statistics from the inputs: otherwise values vanish in a deep
    untrained network, and its scales are so small that TensorFlow Lite Micro ends the program.
    Biases of 0 take the noise's values: the converter leaves such out, and a training does not.
    """
    import keras

    set_up_tensorflow(config.training.seed)
    shape = (_RANGES_FROM, config.frames, config.features.channels, 1)
    noise = np.random.default_rng(config.training.seed).random(shape, np.float32)
    network = build_model(config)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
    network(noise, training=True)
    last = network.get_layer(LAST_LAYER)
    last.bias.assign(noise.flat[: last.bias.shape[0]])
    return convert_int8(network, config, noise)


@contextmanager
def untrained_firmware(config: Config, board: Board) -> Iterator[tuple[bytes, Path]]:
    """That model and its firmware for a board, built as the configuration says, while it lasts.

    KwsError when a tool is missing, or the firmware does not fit the board.
    """
    model, firmware = untrained_int8(config), config.firmware
    with scratch() as folder:
        generated = folder / "generated"
        command = "kws generate --run RUN"
        generate(config.interface, model, generated, command, config.detect, firmware.activations)
        yield (
            model,
            build_firmware(generated, folder / "build", board.name, optimise=firmware.optimise),
        )
