# SPDX-License-Identifier: Apache-2.0
"""Runs the tools that make programs: says which is missing, and why one failed.

Whatever kws compiles goes through here: firmware for a board, the front end as a library, the
static model for this computer.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from kws_codegen.base.errors import KwsError

HOST_COMPILER_PACKAGES = "gcc libc6-dev"
_TOOLCHAIN_FILE = re.compile(r"^CMAKE_TOOLCHAIN_FILE:\w+=(.+)$", re.MULTILINE)
_SEVERAL = " Multi-Config"  # of names of CMake's generators
_SHOWN_LINES = 40  # of what a failing tool said; the first ones name the cause


class ToolError(KwsError):
    """A tool failed. `said` is all that it wrote to standard error, else to standard output."""

    def __init__(self, message: str, hint: str, said: str) -> None:
        super().__init__(message, hint)
        self.said = said


def host_compilers() -> tuple[str, ...]:
    """Names of C compilers for this computer, the preferred one first."""
    return (os.environ.get("CC") or "cc", "gcc", "clang")


def find_tool(names: Sequence[str], packages: str) -> str:
    """The path of the first of `names` that is installed.

    KwsError with the Debian packages that bring it when there is none.
    """
    for name in names:
        if path := shutil.which(name):
            return path
    raise KwsError(
        f"{names[0]} is not installed",
        f"Install it: sudo apt-get install --no-install-recommends {packages}",
    )


def run_tool(command: Sequence[str], what: str, hint: str = "") -> str:
    """Standard output of a tool; ToolError with the first lines of its words when it fails.

    `what` says what it is for ("compiling the firmware"), `hint` what else may help.
    """
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = done.stderr.strip() or done.stdout.strip()
        shown = "\n".join(said.splitlines()[:_SHOWN_LINES])
        command_line = f"The command was: {' '.join(command)}"
        hint = f"{hint} {command_line}" if hint else command_line
        raise ToolError(f"{what} failed:\n{shown}", hint, said)
    return done.stdout


def find_cmake_tools(compilers: Sequence[str], compiler_packages: str) -> str:
    """The path of cmake; KwsError when it, what it calls or one of `compilers` is missing."""
    cmake = find_tool(("cmake",), "cmake")
    find_tool(compilers, compiler_packages)
    find_tool((os.environ.get("CMAKE_MAKE_PROGRAM") or "make", "ninja"), "make")
    return cmake


def cmake_build(
    source: Path,
    build_dir: Path,
    options: Sequence[str],
    product: str,
    compilers: Sequence[str],
    compiler_packages: str,
    hint: str = "",
) -> str:
    """Configure and compile with CMake; returns what it said while configuring.

    Args:
        source: folder of the CMakeLists.txt.
        build_dir: kept, so that a second build is quick; one of another source starts afresh.
        options: what `cmake` is told besides the two folders.
        product: what is compiled, for messages.
        compilers: names of compilers, one of which must be there.
        compiler_packages: Debian packages that bring it.
        hint: said when compiling fails.

    Raises KwsError for a missing tool, ToolError when one fails.
    """
    cmake = find_cmake_tools(compilers, compiler_packages)
    _forget_other_source(source, build_dir)
    generator = [] if (build_dir / "CMakeCache.txt").exists() else _one_configuration()
    configure = [cmake, "-S", str(source), "-B", str(build_dir), *generator, *options]
    said = run_tool(configure, f"configuring the build of {product}")
    jobs = str(os.cpu_count() or 1)
    run_tool([cmake, "--build", str(build_dir), "--parallel", jobs], f"compiling {product}", hint)
    return said


def _one_configuration() -> list[str]:
    """A generator instead of one of several configurations that CMAKE_GENERATOR names, whose
    programs do not lie where they are looked for."""
    if not os.environ.get("CMAKE_GENERATOR", "").endswith(_SEVERAL):
        return []
    return ["-G", "Unix Makefiles" if shutil.which("make") else "Ninja"]


def _forget_other_source(source: Path, build_dir: Path) -> None:
    """Start afresh in a build folder that CMake refuses.

    It refuses that of another checkout, one that was moved, and one whose toolchain file is gone.
    One of a generator of several configurations is of no use.
    """
    cache = build_dir / "CMakeCache.txt"
    if not cache.is_file():
        return
    text = cache.read_text(encoding="utf-8", errors="replace")
    expected = (
        f"CMAKE_HOME_DIRECTORY:INTERNAL={source}\n",
        f"CMAKE_CACHEFILE_DIR:INTERNAL={build_dir.resolve()}\n",
    )
    toolchain = _TOOLCHAIN_FILE.search(text)
    several = f"{_SEVERAL}\n" in text
    lost = toolchain is not None and not Path(toolchain[1]).is_file()
    if lost or several or not all(line in text for line in expected):
        shutil.rmtree(build_dir)
