"""kws export: every format compiles on its own, computes the same, and says what is wrong."""

import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from kws.cli.main import app
from kws.export import ExportFormat, export
from kws.features import FrontEnd, quantize
from kws.inference.golden import Golden
from kws.run.paths import RunPaths
from kws.source import source_root
from kws_codegen.base.errors import KwsError
from tests.support.tflm_tree import DOWNLOADS, add_library, make_tree
from tests.support.tiny_run import CONFIG, tiny_model, tiny_run

STUBS = Path(__file__).parent / "stubs"
C_FLAGS = ("-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror")

# What each format adds to src/, README.md and LICENSE.
OWN_FILES: dict[ExportFormat, set[str]] = {
    "c-array": {"CMakeLists.txt", "example/main.c"},
    "esp-idf": {
        "CMakeLists.txt",
        "idf_component.yml",
        "examples/keyword/CMakeLists.txt",
        "examples/keyword/main/CMakeLists.txt",
        "examples/keyword/main/main.c",
    },
    "zephyr": {
        "zephyr/module.yml",
        "zephyr/Kconfig",
        "zephyr/CMakeLists.txt",
        "samples/keyword/CMakeLists.txt",
        "samples/keyword/prj.conf",
        "samples/keyword/src/main.c",
    },
    "arduino": {"library.properties", "examples/keyword/keyword.ino"},
}
EXAMPLES: dict[ExportFormat, str] = {
    "c-array": "example/main.c",
    "esp-idf": "examples/keyword/main/main.c",
    "zephyr": "samples/keyword/src/main.c",
}
HEARD = re.compile(r"heard: (_silence_|_unknown_|yes|no)\b")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunPaths:
    return tiny_run(tmp_path_factory.mktemp("export"))


@pytest.fixture(scope="module")
def exports(run: RunPaths, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every format with the static model, in a folder of its name."""
    root = tmp_path_factory.mktemp("exports")
    for format in OWN_FILES:
        export(run, CONFIG, format, root / format)
    return root


def compile_c(folder: Path, program: Path, main: Path) -> Path:
    """Every C file below src/ and one example, with src/ as the only include folder."""
    sources = sorted(str(path) for path in (folder / "src").rglob("*.c"))
    subprocess.run(
        ["cc", *C_FLAGS, f"-I{folder / 'src'}", f"-I{STUBS}", *sources, main, "-o", program],
        check=True,
    )
    return program


def heard(program: Path) -> str:
    output = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    found = HEARD.search(output)
    assert found, output
    return found[1]


@pytest.mark.parametrize("format", OWN_FILES)
def test_files_of_each_format(exports: Path, format: ExportFormat) -> None:
    folder = exports / format
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    own = {name for name in files if not name.startswith("src/")}
    assert own == OWN_FILES[format] | {"README.md", "LICENSE"}
    assert {"src/kws.h", "src/static_model.c", "src/frontend/fft.c", "src/labels.c"} <= files
    assert not any("tflm" in name or "model_data" in name for name in files)
    assert "{{" not in "".join((folder / name).read_text() for name in own)
    assert (folder / "LICENSE").read_text() == (source_root() / "LICENSE").read_text()


@pytest.mark.parametrize("format", EXAMPLES)
def test_examples_in_c_run(exports: Path, tmp_path: Path, format: ExportFormat) -> None:
    folder = exports / format
    assert heard(compile_c(folder, tmp_path / "example", folder / EXAMPLES[format]))


def test_arduino_sketch_runs(exports: Path, tmp_path: Path) -> None:
    folder = exports / "arduino"
    objects = []
    for path in sorted((folder / "src").rglob("*.c")):
        objects.append(tmp_path / f"{path.stem}.o")
        subprocess.run(
            ["cc", *C_FLAGS, f"-I{folder / 'src'}", "-c", path, "-o", objects[-1]], check=True
        )
    sketch = tmp_path / "sketch.cpp"  # what the IDE makes of an .ino
    text = (folder / "examples/keyword/keyword.ino").read_text()
    main = "int main() { setup(); loop(); }\n"
    sketch.write_text("#include <Arduino.h>\n" + text + main)
    program = tmp_path / "sketch"
    subprocess.run(
        ["c++", "-Wall", "-Werror", f"-I{folder / 'src'}", f"-I{STUBS}", sketch, *objects,
         "-o", program],
        check=True,
    )  # fmt: skip
    assert heard(program)


def test_scores_equal_tensorflow_lite_micro(exports: Path, tmp_path: Path) -> None:
    """kws_listen() and kws_decide() on noise, silence and a loud tone, one after the other."""
    random = np.random.default_rng(5)
    t = np.arange(CONFIG.clip_samples)
    clips = np.stack(
        [
            random.integers(-20000, 20000, CONFIG.clip_samples),
            np.zeros(CONFIG.clip_samples),
            32767 * np.sin(t * 0.7),
        ]
    ).astype(np.int16)
    golden, front_end = Golden(tiny_model()), FrontEnd(CONFIG.features)
    program = compile_c(exports / "c-array", tmp_path / "classify", STUBS / "classify.c")
    done = subprocess.run([program], input=clips.tobytes(), capture_output=True, check=True)
    lines = done.stdout.decode().splitlines()
    assert len(lines) == len(clips)
    for clip, line in zip(clips, lines, strict=True):
        features = quantize(
            front_end.clip(clip), golden.input_scale, golden.input_zero_point,
            CONFIG.features.output_scale,
        )  # fmt: skip
        scores = golden.invoke(features)
        assert line == " ".join([*map(str, scores), CONFIG.data.labels[int(scores.argmax())]])


def cmake(source: Path, build: Path, *options: str) -> Path:
    subprocess.run(["cmake", "-S", source, "-B", build, *options], check=True, capture_output=True)
    subprocess.run(["cmake", "--build", build], check=True, capture_output=True)
    return build


def test_c_array_builds_with_its_own_cmake(exports: Path, tmp_path: Path) -> None:
    assert heard(cmake(exports / "c-array", tmp_path / "b") / "example")


# The functions of the other build systems, as far as the exports use them.
IDF_FUNCTIONS = """
function(idf_component_register)
  cmake_parse_arguments(C "" "" "SRCS;INCLUDE_DIRS;REQUIRES" ${ARGN})
  get_filename_component(name "${CMAKE_CURRENT_SOURCE_DIR}" NAME)
  add_library(${name} STATIC ${C_SRCS})
  target_include_directories(${name} PUBLIC ${C_INCLUDE_DIRS} PRIVATE "%s")
  target_link_libraries(${name} PUBLIC ${C_REQUIRES})
endfunction()
"""
ZEPHYR_FUNCTIONS = """
set(CONFIG_MCU_KWS y)
macro(zephyr_include_directories)
  include_directories(${ARGN})
endmacro()
macro(zephyr_library)
  add_library(module STATIC)
endmacro()
macro(zephyr_library_sources)
  target_sources(module PRIVATE ${ARGN})
endmacro()
"""


def test_esp_idf_component_and_example_build(exports: Path, tmp_path: Path) -> None:
    component = exports / "esp-idf"
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.16)\nproject(stand_in C)\n"
        + IDF_FUNCTIONS % STUBS
        + f"add_subdirectory({component} component)\n"
        + f"add_subdirectory({component}/examples/keyword/main main)\n"
        + "add_executable(program empty.c)\ntarget_link_libraries(program main)\n"
    )
    (tmp_path / "empty.c").write_text("typedef int nothing;\n")
    assert heard(cmake(tmp_path, tmp_path / "b") / "program")
    assert 'idf:\n    version: ">=5.0"' in (component / "idf_component.yml").read_text()


def test_zephyr_module_builds(exports: Path, tmp_path: Path) -> None:
    module = exports / "zephyr"
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.16)\nproject(stand_in C)\n"
        + ZEPHYR_FUNCTIONS
        + f"add_subdirectory({module}/zephyr module)\n"
        + f"add_executable(program {module}/samples/keyword/src/main.c)\n"
        + f"target_include_directories(program PRIVATE {module}/src {STUBS})\n"
        + "target_link_libraries(program module)\n"
    )
    assert heard(cmake(tmp_path, tmp_path / "b") / "program")
    text = (module / "zephyr/module.yml").read_text()
    assert text == "name: mcu_kws\nbuild:\n  cmake: zephyr\n  kconfig: zephyr/Kconfig\n"


def test_export_for_tensorflow_lite_micro(run: RunPaths, tmp_path: Path) -> None:
    files = set(export(run, CONFIG, "zephyr", tmp_path / "z", runtime="tflm", name="lamp"))
    assert {"src/runtime/model_tflm.cc", "src/model_data.c", "src/op_resolver.h"} <= files
    assert not any("kernels" in name or "static_model" in name for name in files)
    assert "depends on TENSORFLOW_LITE_MICRO" in (tmp_path / "z/zephyr/Kconfig").read_text()
    assert "definitions(CMSIS_NN)" in (tmp_path / "z/zephyr/CMakeLists.txt").read_text()
    settings = (tmp_path / "z/samples/keyword/prj.conf").read_text().splitlines()
    assert {"CONFIG_LAMP=y", "CONFIG_CPP=y", "CONFIG_TENSORFLOW_LITE_MICRO=y"} <= set(settings)
    assert "KWS_ARENA_BYTES" in (tmp_path / "z/README.md").read_text()
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
        "add_executable(program kws/example/main.c)\ntarget_link_libraries(program mcu_kws)\n"
    )
    assert heard(cmake(tmp_path, tmp_path / "b") / "program")


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


def test_out_exists(run: RunPaths, tmp_path: Path) -> None:
    with pytest.raises(KwsError, match="exists"):
        export(run, CONFIG, "c-array", tmp_path)


@pytest.mark.parametrize("name", ["Lamp", "2lamp", "my-lamp", "", "a b"])
def test_names_that_no_build_system_takes(run: RunPaths, tmp_path: Path, name: str) -> None:
    with pytest.raises(KwsError, match="cannot name a library"):
        export(run, CONFIG, "c-array", tmp_path / "x", name=name)


def test_arduino_has_no_interpreter(run: RunPaths, tmp_path: Path) -> None:
    with pytest.raises(KwsError, match="Arduino") as caught:
        export(run, CONFIG, "arduino", tmp_path / "x", runtime="tflm")
    assert "--runtime static" in caught.value.hint


def test_words_that_would_break_a_build_file(run: RunPaths, tmp_path: Path) -> None:
    odd = RunPaths(tmp_path / "run")
    shutil.copytree(run.root, odd.root)
    manifest = odd.generated / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"yes"', '"y\\"es\\\\"'))
    export(odd, CONFIG, "zephyr", tmp_path / "x")
    assert (
        'bool "Keyword spotting: _silence_, _unknown_, y_es_, no"'
        in (tmp_path / "x/zephyr/Kconfig").read_text()
    )
