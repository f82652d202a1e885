# SPDX-License-Identifier: Apache-2.0
"""Is a .tflite that kws did not train fit for a run? If not, what is in the way."""

from kws.config.schema import Config
from kws_codegen.fit import check_fit
from kws_codegen.lowering import lower
from kws_codegen.tflite.reader import read_tflite


def check_foreign_model(model: bytes, config: Config) -> None:
    """Raise KwsError unless `model` can stand in for a model that kws trained.

    It must be int8 (or float behind QUANTIZE and before DEQUANTIZE), take as many values as
    the features of a clip in the order [frames, channels], give one score a class, and hold
    only operators that the static C model supports.
    """
    content = read_tflite(model)
    check_fit(content, config.interface)
    lower(content)
