# SPDX-License-Identifier: Apache-2.0
"""Limits of an operator's outputs under its fused activation."""

from kws_codegen import fixed_point as fx
from kws_codegen.operators.operator_view import OperatorView

FULL_RANGE = (fx.INT8_MIN, fx.INT8_MAX)

# By name in schema.fbs's ActivationFunctionType; None where int8 is the limit.
_LIMITS: dict[str, tuple[float | None, float | None]] = {
    "NONE": (None, None),
    "RELU": (0.0, None),
    "RELU6": (0.0, 6.0),
    "RELU_N1_TO_1": (-1.0, 1.0),
}


def activation_range(view: OperatorView) -> tuple[int, int]:
    """Smallest and largest int8 output. Raises KwsError for an activation that is not supported."""
    from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

    code = view.option("fusedActivationFunction")
    names = {v: n for n, v in vars(schema.ActivationFunctionType).items() if type(v) is int}
    name = names.get(code, str(code))
    if name not in _LIMITS:
        view.fail(f"has the fused activation {name}, which is not supported")
    low, high = _LIMITS[name]
    scale, zero_point = view.output.scale, view.output.zero_point
    return (
        fx.INT8_MIN if low is None else max(fx.INT8_MIN, fx.quantize(low, scale, zero_point)),
        fx.INT8_MAX if high is None else min(fx.INT8_MAX, fx.quantize(high, scale, zero_point)),
    )
