# SPDX-License-Identifier: Apache-2.0
"""How a fault of one operator of a file is said."""

from collections.abc import Sequence
from typing import NoReturn

from kws_codegen.base.errors import KwsError
from kws_codegen.tflite.reader import Operator, Tensor


def fail(tensors: Sequence[Tensor], op: Operator, fault: str, hint: str = "") -> NoReturn:
    """KwsError that names the operator with its index and its first input's and output's shape."""
    source, output = (
        str(list(tensors[indices[0]].shape)) if indices else "[]"
        for indices in ([i for i in op.inputs if i >= 0], op.outputs)
    )
    raise KwsError(f"operator {op.index}, {op.name} {source} -> {output}: {fault}", hint)
