# SPDX-License-Identifier: Apache-2.0
"""Is a .tflite that kws did not train fit for a run? If not, what is in the way."""

from kws.config.schema import Config
from kws_codegen.base.errors import KwsError
from kws_codegen.lowering import lower
from kws_codegen.tflite.reader import read_tflite


def check_foreign_model(model: bytes, config: Config) -> None:
    """Raise KwsError unless `model` can stand in for a model that kws trained.

    It must be int8 (or float behind QUANTIZE and before DEQUANTIZE), take as many values as
    the features of a clip in the order [frames, channels], give one score a class, and hold
    only operators that the static C model supports.
    """
    content = read_tflite(model)
    source, scores = content.int8_input, content.int8_output
    wanted = (config.frames, config.features.channels)
    if tuple(size for size in source.shape if size != 1) != tuple(s for s in wanted if s != 1):
        raise KwsError(
            f"the model's input is {list(source.shape)}, and the features of a clip are "
            f"{wanted[0]} frames x {wanted[1]} channels",
            "Set window_ms, hop_ms, channels and clip_duration_ms to those the model was "
            "trained with, or train a model on these features.",
        )
    classes = len(config.data.labels)
    if scores.size != classes:
        raise KwsError(
            f"the model gives {scores.size} scores, and the configuration has {classes} classes: "
            f"{', '.join(config.data.labels)}",
            "Set data.wanted_words to the model's words; silence and unknown come first.",
        )
    lower(content)
