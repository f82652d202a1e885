# SPDX-License-Identifier: Apache-2.0
"""The tensor arena of TensorFlow Lite Micro: its size for a target, without guessing.

On this computer it is the smallest that pip's tflite_micro accepts. On a 32-bit core it is what
that interpreter says of its parts: the head, planned again with the work buffers of CMSIS-NN in
it, or what planning takes where that is more (arena_plan.py); of the tail the operators' own data
as they are, but for some pointers, and half of the rest, which is structs of pointers and sizes.
"""

import hashlib
import importlib.metadata
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from kws_codegen.base.cache import cache_entry
from kws_codegen.base.errors import KwsError
from kws_codegen.tflite.reader import TfliteModel, read_tflite
from kws_codegen.tflite.variables import find_variables
from kws_codegen.tflm.arena_plan import head_bytes, start_bytes
from kws_codegen.tflm.arena_size import ArenaSize, aligned, work_buffers


def arena_size(model: bytes) -> ArenaSize:
    """The arena for a .tflite model. KwsError when TensorFlow Lite Micro cannot run it."""
    content = read_tflite(model)
    parts = arena_parts(model)
    without = head_bytes(content, [0] * len(content.operators))

    def with_work_buffers(buffers: list[int]) -> int:
        head = parts.head + max(0, head_bytes(content, buffers) - without)
        return _narrow_tail(content, parts) + max(head, start_bytes(content, buffers))

    return ArenaSize(
        smallest=parts.smallest,
        plain=with_work_buffers([0] * len(content.operators)),
        dsp=with_work_buffers(work_buffers(content, helium=False)),
        # Measured there: kernels for Helium keep as much more as the recorders took.
        helium=with_work_buffers(work_buffers(content, helium=True)) + _RECORDERS_BYTES // 2,
    )


# Of the objects in which pip's interpreter records what it allocates, and a device does not (on
# 64 bits). Not all of them: some options of operators have no pointers, and do not halve.
_RECORDERS_BYTES = 96


def _narrow_tail(model: TfliteModel, parts: "ArenaParts") -> int:
    """Bytes of the tail on a 32-bit core."""
    structs = parts.tail - parts.persistent - _RECORDERS_BYTES
    # CONCATENATION keeps two pointers, and its options have none; a variable of a state three
    # pointers and a size, and one byte.
    concatenations = sum(1 for operator in model.operators if operator.name == "CONCATENATION")
    variables = len(find_variables(model).all)
    pointers = 12 * concatenations + aligned(40 * variables) - aligned(20 * variables)
    return parts.persistent - pointers + -(-structs // 2)


@dataclass(frozen=True)
class ArenaParts:
    """Bytes, as pip's tflite_micro says of a model on this computer.

    `smallest` is accepted; of what is used, `head` is tensors and work buffers, `tail` the rest,
    and of that `persistent` what operators keep.
    """

    smallest: int
    head: int
    tail: int
    persistent: int


def arena_parts(model: bytes) -> ArenaParts:
    """Cached on disk. Raises KwsError with the interpreter's own words when it takes no arena."""

    def make(path: Path) -> None:
        path.write_bytes(_probe(model))

    with cache_entry("arena", f"{_cache_key(model)}-parts.txt", make) as path:
        return ArenaParts(*map(int, path.read_text(encoding="ascii").split()))


def smallest_arena_bytes(model: bytes) -> int:
    """Bytes of the smallest arena that pip's tflite_micro accepts. Raises as arena_parts()."""
    return arena_parts(model).smallest


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
