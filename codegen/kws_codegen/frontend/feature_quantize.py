# SPDX-License-Identifier: Apache-2.0
"""Quantization of features: the step after the stages, whose numbers come from the model too."""

import math

from kws_codegen.base.errors import KwsError


def quantization_constants(output_scale: float, input_scale: float) -> tuple[int, int]:
    """(multiplier, shift) with multiplier * 2^-shift = output_scale / input_scale.

    multiplier is in [2^30, 2^31), shift in 1 .. 63. KwsError when the scales are not positive
    or too far apart for that.
    """
    if not (input_scale > 0 and output_scale > 0):
        raise KwsError(f"scales must be positive: input {input_scale}, features {output_scale}")
    fraction, exponent = math.frexp(output_scale / input_scale)
    multiplier = round(fraction * (1 << 31))
    if multiplier == 1 << 31:
        multiplier, exponent = 1 << 30, exponent + 1
    shift = 31 - exponent
    if not 1 <= shift <= 63:
        raise KwsError(
            f"the model's input scale {input_scale:g} does not fit features in steps of "
            f"{output_scale:g}",
            "Set features.output_scale to what the model was trained with.",
        )
    return multiplier, shift
