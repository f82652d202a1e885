# SPDX-License-Identifier: Apache-2.0
"""How int32 sums become int8 outputs: the constants, and their C."""

from dataclasses import dataclass

from kws_codegen.operators.c_code import Array, Names, nested

LIMIT = 1 << 31
"""Of what 32 bits hold."""

SUM_LIMIT = 1 << 29
"""Of sums, which carry two more bits through the kernels."""

MOST_SHIFT = 21
"""To the right, of the kernels' quick ways to round (KWS_MOST_SHIFT in kernels.h)."""


@dataclass(frozen=True, kw_only=True)
class Requantization:
    """One entry a channel.

    output = clamp(rescale(accumulator + bias, multiplier, shift) + zero_point, low, high);
    the input's zero point is folded into the bias.
    """

    bias: tuple[int, ...]
    multiplier: tuple[int, ...]
    shift: tuple[int, ...]
    zero_point: int
    low: int
    high: int


def requantization_code(
    r: Requantization, names: Names, steps: bool = False
) -> tuple[tuple[Array, ...], str]:
    """The arrays, and the initialiser of a kws_requantization that points to them.

    `steps`: the kernel heeds its `step`, so that one multiplier and shift of all channels is there
    once."""
    scales = tuple(zip(r.multiplier, r.shift, strict=True))
    once = steps and len(set(scales)) == 1
    multipliers, shifts = zip(*(scales[:1] if once else scales), strict=True)
    to_the_right = tuple(-shift for shift in shifts)
    entries = {
        "bias": names.array("bias", "int32_t", r.bias, "biases, input zero point folded in"),
        "multiplier": names.array("multiplier", "int32_t", multipliers, "output multipliers"),
        "shift": names.array("shift", "int8_t", to_the_right, "output shifts, to the right"),
    }
    lines = [f".{field} = {array.name}" for field, array in entries.items()]
    lines.append(f".step = {0 if once else 1}, .rounding = {_rounding(r)}")
    lines.append(f".zero_point = {r.zero_point}, .low = {r.low}, .high = {r.high}")
    return tuple(entries.values()), nested("requantization", tuple(lines))


def _rounding(r: Requantization) -> str:
    """Which of the kernels' three ways to round is enough (kws_rounding in kernels.h)."""
    if not all(1 <= -shift <= MOST_SHIFT for shift in r.shift):
        return "KWS_ROUND_GENERAL"
    return "KWS_ROUND_POSITIVE" if r.low >= r.zero_point else "KWS_ROUND_SIGNED"
