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
        smallest: accepted by tflite_micro on this computer.
        dsp_buffer: largest work buffer of CMSIS-NN on cores without Helium.
        helium_buffer: the same with Helium (Cortex-M55, M85).
    """

    smallest: int
    dsp_buffer: int
    helium_buffer: int

    @property
    def total(self) -> int:
        """What to reserve on every core without Helium."""
        return _aligned(self.smallest + self.dsp_buffer)

    @property
    def helium_total(self) -> int:
        """What to reserve on a core with Helium."""
        return _aligned(self.smallest + self.helium_buffer)


def work_buffers(model: TfliteModel, helium: bool) -> list[int]:
    """Bytes of each operator's work buffer in CMSIS-NN, or more.

    Source of the formulas: the *_get_buffer_size functions of CMSIS-NN 7 (s8), without the
    special cases that need less.
    """
    return [_work_buffer(model, operator, helium) for operator in model.operators]


def _work_buffer(model: TfliteModel, operator: Operator, helium: bool) -> int:
    if operator.name == "CONV_2D":
        _, height, width, channels = model.tensors[operator.inputs[1]].shape
        return _convolution_buffer(height * width * channels, helium)
    if operator.name == "DEPTHWISE_CONV_2D":
        _, height, width, channels = model.tensors[operator.inputs[1]].shape
        if not helium:
            return 2 * height * width * channels
        taps = height * width
        as_convolution = _convolution_buffer(taps, helium) + taps * channels
        return max(4 * _HELIUM_BLOCK_CHANNELS * taps, as_convolution)
    if operator.name == "FULLY_CONNECTED":
        outputs = model.tensors[operator.inputs[1]].shape[0]
        return 12 * outputs  # a sum, a multiplier and a shift an output, int32 each
    if operator.name == "AVERAGE_POOL_2D":
        return 4 * model.tensors[operator.inputs[0]].shape[-1]  # one int32 a channel
    return 0


def _convolution_buffer(taps: int, helium: bool) -> int:
    """im2col: two columns of int16, or four of int8 in whole vectors with Helium."""
    return 4 * 16 * -(-taps // 16) if helium else 4 * 4 * -(-taps // 4)


def _aligned(count: int) -> int:
    return -(-count // STEP_BYTES) * STEP_BYTES
