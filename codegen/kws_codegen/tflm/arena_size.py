# SPDX-License-Identifier: Apache-2.0
"""What an arena of TensorFlow Lite Micro is made of, and the work buffers of CMSIS-NN's kernels."""

from dataclasses import dataclass

from kws_codegen.tflite.reader import Operator, TfliteModel

STEP_BYTES = 16
"""Alignment of the arena."""

# Channels that CMSIS-NN's depthwise convolution for Helium works on at once (CH_IN_BLOCK_MVE).
_HELIUM_BLOCK_CHANNELS = 124


@dataclass(frozen=True)
class ArenaSize:
    """Bytes of one model's arena.

    Attributes:
        smallest: accepted by tflite_micro on this computer, whose pointers have 64 bits.
        plain: on a 32-bit core with the reference kernels.
        dsp: on a 32-bit core with CMSIS-NN and DSP instructions, at least `plain`.
        helium: likewise with Helium (Cortex-M55, M85).
    """

    smallest: int
    plain: int
    dsp: int
    helium: int

    @property
    def wide_total(self) -> int:
        """What to reserve on this computer."""
        return aligned(self.smallest)

    @property
    def reference_total(self) -> int:
        """What to reserve on every 32-bit core where the kernels are the reference kernels."""
        return aligned(self.plain)

    @property
    def total(self) -> int:
        """What to reserve on every 32-bit core without Helium."""
        return aligned(max(self.plain, self.dsp))

    @property
    def helium_total(self) -> int:
        """What to reserve on a core with Helium."""
        return aligned(max(self.plain, self.helium))


def work_buffers(model: TfliteModel, helium: bool) -> list[int]:
    """Bytes of each operator's work buffer in CMSIS-NN.

    Source of the formulas: the *_get_buffer_size functions of CMSIS-NN 8 (s8), and which of
    them TensorFlow Lite Micro's kernels/cmsis_nn asks.
    """
    return [_work_buffer(model, operator, helium) for operator in model.operators]


def _work_buffer(model: TfliteModel, operator: Operator, helium: bool) -> int:
    if operator.name == "CONV_2D":
        return _convolution(model, operator, helium)
    if operator.name == "DEPTHWISE_CONV_2D":
        return _depthwise(model, operator, helium)
    if operator.name == "FULLY_CONNECTED":
        return 4 * model.tensors[operator.inputs[1]].shape[0] if helium else 0
    if operator.name == "SVDF":
        return 4 * model.tensors[operator.inputs[1]].shape[0] if helium else 0
    if operator.name == "AVERAGE_POOL_2D":
        return 0 if helium else 4 * model.tensors[operator.inputs[0]].shape[-1]
    return 0


def _convolution(model: TfliteModel, operator: Operator, helium: bool) -> int:
    _, height, width, channels = model.tensors[operator.inputs[1]].shape
    pointwise = height == width == 1 and _undilated(operator)
    return 0 if pointwise else _columns(height * width * channels, helium)


def _depthwise(model: TfliteModel, operator: Operator, helium: bool) -> int:
    inputs = model.tensors[operator.inputs[0]].shape
    _, height, width, channels = model.tensors[operator.inputs[1]].shape
    taps = height * width
    if helium and inputs[3] == 1 and channels > 1:  # as a convolution, with its weights turned
        return _columns(taps, helium) + taps * channels
    if inputs[3] != channels or not _undilated(operator):
        return 0
    if helium:
        return 4 * _HELIUM_BLOCK_CHANNELS * taps
    return 0 if (height, width) == (3, 3) else 2 * taps * channels


def _undilated(operator: Operator) -> bool:
    factors = (operator.options.get(f"dilation{axis}Factor", 1) for axis in "HW")
    return all(factor == 1 for factor in factors)


def _columns(taps: int, helium: bool) -> int:
    """im2col: two columns of int16, or four of int8 in whole vectors with Helium."""
    return 4 * 16 * -(-taps // 16) if helium else 4 * 4 * -(-taps // 4)


def aligned(count: int) -> int:
    """In whole steps."""
    return -(-count // STEP_BYTES) * STEP_BYTES
