# SPDX-License-Identifier: Apache-2.0
"""kws export: every format compiles on its own, computes the same, and says what is wrong."""

import json
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from kws.cli.main import app
from kws.export import ExportFormat, export
from kws.run.paths import RunPaths
from kws.source import source_root
from kws_codegen.base.errors import KwsError
from kws_codegen.base.version import VERSION
from tests.export.build_systems import IDF_FUNCTIONS, ZEPHYR_FUNCTIONS, cmake, optimisations
from tests.export.conftest import LISTENER
from tests.export.formats import OWN_FILES
from tests.support.exports import (
    C_FLAGS,
    STUBS,
    expected_answer,
    expected_words,
    noise,
    sources,
    words,
)
from tests.support.heard import babble
from tests.support.tflm_tree import DOWNLOADS, add_library, make_tree
from tests.support.tiny_run import CONFIG

LEGAL = {name for name in ("LICENSE", "NOTICE") if (source_root() / name).is_file()}

EXAMPLES: dict[ExportFormat, str] = {
    "c-array": "example/main.c",
    "esp-idf": "examples/keyword/main/main.c",
    "zephyr": "samples/keyword/src/main.c",
}
SOUND = babble(LISTENER, 6, seed=1)


def compile_c(folder: Path, program: Path, main: Path) -> Path:
    """Every C file below src/ and one example, with src/ as the only include folder."""
    subprocess.run(
        [
            "cc",
            *C_FLAGS,
            f"-I{folder / 'src'}",
            f"-I{STUBS}",
            *sources(folder),
            main,
            "-o",
            program,
        ],
        check=True,
    )
    return program


def hears(program: Path, loses: bool = False) -> bool:
    """Whether an example hears in SOUND what it should.

    loses: one that a microphone is too fast for says so, and begins anew.
    """
    expected = expected_words(LISTENER, SOUND)
    assert len(expected) > 3
    if loses:
        first, *more = words(program, SOUND, lost=True)
        assert first.startswith("sound is lost") and more == expected
    return words(program, SOUND) == expected


@pytest.mark.parametrize("format", OWN_FILES)
def test_files_of_each_format(exports: Path, format: ExportFormat) -> None:
    folder = exports / format
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    own = {name for name in files if not name.startswith("src/")}
    assert own == OWN_FILES[format] | {"README.md"} | LEGAL
    assert {
        "src/kws.h",
        "src/kws/kws_static_stream.c",
        "src/kws/frontend/kws_frontend_fft.c",
    } <= files
    assert not any("tflm" in name or "model_data" in name for name in files)
    assert "{{" not in "".join((folder / name).read_text() for name in own)
    assert all((folder / n).read_text() == (source_root() / n).read_text() for n in LEGAL)
    for name in files - LEGAL - {"library.json"}:  # JSON has no comments
        assert "SPDX-License-Identifier: Apache-2.0" in (folder / name).read_text().split("\n")[0]


@pytest.mark.parametrize("format", EXAMPLES)
def test_examples_in_c_run(exports: Path, tmp_path: Path, format: ExportFormat) -> None:
    folder = exports / format
    assert hears(compile_c(folder, tmp_path / "example", folder / EXAMPLES[format]))


def test_arduino_sketch_runs(exports: Path, tmp_path: Path) -> None:
    folder = exports / "arduino"
    objects = []
    for path in sources(folder):
        objects.append(tmp_path / f"{path.stem}.o")
        subprocess.run(
            ["cc", *C_FLAGS, f"-I{folder / 'src'}", "-c", path, "-o", objects[-1]], check=True
        )
    sketch = tmp_path / "sketch.cpp"  # what the IDE makes of an .ino
    text = (folder / "examples/keyword/keyword.ino").read_text()
    late = "if (loses_sound()) { written = 3 * RING_SAMPLES; }"
    main = f"int main() {{ setup(); for (;;) {{ {late} PDM.deliver(); loop(); }} }}\n"
    sketch.write_text("#include <Arduino.h>\n" + text + main)
    program = tmp_path / "sketch"
    subprocess.run(
        ["c++", "-Wall", "-Werror", f"-I{folder / 'src'}", f"-I{STUBS}", sketch, *objects,
         "-o", program],
        check=True,
    )  # fmt: skip
    assert words(program, SOUND, lost=True)[0].startswith("sound is lost")
    assert hears(program)


def test_platformio_reads_the_library(run: RunPaths, exports: Path, tmp_path: Path) -> None:
    library = json.loads((exports / "arduino/library.json").read_text())
    assert library["version"] == VERSION and library["license"] == "Apache-2.0"
    assert (exports / "arduino/src" / library["headers"]).is_file()
    (example,) = library["examples"]
    assert (exports / "arduino" / example["base"] / example["files"][0]).is_file()
    assert (library["build"]["unflags"], library["build"]["flags"]) == ("-Os", "-O2")
    small = replace(CONFIG, firmware=replace(CONFIG.firmware, optimise="size"))
    export(run, small, "arduino", tmp_path / "small")
    build = json.loads((tmp_path / "small/library.json").read_text())["build"]
    assert build["flags"] == "-Os" and "unflags" not in build


def test_arduino_library_has_the_version(exports: Path) -> None:
    assert f"\nversion={VERSION}\n" in (exports / "arduino/library.properties").read_text()


def test_scores_equal_tensorflow_lite_micro(exports: Path, tmp_path: Path) -> None:
    """kws_take_samples() and kws_decide(): noise, silence, a loud tone, one after the other."""
    t = np.arange(CONFIG.clip_samples)
    tone = (32767 * np.sin(t * 0.7)).astype(np.int16)
    clips = [noise(CONFIG, 5), np.zeros(CONFIG.clip_samples, np.int16), tone]
    program = compile_c(exports / "c-array", tmp_path / "classify", STUBS / "classify.c")
    samples = b"".join(clip.tobytes() for clip in clips)
    done = subprocess.run([program], input=samples, capture_output=True, check=True)
    lines = done.stdout.decode().splitlines()
    assert lines == [expected_answer(CONFIG, clip) for clip in clips]


def test_c_array_builds_with_its_own_cmake(exports: Path, tmp_path: Path) -> None:
    assert hears(cmake(exports / "c-array", tmp_path / "b") / "example")
    assert optimisations(tmp_path / "b", exports / "c-array/src") == {"-O2"}


@pytest.mark.parametrize(("build_type", "expected"), [("", "-Os"), ("Debug", "none")])
def test_c_array_is_optimised_in_a_project_that_says_nothing(
    run: RunPaths, tmp_path: Path, build_type: str, expected: str
) -> None:
    """As [firmware] optimise says, unless the project is to be debugged."""
    small = replace(CONFIG, firmware=replace(CONFIG.firmware, optimise="size"))
    export(run, small, "c-array", tmp_path / "kws")
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.16)\nproject(yours C)\nadd_subdirectory(kws)\n"
    )
    options = ["cmake", "-S", tmp_path, "-B", tmp_path / "b", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON"]
    subprocess.run([*options, f"-DCMAKE_BUILD_TYPE={build_type}"], check=True, capture_output=True)
    assert optimisations(tmp_path / "b", tmp_path / "kws/src") == {expected}


def test_esp_idf_component_and_example_build(exports: Path, tmp_path: Path) -> None:
    component = exports / "esp-idf"
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.16)\nproject(stand_in C)\n"
        + IDF_FUNCTIONS
        + f"add_subdirectory({component} component)\n"
        + f"add_subdirectory({component}/examples/keyword/main main)\n"
        + "add_executable(program empty.c)\ntarget_link_libraries(program main)\n"
    )
    (tmp_path / "empty.c").write_text("typedef int nothing;\n")
    assert hears(cmake(tmp_path, tmp_path / "b") / "program", loses=True)
    assert optimisations(tmp_path / "b", component / "src") == {"-O2"}
    text = (component / "idf_component.yml").read_text()
    assert 'idf:\n    version: ">=5.0"' in text
    assert f'\nversion: "{VERSION}"\n' in text


def test_zephyr_module_builds(exports: Path, tmp_path: Path) -> None:
    module = exports / "zephyr"
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.16)\nproject(stand_in C)\n"
        + "set(CONFIG_MCU_KWS_KWS y)\n"
        + ZEPHYR_FUNCTIONS
        + f"add_subdirectory({module}/zephyr module)\n"
        + f"add_executable(program {module}/samples/keyword/src/main.c)\n"
        + f"target_include_directories(program PRIVATE {module}/src {STUBS})\n"
        + "target_link_libraries(program mcu_kws_kws)\n"
    )
    assert hears(cmake(tmp_path, tmp_path / "b") / "program", loses=True)
    assert optimisations(tmp_path / "b", module / "src") == {"-O2"}
    text = (module / "zephyr/module.yml").read_text()
    assert 'name: "kws"\nbuild:\n  cmake: zephyr\n  kconfig: zephyr/Kconfig\n' in text


def test_export_for_tensorflow_lite_micro(run: RunPaths, tmp_path: Path) -> None:
    files = set(export(run, CONFIG, "zephyr", tmp_path / "z", runtime="tflm", name="lamp"))
    assert {
        "src/lamp/runtime/lamp_runtime_model_tflm.cc",
        "src/lamp/lamp_model_data.c",
        "src/lamp/op_resolver.h",
    } <= files
    assert not any("kernels" in name or "static_model" in name for name in files)
    assert "depends on TENSORFLOW_LITE_MICRO" in (tmp_path / "z/zephyr/Kconfig").read_text()
    assert "definitions(CMSIS_NN)" in (tmp_path / "z/zephyr/CMakeLists.txt").read_text()
    settings = (tmp_path / "z/samples/keyword/prj.conf").read_text().splitlines()
    assert {"CONFIG_MCU_KWS_LAMP=y", "CONFIG_CPP=y", "CONFIG_TENSORFLOW_LITE_MICRO=y"} <= set(
        settings
    )
    assert "`LAMP_ARENA_BYTES`" in (tmp_path / "z/README.md").read_text()
    export(run, CONFIG, "esp-idf", tmp_path / "e", runtime="tflm")
    assert "espressif/esp-tflite-micro" in (tmp_path / "e/idf_component.yml").read_text()


def test_export_for_tensorflow_lite_micro_builds(run: RunPaths, tmp_path: Path) -> None:
    """In a project that brings TensorFlow Lite Micro as a CMake target (here the stand-in)."""
    tree = make_tree(tmp_path / "tree")
    library = add_library(tree)
    export(run, CONFIG, "c-array", tmp_path / "kws", runtime="tflm")
    folders = ("", *(f"/{DOWNLOADS}/{name}" for name in ("flatbuffers/include", "gemmlowp", "ruy")))
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.16)\nproject(yours C CXX)\n"
        "add_library(tflm STATIC IMPORTED GLOBAL)\n"
        f"set_target_properties(tflm PROPERTIES IMPORTED_LOCATION {library})\n"
        f"target_include_directories(tflm INTERFACE {' '.join(f'{tree}{f}' for f in folders)})\n"
        "target_compile_definitions(tflm INTERFACE TF_LITE_STATIC_MEMORY)\n"
        "set(TFLM_TARGET tflm)\nadd_subdirectory(kws)\n"
        "add_executable(program kws/example/main.c)\ntarget_link_libraries(program kws)\n"
    )
    # It listens to the end; what it hears is the stand-in's own opinion.
    heard = words(cmake(tmp_path, tmp_path / "b") / "program", SOUND)
    assert all(line.startswith("heard: ") for line in heard)


def test_zip_holds_the_same_files_and_is_the_same_twice(run: RunPaths, tmp_path: Path) -> None:
    files = export(run, CONFIG, "arduino", tmp_path / "a.zip", name="lamp")
    export(run, CONFIG, "arduino", tmp_path / "b.zip", name="lamp")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert sorted(archive.namelist()) == [f"lamp/{name}" for name in files]


def test_command(run: RunPaths, tmp_path: Path) -> None:
    arguments = ["export", "--run", str(run.root), "--format", "c-array"]
    result = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path / "x")])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "x/src/kws.h").is_file()


def test_nothing_generated(tmp_path: Path) -> None:
    empty = RunPaths(tmp_path / "run")
    with pytest.raises(KwsError, match="holds no generated code") as caught:
        export(empty, CONFIG, "c-array", tmp_path / "x")
    assert "kws generate" in caught.value.hint


def test_generated_file_missing(run: RunPaths, tmp_path: Path) -> None:
    part = RunPaths(tmp_path / "run")
    shutil.copytree(run.root, part.root)
    (part.generated / "labels.h").unlink()
    with pytest.raises(KwsError, match=r"generated lacks labels\.h") as caught:
        export(part, CONFIG, "c-array", tmp_path / "x")
    assert "kws generate" in caught.value.hint


def test_out_exists(run: RunPaths, tmp_path: Path) -> None:
    with pytest.raises(KwsError, match="exists"):
        export(run, CONFIG, "c-array", tmp_path)


def test_arduino_has_no_interpreter(run: RunPaths, tmp_path: Path) -> None:
    with pytest.raises(KwsError, match="Arduino") as caught:
        export(run, CONFIG, "arduino", tmp_path / "x", runtime="tflm")
    assert "--runtime static" in caught.value.hint
