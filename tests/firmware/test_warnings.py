# SPDX-License-Identifier: Apache-2.0
"""C code that leaves the house compiles without warnings: GCC and Clang, every core."""

import itertools
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from bench.device.measure import CORES, FIRMWARE, ROOT

from kws_codegen.generate import generate
from kws_codegen.render import FileInfo
from kws_codegen.static_model import static_model_files
from tests.codegen.test_whole_models import dilated_with_multiplier, gated, residual
from tests.support.board_tools import require_compiler
from tests.support.tiny_run import CONFIG, tiny_model

# As the build has them, with -Werror.
WARNINGS = " ".join(
    re.findall(r"^set\(KWS_\w*WARNINGS (.*)\)", (ROOT / "CMakeLists.txt").read_text(), re.M)
).split()
FOLDERS = ("kernels", "runtime", "frontend")
PUBLIC_HEADERS = ("status.h", "kernels/kernels.h", "runtime/model.h")
HOOK = "-DKWS_OP_HOOK=kws_op_hook"

GCC = {
    "host": ("cc",),
    "host-portable": ("cc", "-DKWS_KERNELS_PORTABLE"),
    "host-paired": ("cc", "-DKWS_KERNELS_PAIRED"),
    **{name: core.compiler for name, core in CORES.items()},
    "m33": ("arm-none-eabi-gcc", "-mthumb", "-mcpu=cortex-m33"),
}
INSTRUCTION_SETS = {
    "host-portable": "PORTABLE",
    "host-paired": "PAIRED",
    "m0": "THUMB1",
    "m3": "PORTABLE",
    "m4": "DSP",
    "m7": "DSP",
    "m33": "DSP",
    "m55": "HELIUM",
    "rv32": "PAIRED",
}
PACKAGES = {
    "arm-none-eabi-gcc": "gcc-arm-none-eabi libnewlib-arm-none-eabi",
    "riscv64-unknown-elf-gcc": "gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf",
    "cc": "gcc",
    "c++": "g++",
    "clang": "clang",
}
CLANG_TARGETS = {
    "arm-none-eabi-gcc": "arm-none-eabi",
    "riscv64-unknown-elf-gcc": "riscv32-unknown-elf",
}


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generated folders: run/ with all files, a folder a further static model."""
    root = tmp_path_factory.mktemp("generated")
    generate(CONFIG.interface, tiny_model(), root / "run", "kws generate --run RUN")
    for make in (dilated_with_multiplier, gated, residual):
        (root / make.__name__).mkdir()
        for name, text in static_model_files(make(), FileInfo("mcu-kws", "a test")).items():
            (root / make.__name__ / name).write_text(text, encoding="utf-8")
    return root


def compile_all(compiler: tuple[str, ...], generated: Path, objects: Path) -> None:
    """Each source as C11; the words of a failing compiler are the test's."""
    require_compiler(compiler[0], PACKAGES[compiler[0]])
    own = [path for name in FOLDERS for path in sorted((FIRMWARE / name).rglob("*.c"))]
    run = sorted((generated / "run").glob("*.c"))
    options = ("-std=c11", "-O2", *WARNINGS, f"-I{FIRMWARE}", f"-I{generated / 'run'}", "-c")
    _compile((*compiler, *options), [*own, *run], objects)
    for folder in sorted(generated.iterdir()):
        _compile((*compiler, *options, HOOK), [folder / "static_model.c"], objects)


def _compile(command: tuple[str, ...], sources: list[Path], objects: Path) -> None:
    done = subprocess.run(
        [*command, *map(str, sources)], cwd=objects, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", GCC)
def test_gcc(name: str, generated: Path, tmp_path: Path) -> None:
    compile_all(GCC[name], generated, tmp_path)


@pytest.mark.parametrize("name", GCC)
def test_clang(name: str, generated: Path, tmp_path: Path) -> None:
    compile_all(clang(GCC[name]), generated, tmp_path)


def clang(gcc: tuple[str, ...]) -> tuple[str, ...]:
    """The same target for Clang, with the C library of GCC's."""
    program, *options = gcc
    if program == "cc":
        return ("clang", *options)
    require_compiler(program, PACKAGES[program])
    done = subprocess.run(
        [*gcc, "-M", "-xc", "-"], input="#include <string.h>\n",
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    library = next(word for word in done.stdout.split() if word.endswith("/string.h"))
    machine = [
        option for option in options if re.match(r"-m(thumb|cpu|float|fpu|arch|abi)", option)
    ]
    return ("clang", f"--target={CLANG_TARGETS[program]}", *machine, "-isystem", library[:-9])


@pytest.mark.parametrize("compiler", ["c++", "clang"])
def test_public_headers_in_cpp(compiler: str, generated: Path, tmp_path: Path) -> None:
    """Each on its own; C++ looks for the functions under the names that C gives them."""
    require_compiler(compiler, PACKAGES[compiler])
    headers = [FIRMWARE / name for name in PUBLIC_HEADERS]
    headers += sorted((generated / "run").glob("*.h"))
    for header in headers:
        names = re.findall(r"^[a-z](?!ypedef)[\w *]*\b(kws_\w+)\(", header.read_text(), re.M)
        source = tmp_path / "header.cpp"
        addresses = "".join(f"    reinterpret_cast<void *>({name}),\n" for name in names)
        source.write_text(
            f'#include "{header}"\nextern void *const addresses[];\n'
            f"void *const addresses[] = {{\n{addresses}    nullptr,\n}};\n"
        )
        options = ("-x", "c++", "-std=c++17", *WARNINGS, f"-I{FIRMWARE}", "-c")
        _compile((compiler, *options), [source], tmp_path)
        symbols = subprocess.run(
            ["nm", "-u", "header.o"], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout.split()
        assert set(names) <= set(symbols), header.name


@pytest.mark.parametrize("name", INSTRUCTION_SETS)
@pytest.mark.parametrize("translate", [tuple, clang], ids=["gcc", "clang"])
def test_instruction_set_of_each_core(
    name: str, translate: Callable[[tuple[str, ...]], tuple[str, ...]]
) -> None:
    compiler = translate(GCC[name])
    require_compiler(compiler[0], PACKAGES[compiler[0]])
    header = FIRMWARE / "kernels" / "instruction_set.h"
    done = subprocess.run(
        [*compiler, f"-I{FIRMWARE}", "-dM", "-E", "-xc", header],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert re.findall(r"^#define KWS_SET_(\w+)", done.stdout, re.M) == [INSTRUCTION_SETS[name]]


def test_warnings_of_the_build() -> None:
    wanted = {"-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wundef", "-Werror"}
    assert wanted <= set(WARNINGS)


def test_one_header_asks_for_the_instruction_set() -> None:
    asks = [
        path.name
        for path in itertools.chain(*((FIRMWARE / "kernels").rglob(f"*.{kind}") for kind in "ch"))
        if re.search(r"__ARM_|__riscv|__SSE|__x86|KWS_KERNELS_P", path.read_text())
    ]
    assert asks == ["instruction_set.h"]
