"""The tensor arena of TensorFlow Lite Micro: its size for a target, without guessing.

The base is the smallest arena that pip's tflite_micro accepts on this computer. It has 64-bit
pointers and records its allocations, so a 32-bit target with the same reference kernels needs
less: pointers and the structs that hold them are half as large there. What a target may need
on top are the work buffers of CMSIS-NN kernels, which the reference kernels do not have.
The interpreter keeps an operator's work buffer only while that operator runs, so the largest
one of the model is added.
"""

import hashlib
import importlib.metadata
import os
import platform
import subprocess
import sys
from dataclasses import dataclass

from kws.arena_probe import STEP_BYTES
from kws.errors import KwsError
from kws.paths import cache_dir
from kws_codegen.tflite_reader import Operator, TfliteModel, read_tflite

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


def arena_size(model: bytes) -> ArenaSize:
    """The arena for a .tflite model. KwsError when TensorFlow Lite Micro cannot run it."""
    operators = read_tflite(model)
    return ArenaSize(
        smallest=smallest_arena_bytes(model),
        dsp_buffer=max(_work_buffers(operators, helium=False), default=0),
        helium_buffer=max(_work_buffers(operators, helium=True), default=0),
    )


def smallest_arena_bytes(model: bytes) -> int:
    """Bytes of the smallest arena that pip's tflite_micro accepts; cached on disk.

    Raises KwsError with the interpreter's own words when it accepts none.
    """
    file = cache_dir() / "arena" / f"{_cache_key(model)}.txt"
    if file.is_file():
        return int(file.read_text(encoding="ascii"))
    probe = subprocess.run(
        [sys.executable, "-m", "kws.arena_probe"], input=model, capture_output=True, check=False
    )
    if probe.returncode != 0:
        words = probe.stderr.decode(errors="replace").strip()
        raise KwsError(
            f"TensorFlow Lite Micro does not take this model:\n{words}",
            "Convert with full int8 quantisation and operators it has.",
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(f".{os.getpid()}.tmp")
    unfinished.write_bytes(probe.stdout)
    unfinished.replace(file)
    return int(probe.stdout)


def _work_buffers(model: TfliteModel, helium: bool) -> list[int]:
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


def _cache_key(model: bytes) -> str:
    digest = hashlib.sha256(importlib.metadata.version("tflite-micro").encode())
    digest.update(platform.machine().encode())
    digest.update(hashlib.sha256(model).digest())
    return digest.hexdigest()
