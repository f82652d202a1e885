# SPDX-License-Identifier: Apache-2.0
"""The table of sigmoid that TensorFlow Lite Micro's 16-bit functions interpolate in, read off it.

TANH of int16 gives table[|x| >> 8], or between it and the next, less 32768, for x of three times
the input in Q3.12: so an input scale of 2 / (3 * 4096) makes |x| twice the input value.
"""

from functools import cache

import numpy as np

from kws_codegen.operators.lookup_tables import one_operator_model
from kws_codegen.operators.tensors import IntArray
from kws_codegen.tflite.reader import Operator, Tensor

_ENTRIES = 256
_INPUT_SCALE = float(np.nextafter(np.float32(2 / (3 * 4096)), np.float32(1)))  # it rounds down


@cache
def sigmoid_table() -> IntArray:
    """[256]: sigmoid of i / 24 in Q0.16, as this version of TensorFlow Lite Micro has it."""
    from tflite_micro import runtime

    source, target = _tensor(0, _INPUT_SCALE), _tensor(1, 2.0**-15)
    tanh = Operator(index=0, name="TANH", inputs=(0,), outputs=(1,), options={}, options_table="")
    model = one_operator_model((source, target), [tanh], _ENTRIES)
    interpreter = runtime.Interpreter.from_bytes(model, arena_size=1 << 16)
    # An entry lies at every 128th value; the last is seen through the one before it alone.
    values = np.append(np.arange(_ENTRIES - 1) * 128, 128 * (_ENTRIES - 1) - 1).astype(np.int16)
    interpreter.set_input(values.reshape(1, _ENTRIES), 0)
    interpreter.invoke()
    table: IntArray = interpreter.get_output(0).reshape(-1).astype(np.int64) + (1 << 15)
    return table


def _tensor(index: int, scale: float) -> Tensor:
    return Tensor(
        index=index,
        name=f"t{index}",
        shape=(1, _ENTRIES),
        signature=(1, _ENTRIES),
        dtype="INT16",
        scales=(scale,),
        zero_points=(0,),
        axis=0,
        data=None,
    )
