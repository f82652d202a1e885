# SPDX-License-Identifier: Apache-2.0
"""The C detector as a shared library: built once, found again by the hash of its sources."""

import ctypes
from functools import cache
from pathlib import Path

from kws.source import source_root
from kws.toolchain import HOST_COMPILER_PACKAGES, cmake_build, host_compilers
from kws_codegen.base.cache import cache_entry, scratch
from kws_codegen.base.hashes import file_hash, hash_json, tree_hash

_OPTIONS = ("-DKWS_PART=detect", "-DCMAKE_BUILD_TYPE=Release")


@cache
def load_library() -> ctypes.CDLL:
    """The detector, built if no earlier call of any process has done so.

    KwsError when a tool is missing or the build fails.
    """
    firmware = source_root() / "firmware"
    batch = [file_hash(firmware / "pc" / f"detect_batch.{kind}") for kind in "ch"]
    name = f"{hash_json([tree_hash([firmware / 'detect']), batch, _OPTIONS])}.so"
    with cache_entry("detect", name, _build) as path:
        library = ctypes.CDLL(str(path))
    library.kws_detect_stream.restype = ctypes.c_size_t
    library.kws_gate_stream.restype = ctypes.c_size_t
    return library


def _build(target: Path) -> None:
    with scratch() as folder:
        build = folder / "build"
        cmake_build(
            source_root(), build, _OPTIONS, "the detector", host_compilers(), HOST_COMPILER_PACKAGES
        )
        next((build / "firmware" / "detect").glob("libkws_detect.*")).replace(target)
