# SPDX-License-Identifier: Apache-2.0
"""Operators of several operands, of which some may be constants."""

from collections.abc import Sequence

from kws_codegen.operators.c_code import Array, Names
from kws_codegen.operators.tensors import Activation, Operand


def operand_code(
    operands: Sequence[Operand], names: Names
) -> tuple[tuple[Array, ...], tuple[str, ...]]:
    """The arrays of the constant ones, and the address of each."""
    arrays, addresses = [], []
    for number, operand in enumerate(operands):
        if isinstance(operand, Activation):
            addresses.append(names.tensor(operand))
            continue
        comment = f"operand {number}: {list(operand.shape)}"
        array = names.array(f"operand{number}", "int8_t", operand, comment)
        arrays.append(array)
        addresses.append(array.name)
    return tuple(arrays), tuple(addresses)
