# SPDX-License-Identifier: Apache-2.0
"""Does a model take the features of a clip and give one score a class?"""

from kws_codegen.base.errors import KwsError
from kws_codegen.base.interface import Interface
from kws_codegen.tflite.reader import TfliteModel


def check_fit(model: TfliteModel, interface: Interface) -> None:
    """KwsError unless the model's input holds as many values as the features of a clip, in the
    order [frames, channels], and its output one score a class.

    Generated code of any other would read past their ends.
    """
    source, scores = model.int8_input, model.int8_output
    wanted = (interface.frames, interface.features.channels)
    if tuple(size for size in source.shape if size != 1) != tuple(s for s in wanted if s != 1):
        raise KwsError(
            f"the model's input is {list(source.shape)}, and the features of a clip are "
            f"{wanted[0]} frames x {wanted[1]} channels",
            "Set window_ms, hop_ms, channels and clip_duration_ms to those the model was "
            "trained with, or train a model on these features.",
        )
    classes = len(interface.labels)
    if scores.size != classes:
        raise KwsError(
            f"the model gives {scores.size} scores, and the configuration has {classes} classes: "
            f"{', '.join(interface.labels)}",
            "Set data.wanted_words to the model's words; silence and unknown come first.",
        )
