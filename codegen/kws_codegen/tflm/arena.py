# SPDX-License-Identifier: Apache-2.0
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
import platform
import subprocess
import sys
from pathlib import Path

from kws_codegen.base.cache import cache_entry
from kws_codegen.base.errors import KwsError
from kws_codegen.tflite.reader import read_tflite
from kws_codegen.tflm.arena_size import ArenaSize, work_buffers


def arena_size(model: bytes) -> ArenaSize:
    """The arena for a .tflite model. KwsError when TensorFlow Lite Micro cannot run it."""
    operators = read_tflite(model)
    return ArenaSize(
        smallest=smallest_arena_bytes(model),
        dsp_buffer=max(work_buffers(operators, helium=False), default=0),
        helium_buffer=max(work_buffers(operators, helium=True), default=0),
    )


def smallest_arena_bytes(model: bytes) -> int:
    """Bytes of the smallest arena that pip's tflite_micro accepts; cached on disk.

    Raises KwsError with the interpreter's own words when it accepts none.
    """

    def make(path: Path) -> None:
        path.write_bytes(_probe(model))

    with cache_entry("arena", f"{_cache_key(model)}.txt", make) as path:
        return int(path.read_text(encoding="ascii"))


def _probe(model: bytes) -> bytes:
    """What the probe prints, in a process of its own."""
    probe = subprocess.run(
        [sys.executable, "-m", "kws_codegen.tflm.arena_probe"],
        input=model,
        capture_output=True,
        check=False,
    )
    if probe.returncode != 0:
        words = probe.stderr.decode(errors="replace").strip()
        raise KwsError(
            f"TensorFlow Lite Micro does not take this model:\n{words}",
            "Convert with full int8 quantization and operators it has.",
        )
    return probe.stdout


def _cache_key(model: bytes) -> str:
    digest = hashlib.sha256(importlib.metadata.version("tflite-micro").encode())
    digest.update(platform.machine().encode())
    digest.update(hashlib.sha256(model).digest())
    return digest.hexdigest()
