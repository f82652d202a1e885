# SPDX-License-Identifier: Apache-2.0
"""Is a .tflite that kws did not train fit for a run? If not, what is in the way."""

from kws.config.schema import Config
from kws_codegen.fit import check_fit
from kws_codegen.tflite.reader import read_tflite


def check_foreign_model(model: bytes, config: Config) -> None:
    """Raise KwsError unless `model` can stand in for a model that kws trained.

    It must be int8 (or float behind QUANTIZE and before DEQUANTIZE), take as many values as
    the features of a clip in the order [frames, channels] (or, with state, of a few frames), and
    give the scores of the classes. Operators that the static C model lacks are a matter of the
    runtime: kws generate says so.
    """
    check_fit(read_tflite(model), config.interface)
