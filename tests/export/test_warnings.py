# SPDX-License-Identifier: Apache-2.0
"""An export compiles without a warning under strict options: GCC and Clang, every core, C, C++."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from bench.device.measure import CORES

from kws.export import export
from kws.run.paths import RunPaths
from tests.support.board_tools import require_compiler
from tests.support.exports import STRICT_FLAGS, sources
from tests.support.tiny_run import CONFIG

GCC: dict[str, tuple[str, ...]] = {
    "host": ("cc",),
    **{name: core.compiler for name, core in CORES.items()},
    "m33": ("arm-none-eabi-gcc", "-mthumb", "-mcpu=cortex-m33"),
}
# What Clang calls the compiler's target.
TARGETS = {
    "arm-none-eabi-gcc": "arm-none-eabi",
    "riscv64-unknown-elf-gcc": "riscv32-unknown-elf",
}
PACKAGES = {
    "cc": "gcc",
    "c++": "g++",
    "clang": "clang",
    "clang++": "clang",
    "arm-none-eabi-gcc": "gcc-arm-none-eabi libnewlib-arm-none-eabi",
    "riscv64-unknown-elf-gcc": "gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf",
}


@pytest.fixture(scope="module")
def folders(run: RunPaths, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One with a static model and a front end, one for an interpreter without."""
    root = tmp_path_factory.mktemp("warnings")
    export(run, CONFIG, "c-array", root / "lamp", name="lamp")
    export(run, CONFIG, "c-array", root / "door", "tflm", name="door", front_end="lamp")
    return [root / "lamp", root / "door"]


def check(compiler: Sequence[str], folders: list[Path], files: Sequence[Path]) -> None:
    require_compiler(compiler[0], PACKAGES[compiler[0]])
    includes = [f"-I{folder / 'src'}" for folder in folders]
    done = subprocess.run(
        [*compiler, *STRICT_FLAGS, "-fsyntax-only", *includes, *files],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("core", GCC)
def test_gcc(folders: list[Path], core: str) -> None:
    check((*GCC[core], "-std=c11"), folders, [file for f in folders for file in sources(f)])


@pytest.mark.parametrize("core", GCC)
def test_clang(folders: list[Path], core: str) -> None:
    """With the C library of the GCC for that core."""
    gcc, *options = GCC[core]
    compiler = ["clang", "-std=c11"]
    if gcc in TARGETS:
        require_compiler(gcc, PACKAGES[gcc])
        headers = subprocess.run(
            [gcc, *options, "-M", "-xc", "-"],
            input="#include <string.h>\n", capture_output=True, text=True, check=True,
        ).stdout.split()  # fmt: skip
        library = next(path for path in headers if path.endswith("/string.h"))
        machine = [
            option for option in options if option.startswith("-m") and "specs" not in option
        ]
        machine = [option for option in machine if not option.startswith("-misa-spec")]
        compiler += [f"--target={TARGETS[gcc]}", *machine, "-isystem", str(Path(library).parent)]
    check(compiler, folders, [file for f in folders for file in sources(f)])


@pytest.mark.parametrize("compiler", ["cc", "clang", "c++", "clang++"])
@pytest.mark.parametrize("standard", ["11", "17"])
def test_headers_in_programs(
    folders: list[Path], tmp_path: Path, compiler: str, standard: str
) -> None:
    """Both public headers in one file, in either order."""
    language = "c++" if "++" in compiler else "c"
    for order in (("lamp", "door"), ("door", "lamp")):
        main = tmp_path / f"main.{language.replace('+', 'p')}"
        main.write_text("".join(f'#include "{name}.h"\n' for name in order) + "int main(void);\n")
        check((compiler, f"-std={language}{standard}"), folders, [main])
