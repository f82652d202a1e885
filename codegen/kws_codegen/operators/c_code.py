# SPDX-License-Identifier: Apache-2.0
"""The C of one operator: constant arrays, the kernel's struct, the call.

The structs and functions are those of firmware/kernels/kernels.h.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from kws_codegen.operators.tensors import Activation, IntArray

_BYTES = {"int8_t": 1, "uint8_t": 1, "int16_t": 2, "uint16_t": 2, "int32_t": 4}


@dataclass(frozen=True)
class Array:
    """A constant array of static_model.c."""

    name: str
    c_type: str
    values: IntArray
    comment: str

    @property
    def bytes(self) -> int:
        return _BYTES[self.c_type] * int(self.values.size)


@dataclass(frozen=True, kw_only=True)
class KernelCall:
    """An operator that is one call of a kernel.

    `struct` is the C type of its constants ("" where there is none), `fields` are the designated
    initialisers, `arrays` what they point to.
    """

    function: str
    arguments: tuple[str, ...]
    struct: str = ""
    fields: tuple[str, ...] = ()
    arrays: tuple[Array, ...] = ()

    @property
    def call(self) -> str:
        """The statement without its semicolon."""
        return f"{self.function}({', '.join(self.arguments)})"


@dataclass(frozen=True)
class NoCode:
    """What an operator says that needs no code: its output is its input's bytes (RESHAPE)."""


@dataclass(frozen=True)
class Names:
    """How the C of one operator names things.

    `prefix` begins all its names, and is the name of its struct; `offsets` are the places of
    tensors in the buffer by index, `scratch_offset` that of its scratch memory, if it has any.
    """

    prefix: str
    offsets: Mapping[int, int]
    scratch_offset: int | None
    advances: Mapping[int, int] = field(default_factory=dict)
    """Of tensors that lie elsewhere at each turn of a loop: bytes from one to the next."""

    @property
    def struct(self) -> str:
        """The address of the operator's struct."""
        return f"&{self.prefix}"

    @property
    def scratch(self) -> str:
        """The address of the operator's scratch memory."""
        assert self.scratch_offset is not None, f"{self.prefix} has no scratch memory"
        return address(self.scratch_offset)

    def tensor(self, tensor: Activation) -> str:
        """The address of a tensor."""
        return address(self.offsets[tensor.index], self.advances.get(tensor.index, 0))

    def array(self, what: str, c_type: str, values: npt.ArrayLike, comment: str) -> Array:
        """A constant array of the operator; `what` it holds ends its name."""
        return Array(f"{self.prefix}_{what}", c_type, np.asarray(values, np.int64), comment)


def address(offset: int, advance: int = 0) -> str:
    """A place in the buffer, which moves on by `advance` bytes at each turn of a loop."""
    place = f"activations + {offset}" if offset else "activations"
    return f"{place} + {advance} * turn" if advance else place


# Designated initialisers.


def braces(values: tuple[int, ...]) -> str:
    return "{" + ", ".join(str(value) for value in values) + "}"


def nested(name: str, lines: tuple[str, ...]) -> str:
    """A struct inside the struct."""
    inner = ",\n".join("        " + line for line in lines)
    return f".{name} = {{\n{inner},\n    }}"


def height_and_width(name: str, values: tuple[int, int]) -> str:
    return f".{name}_height = {values[0]}, .{name}_width = {values[1]}"
