# SPDX-License-Identifier: Apache-2.0
"""The inputs of `kws verify`, the same on the host and on a device (firmware/verify/input.c).

Input 0 is all -128, 1 all 127, 2 has both in turn. Others are random: value i of input n is the
highest byte of mix(n * 0x9E3779B9 + i) modulo 2^32, where mix is x ^= x >> 16, x *= 0x7FEB352D,
x ^= x >> 15, x *= 0x846CA68B, x ^= x >> 16.
"""

import numpy as np
import numpy.typing as npt

EXTREMES = (0, 1, 2)


def input_numbers(count: int) -> list[int]:
    """Numbers of `count` random inputs, then those of the extremes."""
    return [*range(len(EXTREMES), len(EXTREMES) + count), *EXTREMES]


def verification_input(number: int, size: int) -> npt.NDArray[np.int8]:
    """Input `number`: int8 [size]."""
    if number == 0:
        return np.full(size, -128, np.int8)
    if number == 1:
        return np.full(size, 127, np.int8)
    positions = np.arange(size, dtype=np.uint32)
    if number == 2:
        return np.where(positions % 2 == 0, -128, 127).astype(np.int8)
    x = positions + np.uint32(number * 0x9E3779B9 % (1 << 32))
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x7FEB352D)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    values: npt.NDArray[np.int8] = (x >> np.uint32(24)).astype(np.uint8).view(np.int8)
    return values
