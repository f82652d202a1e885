"""The C front end as a shared library: built once per configuration, found again by hash."""

import ctypes
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from kws.source import source_root
from kws_codegen.base.cache import cache_dir
from kws_codegen.base.errors import KwsError
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
    path = library_path(features)
    if not path.is_file():
        _build(features, path)
    library = ctypes.CDLL(str(path))
    library.kws_frontend_state_bytes.restype = ctypes.c_size_t
    library.kws_frontend_continue.restype = ctypes.c_size_t
    library.kws_frontend_clips.restype = None
    library.kws_feature_quantize.restype = None
    return library


def library_path(features: FeatureConfig) -> Path:
    """Where the library lies once built; the name covers configuration, tables and C code."""
    return cache_dir() / "frontend" / f"{frontend_hash(features)}.so"


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
    """Builds in a folder of its own and renames the result: safe with parallel processes."""
    cmake = _tool(("cmake",), "cmake")
    _tool((os.environ.get("CC") or "cc", "gcc", "clang"), "gcc libc6-dev")
    _tool((os.environ.get("CMAKE_MAKE_PROGRAM") or "make", "ninja"), "make")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        generated, build = Path(folder) / "generated", Path(folder) / "build"
        generated.mkdir()
        for name, text in _generated(features).items():
            (generated / name).write_text(text, encoding="utf-8")
        folders = [f"-S{source_root()}", f"-B{build}", f"-DKWS_GENERATED_DIR={generated}"]
        _run([cmake, *folders, *_PART])
        _run([cmake, "--build", str(build)])
        next((build / "firmware" / "frontend").glob("libkws_frontend.*")).replace(target)


def _tool(names: tuple[str, ...], package: str) -> str:
    for name in names:
        if path := shutil.which(name):
            return path
    raise KwsError(
        f"{names[0]} is missing: the front end cannot be built",
        f"Install it with: sudo apt-get install --no-install-recommends {package}",
    )


def _run(command: Sequence[str]) -> None:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        output = (result.stdout + result.stderr).strip().splitlines()
        raise KwsError(
            "the front end could not be built:\n" + "\n".join(output[-20:]),
            f"The command was: {' '.join(command)}",
        )
