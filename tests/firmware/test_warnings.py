# SPDX-License-Identifier: Apache-2.0
"""C code that leaves the house compiles without warnings: GCC and Clang, every core."""

import itertools
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from bench.device.measure import FIRMWARE

from kws_codegen.generate import generate
from kws_codegen.render import FileInfo
from kws_codegen.static_model import static_model_files
from tests.codegen.test_whole_models import dilated_with_multiplier, gated, residual
from tests.support.compilers import GCC, WARNINGS, clang, require
from tests.support.tiny_run import CONFIG, tiny_model

FOLDERS = ("kernels", "runtime", "frontend", "detect", "classifier", "listener")
PUBLIC_HEADERS = (
    "status.h",
    "kernels/kernels.h",
    "runtime/model.h",
    "frontend/frontend.h",
    "frontend/feature_quantize.h",
    "detect/detect.h",
    "detect/gate.h",
    "classifier/classifier.h",
    "classifier/samples.h",
    "listener/hear.h",
    "listener/listen.h",
)
HOOK = "-DKWS_OP_HOOK=kws_op_hook"

VARIANTS = {
    **GCC,
    "host-portable": ("cc", "-DKWS_KERNELS_PORTABLE"),
    "host-packed": ("cc", "-DKWS_KERNELS_PACKED"),
}
INSTRUCTION_SETS = {
    "host-portable": "PORTABLE",
    "host-packed": "PACKED",
    "m0": "THUMB1",
    "m3": "PACKED",
    "m4": "DSP",
    "m7": "DSP",
    "m33": "DSP",
    "m55": "HELIUM",
    "rv32": "PACKED",
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
    require(compiler[0])
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


@pytest.mark.parametrize("name", VARIANTS)
def test_gcc(name: str, generated: Path, tmp_path: Path) -> None:
    compile_all(VARIANTS[name], generated, tmp_path)


@pytest.mark.parametrize("name", VARIANTS)
def test_clang(name: str, generated: Path, tmp_path: Path) -> None:
    compile_all(clang(VARIANTS[name]), generated, tmp_path)


@pytest.mark.parametrize("compiler", ["c++", "clang"])
def test_public_headers_in_cpp(compiler: str, generated: Path, tmp_path: Path) -> None:
    """Each on its own; C++ looks for the functions under the names that C gives them."""
    require(compiler)
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
        options = ("-x", "c++", "-std=c++17", *WARNINGS, "-c")
        includes = (f"-I{FIRMWARE}", f"-I{generated / 'run'}")
        _compile((compiler, *options, *includes), [source], tmp_path)
        symbols = subprocess.run(
            ["nm", "-u", "header.o"], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout.split()
        assert set(names) <= set(symbols), header.name


@pytest.mark.parametrize("name", INSTRUCTION_SETS)
@pytest.mark.parametrize("translate", [tuple, clang], ids=["gcc", "clang"])
def test_instruction_set_of_each_core(
    name: str, translate: Callable[[tuple[str, ...]], tuple[str, ...]]
) -> None:
    compiler = translate(VARIANTS[name])
    require(compiler[0])
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
        if re.search(r"__ARM_|__arm__|__riscv|__SSE|__x86|KWS_KERNELS_P", path.read_text())
    ]
    assert asks == ["instruction_set.h"]
