# SPDX-License-Identifier: Apache-2.0
"""Dilated convolutions that the converter took apart.

With an unknown batch such a convolution becomes SPACE_TO_BATCH_ND, a convolution without dilation
or padding on more images, BATCH_TO_SPACE_ND. Every output value is the same sum as in one dilated
convolution.
"""

from collections.abc import Sequence

from kws_codegen.tflite.reader import Operator

CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")

# In this order; a convolution in one dimension has changes of rank around it.
_CHAIN = (
    ("SPACE_TO_BATCH_ND",),
    ("EXPAND_DIMS", "RESHAPE"),
    CONVOLUTIONS,
    ("RESHAPE", "SQUEEZE"),
    ("BATCH_TO_SPACE_ND",),
)
_OPTIONAL = (1, 3)


def dilation_chain(operators: Sequence[Operator], first: Operator) -> list[Operator]:
    """The operators from SPACE_TO_BATCH_ND to BATCH_TO_SPACE_ND, or nothing."""
    chain: list[Operator] = []
    reader: Operator | None = first
    for position, names in enumerate(_CHAIN):
        if reader is not None and reader.name in names:
            chain.append(reader)
            made = reader.outputs[0]
            readers = [op for op in operators if made in op.inputs]
            reader = readers[0] if len(readers) == 1 else None
        elif position not in _OPTIONAL:
            return []
    return chain
