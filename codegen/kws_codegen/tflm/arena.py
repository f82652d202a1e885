# SPDX-License-Identifier: Apache-2.0
"""The tensor arena of TensorFlow Lite Micro: its size for a target, without guessing.

On this computer it is the smallest that pip's tflite_micro accepts. On a 32-bit core it is what
that interpreter says of its parts: the head, planned again with the work buffers of CMSIS-NN in
it (arena_plan.py); of the tail the operators' own data as they are, and half of the rest, which is
structs of pointers and sizes.
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
from kws_codegen.tflite.reader import read_tflite
from kws_codegen.tflm.arena_plan import head_bytes
from kws_codegen.tflm.arena_size import ArenaSize, work_buffers


def arena_size(model: bytes) -> ArenaSize:
    """The arena for a .tflite model. KwsError when TensorFlow Lite Micro cannot run it."""
    content = read_tflite(model)
    parts = arena_parts(model)
    narrow_tail = parts.persistent + -(-(parts.tail - parts.persistent) // 2)
    # Beside the tail, start-up may need more than the head: its plan of the head, for a small one.
    least_head = max(parts.head, parts.smallest - parts.tail)
    without = head_bytes(content, [0] * len(content.operators))

    def with_work_buffers(helium: bool) -> int:
        more = head_bytes(content, work_buffers(content, helium)) - without
        return narrow_tail + max(least_head, parts.head + max(0, more))

    return ArenaSize(
        smallest=parts.smallest,
        plain=narrow_tail + least_head,
        dsp=with_work_buffers(helium=False),
        helium=with_work_buffers(helium=True),
    )


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
