# SPDX-License-Identifier: Apache-2.0
"""Builds firmware with CMake: generated C and firmware/ in, one program out."""

import re
import shutil
from pathlib import Path

from kws.config.schema import Optimise
from kws.console import log
from kws.firmware.boards import Board, find_board
from kws.firmware.runtime import ModelRuntime
from kws.firmware.tools import compiler_of
from kws.source import source_root
from kws.toolchain import (
    HOST_COMPILER_PACKAGES,
    ToolError,
    cmake_build,
    find_cmake_tools,
    host_compilers,
)
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import file_hash, hash_json, tree_hash
from kws_codegen.generate import load_manifest

_OVERFLOW = re.compile(r"region `(\w+)' overflowed by (\d+) bytes")
_RUNTIME = re.compile(r"^-- (Model runtime: .*)$", re.MULTILINE)  # said by cmake/Runtime.cmake
_BUILT_FROM = "built_from.sha256"  # in the build folder, when the build is finished
_FORBIDDEN = ':#;"\\|?$\n'
_HINT = "Run kws generate again if a generated file is stale."


def build_firmware(
    generated: Path,
    build_dir: Path,
    board: str = "host",
    sanitize: bool = False,
    runtime: ModelRuntime = ModelRuntime(),  # noqa: B008 - frozen
    profile: bool = False,
    optimise: Optimise = "speed",
) -> Path:
    """Build the firmware of one board.

    Args:
        generated: folder that `kws generate` wrote.
        build_dir: CMake's build folder; kept, so that a second build is quick.
        board: a name in kws.firmware.boards.
        sanitize: address and undefined-behaviour sanitizers (host only).
        runtime: what runs the model.
        profile: the firmware times each operator of the model.
        optimise: what the compiler aims at.

    Returns the firmware file, in which the hashes of the generated code's manifest were found.
    KwsError when a tool or a generated file is missing, or with the compiler's words when it does
    not compile.
    """
    target = find_board(board)
    manifest = load_manifest(generated)
    if sanitize and board != "host":
        raise KwsError(f"sanitizers do not run on {board}", "Use them with the board host.")
    options = [
        f"-DKWS_SANITIZE={'ON' if sanitize else 'OFF'}",
        f"-DKWS_PROFILE={'ON' if profile else 'OFF'}",
        f"-DKWS_OPTIMISE={optimise}",
        *runtime.cmake_options(),
    ]
    said = _build(generated, build_dir, target, options)
    if runtime.name != "static":
        log.print(*_RUNTIME.findall(said), soft_wrap=True, markup=False)
    firmware = build_dir / target.firmware_file
    content = firmware.read_bytes()
    hashes = (
        manifest.model_hash, manifest.feature_hash, manifest.labels_hash, manifest.detect_hash
    )  # fmt: skip
    if not all(value.encode() in content for value in hashes):
        (build_dir / _BUILT_FROM).unlink()
        raise KwsError(
            f"{firmware} was not built from {generated}: its hashes are others",
            "Was a file there changed meanwhile, or by hand? Run kws generate again.",
        )
    return firmware


def source_hashes(generated: Path) -> dict[str, str]:
    """SHA-256 of all that firmware is compiled from."""
    root = source_root()
    return {
        "generated": tree_hash([generated]),
        "firmware": tree_hash([root / "firmware", root / "cmake"]),
        "CMake": file_hash(root / "CMakeLists.txt"),
    }


def build_verifier(
    generated: Path, build_dir: Path, board: Board, trace: bool, optimise: Optimise = "speed"
) -> Path:
    """Build firmware/verify/, the static model alone, for one board.

    Args:
        generated: folder with static_model.c and .h.
        build_dir: CMake's build folder.
        board: not this computer.
        trace: the device sends the output of every operator.
        optimise: what the compiler aims at.

    Returns the firmware file; raises as build_firmware does.
    """
    options = [
        "-DKWS_PART=verify",
        f"-DKWS_VERIFY_TRACE={'ON' if trace else 'OFF'}",
        f"-DKWS_OPTIMISE={optimise}",
    ]
    _build(generated, build_dir, board, options)
    return build_dir / board.firmware_file


def build_stage_tracer(generated: Path, build_dir: Path, board: Board) -> Path:
    """Build firmware/compare/, which sends what every stage gives, for one board.

    Args:
        generated: folder that `kws generate` wrote.
        build_dir: CMake's build folder.
        board: this computer, too.

    Returns the firmware file; raises as build_firmware does.
    """
    _build(generated, build_dir, board, ["-DKWS_PART=compare"])
    return build_dir / board.firmware_file


def _build(generated: Path, build_dir: Path, board: Board, options: list[str]) -> str:
    """Configure and compile; returns what CMake said while configuring.

    A build folder of other sources starts afresh: make goes by the files' times, and those can
    be odd (a clock that was set back, a copied folder).
    """
    for folder in (generated, build_dir):
        check_folder_name(folder.resolve())
    compilers, packages = _compilers(board)
    options = [
        f"-DKWS_GENERATED_DIR={generated.resolve()}",
        f"-DKWS_BOARD={board.name}",
        *options,
    ]
    stamp, sources = build_dir / _BUILT_FROM, hash_json(source_hashes(generated))
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != sources:
        shutil.rmtree(build_dir, ignore_errors=True)
    try:
        said = cmake_build(
            source_root(), build_dir, options, "the firmware", compilers, packages, _HINT
        )
    except ToolError as error:
        if overflows := _OVERFLOW.findall(error.said):
            raise _too_big(board, overflows) from None
        raise
    stamp.write_text(sources, encoding="utf-8")
    return said


def check_folder_name(folder: Path) -> None:
    """KwsError for a folder whose name make, CMake or TensorFlow takes for something else."""
    try:
        str(folder).encode()
    except UnicodeEncodeError:
        raise KwsError(
            f"CMake and TensorFlow cannot take the folder {str(folder)!r}: its name is not UTF-8",
            "Name another folder, or rename it.",
        ) from None
    bad = sorted(set(_FORBIDDEN) & set(str(folder)))
    if bad or any(part.startswith("-") for part in folder.parts):
        raise KwsError(
            f"make and CMake cannot take the folder {str(folder)!r}: a name in it "
            + (f"holds {' '.join(map(repr, bad))}" if bad else "begins with '-'"),
            "Name a folder without such characters; spaces and letters of any language will do.",
        )


def find_build_tools(board: Board) -> None:
    """KwsError with the command that installs it when a tool is missing to build for a board."""
    find_cmake_tools(*_compilers(board))


def _compilers(board: Board) -> tuple[tuple[str, ...], str]:
    """Names of compilers, one of which must be there, and the Debian packages that bring it."""
    if board.name == "host":
        return host_compilers(), HOST_COMPILER_PACKAGES
    return (compiler_of(board).name,), compiler_of(board).package


def build_name(
    board: str,
    runtime: ModelRuntime = ModelRuntime(),  # noqa: B008 - frozen
    optimise: Optimise = "speed",
    profile: bool = False,
    sanitize: bool = False,
) -> str:
    """Name of the build folder: each choice has its own."""
    choices = {"size": optimise == "size", "profile": profile, "sanitize": sanitize}
    return "-".join([runtime.build_name(board), *(name for name in choices if choices[name])])


def _too_big(board: Board, overflows: list[tuple[str, str]]) -> KwsError:
    """The linker's words on a region of memory.ld that is too small for the firmware."""
    have = {"FLASH": board.flash_bytes, "RAM": board.ram_bytes}
    over = ", ".join(
        f"{int(count):,} bytes too many for the {have[region]:,} bytes of {region}"
        for region, count in overflows
    )
    return KwsError(
        f"the firmware does not fit {board.name}: {over}",
        "Choose a smaller model ([model]) or a bigger board (kws boards).",
    )
