# SPDX-License-Identifier: Apache-2.0
"""The compilers that what leaves the house must be clean under: GCC and Clang, every core."""

import re
import subprocess

from bench.device.measure import CORES, ROOT

from tests.support.board_tools import require_compiler

WARNINGS = tuple(
    " ".join(
        re.findall(r"^set\(KWS_\w*WARNINGS (.*)\)", (ROOT / "CMakeLists.txt").read_text(), re.M)
    ).split()
)
"""As the build has them, with -Werror."""

GCC: dict[str, tuple[str, ...]] = {
    "host": ("cc",),
    **{name: core.compiler for name, core in CORES.items()},
}
_CLANG_TARGETS = {
    "arm-none-eabi-gcc": "arm-none-eabi",
    "riscv64-unknown-elf-gcc": "riscv32-unknown-elf",
}
_PACKAGES = {
    **{core.compiler[0]: core.core.toolchain.package for core in CORES.values()},
    "cc": "gcc",
    "c++": "g++",
    "clang": "clang",
    "clang++": "clang",
}


def require(program: str) -> None:
    """Skip, or fail in CI, when a compiler is not installed."""
    require_compiler(program, _PACKAGES[program])


def clang(gcc: tuple[str, ...]) -> tuple[str, ...]:
    """The same target for Clang, with the C library of GCC's."""
    program, *options = gcc
    if program == "cc":
        return ("clang", *options)
    require(program)
    done = subprocess.run(
        [*gcc, "-M", "-xc", "-"], input="#include <string.h>\n",
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    library = next(word for word in done.stdout.split() if word.endswith("/string.h"))
    machine = [o for o in options if re.match(r"-m(thumb|cpu|float|fpu|arch|abi)", o)]
    folder = library.removesuffix("string.h")
    return ("clang", f"--target={_CLANG_TARGETS[program]}", *machine, "-isystem", folder)
