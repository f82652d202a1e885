# SPDX-License-Identifier: Apache-2.0
"""The C front end as a shared library: built once per configuration, found again by hash."""

import ctypes
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path

from kws.source import source_root
from kws.toolchain import HOST_COMPILER_PACKAGES, cmake_build, host_compilers
from kws_codegen.base.cache import cache_entry, scratch
from kws_codegen.base.feature_config import FeatureConfig
from kws_codegen.base.hashes import config_hash, hash_json, tree_hash
from kws_codegen.base.version import GENERATOR
from kws_codegen.frontend.feature_constants import feature_constants_files
from kws_codegen.render import FileInfo

_PART = ("-DKWS_PART=frontend", "-DCMAKE_BUILD_TYPE=Release")


@cache
def load_library(features: FeatureConfig) -> ctypes.CDLL:
    """The front end for `features`, built if no earlier call of any process has done so.

    KwsError when the configuration cannot work, a tool is missing or the build fails.
    """
    with _library_entry(features) as path:
        library = ctypes.CDLL(str(path))
    library.kws_frontend_state_bytes.restype = ctypes.c_size_t
    library.kws_frontend_continue.restype = ctypes.c_size_t
    library.kws_frontend_clips.restype = None
    library.kws_feature_quantize.restype = None
    return library


def _library_entry(features: FeatureConfig) -> AbstractContextManager[Path]:
    """The library's file; its name covers configuration, tables and C code."""
    name = f"{frontend_hash(features)}.so"
    return cache_entry("frontend", name, lambda path: _build(features, path))


@cache
def frontend_hash(features: FeatureConfig) -> str:
    """SHA-256 (hex) of all that decides the features: generated tables, C sources, build."""
    firmware = source_root() / "firmware"
    return hash_json([_generated(features), tree_hash([firmware / "frontend"]), _PART])


def _generated(features: FeatureConfig) -> dict[str, str]:
    info = FileInfo(
        generator=GENERATOR,
        command="kws.features.FrontEnd",
        feature_hash=config_hash(features),
    )
    return feature_constants_files(features, info)


def _build(features: FeatureConfig, target: Path) -> None:
    with scratch() as folder:
        generated, build = folder / "generated", folder / "build"
        generated.mkdir()
        for name, text in _generated(features).items():
            (generated / name).write_text(text, encoding="utf-8")
        cmake_build(
            source_root(),
            build,
            [f"-DKWS_GENERATED_DIR={generated.resolve()}", *_PART],
            "the front end",
            host_compilers(),
            HOST_COMPILER_PACKAGES,
        )
        next((build / "firmware" / "frontend").glob("libkws_frontend.*")).replace(target)
