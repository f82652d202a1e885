# SPDX-License-Identifier: Apache-2.0
"""An export compiles without a warning under strict options: GCC and Clang, every core, C, C++."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from kws.export import export
from kws.run.paths import RunPaths
from tests.support.compilers import GCC, WARNINGS, clang, require
from tests.support.exports import sources
from tests.support.tiny_run import CONFIG


@pytest.fixture(scope="module")
def folders(run: RunPaths, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One with a static model and a front end, one for an interpreter without."""
    root = tmp_path_factory.mktemp("warnings")
    export(run, CONFIG, "c-array", root / "lamp", name="lamp")
    export(run, CONFIG, "c-array", root / "door", "tflm", name="door", front_end="lamp")
    return [root / "lamp", root / "door"]


def check(compiler: Sequence[str], folders: list[Path], files: Sequence[Path]) -> None:
    require(compiler[0])
    includes = [f"-I{folder / 'src'}" for folder in folders]
    done = subprocess.run(
        [*compiler, *WARNINGS, "-fsyntax-only", *includes, *files],
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
    check((*clang(GCC[core]), "-std=c11"), folders, [file for f in folders for file in sources(f)])


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
