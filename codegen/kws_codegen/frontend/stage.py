# SPDX-License-Identifier: Apache-2.0
"""What a stage of the front end puts into feature_constants.h and .c."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kws_codegen.render import c_string

Int16Array = NDArray[np.int16]
INT16_MAX = int(np.iinfo(np.int16).max)


@dataclass(frozen=True)
class Constant:
    """A C macro: `#define <name> <value>`; text becomes a string literal."""

    name: str
    value: int | str
    comment: str = ""  # at the end of its line

    @property
    def c_value(self) -> str:
        return str(self.value) if isinstance(self.value, int) else f'"{c_string(self.value)}"'


@dataclass(frozen=True)
class Table:
    """A constant C array of the values' shape, [n] or [n, 2], and type (int16 is int16_t)."""

    name: str
    values: NDArray[np.integer[Any]]
    comment: str = ""  # on a line before it
    alignment_bytes: int = 0  # 0: that of its type

    @property
    def c_type(self) -> str:
        return f"{self.values.dtype}_t"

    @property
    def c_shape(self) -> str:
        return "".join(f"[{size}]" for size in self.values.shape)


@dataclass(frozen=True)
class StageConstants:
    """The numbers that a stage shares between Python and C, in the order of the header.

    `constants` hold whatever the C code of the stage needs to know of its tables' formats.
    """

    comment: str
    constants: Sequence[Constant]
    tables: Sequence[Table] = ()
