# SPDX-License-Identifier: Apache-2.0
"""What operators work on: activations in the buffer, or constants."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Int8Array = npt.NDArray[np.int8]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Activation:
    """A tensor that lives in the activation buffer; int8 but for a few outputs and states."""

    index: int  # of the tensor in the file
    name: str
    shape: tuple[int, ...]
    scale: float
    zero_point: int
    element_bytes: int = 1

    @property
    def size(self) -> int:
        """Bytes."""
        return self.element_bytes * int(np.prod(self.shape, dtype=np.int64))

    @property
    def c_type(self) -> str:
        """For comments in C."""
        return f"int{8 * self.element_bytes}"

    @property
    def image(self) -> tuple[int, int, int]:
        """Height, width, channels of a [1, H, W, C] tensor."""
        _, height, width, channels = self.shape
        return height, width, channels

    @property
    def quantization(self) -> str:
        """For comments in C."""
        return f"scale {self.scale:.9g}, zero point {self.zero_point}"


Operand = Activation | Int8Array
"""What an operator of several tensors works on: activations, or constants."""


def four_dimensions(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape with ones in front."""
    return (1,) * (4 - len(shape)) + shape


def round_up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple
