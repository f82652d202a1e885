"""Builds firmware with CMake: generated C and firmware/ in, one program out."""

import re
import shutil
import subprocess
from pathlib import Path

from kws.config.schema import Optimise
from kws.console import log
from kws.firmware.boards import Board, find_board
from kws.firmware.runtime import ModelRuntime
from kws.firmware.tools import Tool, compiler_of
from kws.run.paths import RunPaths
from kws.source import source_root
from kws_codegen.base.errors import KwsError

_OVERFLOW = re.compile(r"region `(\w+)' overflowed by (\d+) bytes")
_RUNTIME = re.compile(r"^-- (Model runtime: .*)$", re.MULTILINE)  # said by cmake/Runtime.cmake
_TOOLCHAIN_FILE = re.compile(r"^CMAKE_TOOLCHAIN_FILE:\w+=(.+)$", re.MULTILINE)
_SHOWN_LINES = 40  # of what a failing tool said; the first ones name the cause


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

    Returns the firmware file. KwsError when a tool or a generated file is missing, or with
    the compiler's words when it does not compile.
    """
    target = find_board(board)
    if not (generated / "manifest.json").is_file():
        raise KwsError(f"{generated} holds no generated code", "Run kws generate first.")
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
    return build_dir / target.firmware_file


def build_verifier(generated: Path, build_dir: Path, board: Board, trace: bool) -> Path:
    """Build firmware/verify/, the static model alone, for one board.

    Args:
        generated: folder with static_model.c and .h.
        build_dir: CMake's build folder.
        board: not this computer.
        trace: the device sends the output of every operator.

    Returns the firmware file; raises as build_firmware does.
    """
    options = ["-DKWS_PART=verify", f"-DKWS_VERIFY_TRACE={'ON' if trace else 'OFF'}"]
    _build(generated, build_dir, board, options)
    return build_dir / board.firmware_file


def _build(generated: Path, build_dir: Path, board: Board, options: list[str]) -> str:
    """Configure and compile; returns what CMake said while configuring."""
    Tool("cmake", "cmake").require()
    compiler_of(board).require()
    configure = [
        "cmake", "-S", str(source_root()), "-B", str(build_dir),
        f"-DKWS_GENERATED_DIR={generated.resolve()}",
        f"-DKWS_BOARD={board.name}",
        *options,
    ]  # fmt: skip
    _forget_other_source(build_dir)
    said = _run(configure, "configuring the build")
    _run(["cmake", "--build", str(build_dir), "--parallel"], "compiling the firmware", board)
    return said


def build_name(
    board: str,
    runtime: ModelRuntime = ModelRuntime(),  # noqa: B008 - frozen
    optimise: Optimise = "speed",
    profile: bool = False,
) -> str:
    """Name of the build folder: each choice has its own."""
    parts = [runtime.build_name(board), "size" * (optimise == "size"), "profile" * profile]
    return "-".join(part for part in parts if part)


def build_run(
    run: RunPaths,
    board: str,
    optimise: Optimise,
    runtime: ModelRuntime = ModelRuntime(),  # noqa: B008 - frozen
) -> Path:
    """Build a run's firmware in the folder of that choice; see build_firmware."""
    folder = run.build(build_name(board, runtime, optimise))
    return build_firmware(run.generated, folder, board, runtime=runtime, optimise=optimise)


def _forget_other_source(build_dir: Path) -> None:
    """CMake refuses a build folder of another checkout, one that was moved, and one whose
    toolchain file is gone: start afresh."""
    cache = build_dir / "CMakeCache.txt"
    if not cache.is_file():
        return
    text = cache.read_text(encoding="utf-8", errors="replace")
    expected = (
        f"CMAKE_HOME_DIRECTORY:INTERNAL={source_root()}\n",
        f"CMAKE_CACHEFILE_DIR:INTERNAL={build_dir.resolve()}\n",
    )
    toolchain = _TOOLCHAIN_FILE.search(text)
    is_gone = toolchain is not None and not Path(toolchain[1]).is_file()
    if is_gone or not all(line in text for line in expected):
        shutil.rmtree(build_dir)


def _run(command: list[str], what: str, board: Board | None = None) -> str:
    """Standard output of a tool; KwsError with its first words when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        if board and (overflows := _OVERFLOW.findall(done.stderr)):
            raise _too_big(board, overflows)
        lines = (done.stderr.strip() or done.stdout.strip()).splitlines()[:_SHOWN_LINES]
        hint = "Run kws generate again if a generated file is stale. " if board else ""
        raise KwsError(
            f"{what} failed:\n" + "\n".join(lines),
            f"{hint}The command was: {' '.join(command)}",
        )
    return done.stdout


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
