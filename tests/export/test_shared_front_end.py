# SPDX-License-Identifier: Apache-2.0
"""An export that uses another's front end, built beside it as each format's users build it."""

import subprocess
from pathlib import Path

import pytest

from kws.config.schema import Config, DataConfig
from kws.export import export
from kws.run.paths import RunPaths
from tests.export.build_systems import IDF_FUNCTIONS, ZEPHYR_FUNCTIONS, cmake
from tests.export.conftest import LISTENER
from tests.export.formats import OWN_FILES
from tests.support.exports import (
    C_FLAGS,
    STUBS,
    expected_words,
    generated_run,
    sources,
    words,
)
from tests.support.heard import babble
from tests.support.tiny_run import CONFIG

BELL = Config(
    data=DataConfig(wanted_words=("ring",)), features=CONFIG.features, detect=LISTENER.detect
)
SOUND = babble(BELL, 6, seed=2)


@pytest.fixture(scope="module")
def root(run: RunPaths, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder a format with the exports lamp and bell, which has no front end."""
    root = tmp_path_factory.mktemp("shared")
    bell = generated_run(root / "run", BELL, seed=3)
    for format in OWN_FILES:
        export(run, CONFIG, format, root / format / "lamp", name="lamp")
        export(bell, BELL, format, root / format / "bell", name="bell", front_end="lamp")
    return root


def check_heard(program: Path) -> None:
    expected = expected_words(BELL, SOUND, seed=3)
    assert expected and words(program, SOUND) == expected


def project(folder: Path, text: str) -> Path:
    start = "cmake_minimum_required(VERSION 3.16)\nproject(yours C)\n"
    (folder / "CMakeLists.txt").write_text(start + text)
    (folder / "empty.c").write_text("typedef int nothing;\n")
    return folder


def test_c_array(root: Path, tmp_path: Path) -> None:
    exports = root / "c-array"
    project(
        tmp_path,
        f"add_subdirectory({exports}/lamp lamp)\nadd_subdirectory({exports}/bell bell)\n"
        f"add_executable(program {exports}/bell/example/main.c)\n"
        "target_link_libraries(program bell)\n",
    )
    check_heard(cmake(tmp_path, tmp_path / "b") / "program")


def test_c_array_without_the_other(root: Path, tmp_path: Path) -> None:
    project(tmp_path, f"add_subdirectory({root}/c-array/bell bell)\n")
    done = subprocess.run(
        ["cmake", "-S", tmp_path, "-B", tmp_path / "b"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    message = " ".join(done.stderr.split())
    assert "bell uses the front end of lamp: add_subdirectory() that export first." in message


def test_esp_idf(root: Path, tmp_path: Path) -> None:
    components = root / "esp-idf"
    project(
        tmp_path,
        IDF_FUNCTIONS
        + "".join(f"add_subdirectory({components}/{name} {name})\n" for name in ("bell", "lamp"))
        + f"add_subdirectory({components}/bell/examples/keyword/main main)\n"
        + "add_executable(program empty.c)\ntarget_link_libraries(program main)\n",
    )
    check_heard(cmake(tmp_path, tmp_path / "b") / "program")
    example = (components / "bell/examples/keyword/CMakeLists.txt").read_text()
    assert 'set(EXTRA_COMPONENT_DIRS "../.." "../../../lamp")' in example


def test_zephyr(root: Path, tmp_path: Path) -> None:
    modules = root / "zephyr"
    project(
        tmp_path,
        "set(CONFIG_MCU_KWS_LAMP y)\nset(CONFIG_MCU_KWS_BELL y)\n"
        + ZEPHYR_FUNCTIONS
        + f"target_include_directories(zephyr_interface INTERFACE {STUBS})\n"
        + f"add_subdirectory({modules}/lamp/zephyr lamp)\n"
        + f"add_subdirectory({modules}/bell/zephyr bell)\n"
        + f"add_executable(program {modules}/bell/samples/keyword/src/main.c)\n"
        + "target_link_libraries(program mcu_kws_bell mcu_kws_lamp)\n",
    )
    check_heard(cmake(tmp_path, tmp_path / "b") / "program")
    assert "\tdepends on MCU_KWS_LAMP\n" in (modules / "bell/zephyr/Kconfig").read_text()
    settings = (modules / "bell/samples/keyword/prj.conf").read_text()
    assert "CONFIG_MCU_KWS_BELL=y\nCONFIG_MCU_KWS_LAMP=y\n" in settings


def test_arduino(root: Path, tmp_path: Path) -> None:
    libraries = [root / "arduino" / name for name in ("lamp", "bell")]
    includes = [f"-I{library / 'src'}" for library in libraries]
    files = [file for library in libraries for file in sources(library)]
    subprocess.run(["cc", *C_FLAGS, *includes, "-c", *files], cwd=tmp_path, check=True)
    text = (root / "arduino/bell/examples/keyword/keyword.ino").read_text()
    assert text.index("#include <lamp.h>") < text.index("#include <bell.h>")
    sketch = tmp_path / "sketch.cpp"
    main = "int main() { setup(); for (;;) { PDM.deliver(); loop(); } }\n"
    sketch.write_text(f"#include <Arduino.h>\n{text}{main}")
    program = tmp_path / "program"
    subprocess.run(
        ["c++", "-Wall", "-Werror", *includes, f"-I{STUBS}", sketch, *tmp_path.glob("*.o"),
         "-o", program],
        check=True,
    )  # fmt: skip
    check_heard(program)


@pytest.mark.parametrize("format", OWN_FILES)
def test_readme_says_how_to_use_two(root: Path, format: str) -> None:
    lamp = (root / format / "lamp/README.md").read_text()
    assert "## Two models in one program" in lamp
    assert "kws export --name other --front-end lamp" in lamp
    bell = (root / format / "bell/README.md").read_text()
    assert "This one has no front end: it uses that of `lamp`" in bell
    assert "lamp_frontend_process(samples, count, features, &frame_ready)" in bell
