# SPDX-License-Identifier: Apache-2.0
"""cmake/FindTFLiteMicro.cmake and Runtime.cmake: what is found, what is said when it is not."""

import shutil
import subprocess
from pathlib import Path

import pytest

from kws.firmware.boards import find_board
from kws.source import source_root
from tests.support.board_tools import require_tools
from tests.support.tflm_tree import DOWNLOADS, HOST_GEN, add_library, make_tree

M4 = ("-mcpu=cortex-m4", "-mthumb")
M4_HARD = (*M4, "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16")
M4_GEN = "cortex_m_generic_cortex-m4+fp_default_gcc"
M4_NN_GEN = "cortex_m_generic_cortex-m4+fp_default_cmsis_nn_gcc"

# The checkout's modules without its firmware: configures in a moment.
PROJECT = f"""
cmake_minimum_required(VERSION 3.22)
project(find LANGUAGES C)
list(APPEND CMAKE_MODULE_PATH "{source_root()}/cmake")
include(Runtime)
message(STATUS "used: ${{KWS_RUNTIME_USED}} ${{TFLiteMicro_KERNELS}}")
if(TARGET TFLiteMicro::microlite)
  get_target_property(definitions TFLiteMicro::microlite INTERFACE_COMPILE_DEFINITIONS)
  get_target_property(location TFLiteMicro::microlite IMPORTED_LOCATION)
  message(STATUS "definitions: ${{definitions}}")
  message(STATUS "location: ${{location}}")
endif()
"""


@pytest.fixture(autouse=True)
def no_tree_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TFLM_ROOT", raising=False)


def configure(folder: Path, *options: str) -> tuple[bool, str]:
    """Whether CMake is content, and all it said in one line."""
    (folder / "CMakeLists.txt").write_text(PROJECT)
    shutil.rmtree(folder / "b", ignore_errors=True)
    done = subprocess.run(
        ["cmake", "-S", folder, "-B", folder / "b", *options],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode == 0, " ".join((done.stdout + done.stderr).split())


def for_board(name: str) -> tuple[str, str]:
    toolchain = source_root() / "cmake" / "toolchain.cmake"
    return f"-DKWS_BOARD={name}", f"-DCMAKE_TOOLCHAIN_FILE={toolchain}"


def test_static_is_the_default_and_needs_nothing(tmp_path: Path) -> None:
    assert configure(tmp_path)[1].count("Model runtime: static") == 1


def test_unknown_runtime(tmp_path: Path) -> None:
    ok, said = configure(tmp_path, "-DKWS_RUNTIME=onnx")
    assert not ok and "KWS_RUNTIME=onnx: use static, tflm or auto." in said


def test_root_not_set(tmp_path: Path) -> None:
    ok, said = configure(tmp_path, "-DKWS_RUNTIME=tflm")
    assert not ok and "TFLM_ROOT is not set: name a tflite-micro source tree" in said
    assert "make -f tensorflow/lite/micro/tools/make/Makefile BUILD_TYPE=release microlite" in said
    assert "To do without it: KWS_RUNTIME=static" in said


def test_auto_falls_back_and_says_why(tmp_path: Path) -> None:
    ok, said = configure(tmp_path, "-DKWS_RUNTIME=auto")
    assert ok and "TFLM_ROOT is not set" in said
    reason = "TFLM_ROOT is not set: name a tflite-micro source tree"
    assert f"Model runtime: static, for TensorFlow Lite Micro was not found: {reason}" in said


def test_kernels_that_there_are_not_are_named(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree")
    add_library(tree)
    options = ("-DKWS_RUNTIME=tflm", f"-DTFLM_ROOT={tree}", "-DTFLM_KERNELS=cmsis")
    ok, said = configure(tmp_path, *options)
    assert not ok and "has no kernels called cmsis: there are reference, cmsis_nn." in said
    assert "OPTIMIZED_KERNEL_DIR" not in said


def test_root_is_something_else(tmp_path: Path) -> None:
    ok, said = configure(tmp_path, "-DKWS_RUNTIME=tflm", f"-DTFLM_ROOT={tmp_path}")
    assert not ok and "is no tflite-micro source tree" in said


def test_library_not_built(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree")
    ok, said = configure(tmp_path, "-DKWS_RUNTIME=tflm", f"-DTFLM_ROOT={tree}")
    assert not ok and "has no built library (gen/*/lib/libtensorflow-microlite.a)" in said


def test_third_party_header_missing(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree")
    add_library(tree)
    shutil.rmtree(tree / DOWNLOADS / "gemmlowp")
    ok, said = configure(tmp_path, "-DKWS_RUNTIME=tflm", f"-DTFLM_ROOT={tree}")
    assert not ok and "gemmlowp/fixedpoint/fixedpoint.h is missing" in said


def test_tree_without_its_folder_signal(tmp_path: Path) -> None:
    """Newer trees include it from the list of operators; older ones have none."""
    tree = make_tree(tmp_path / "tree")
    add_library(tree)
    operators = tree / "tensorflow/lite/micro/kernels/micro_ops.h"
    operators.write_text(
        '#include "signal/micro/kernels/irfft.h"\n#include "signal/micro/kernels/rfft.h"\n'
    )
    options = ("-DKWS_RUNTIME=tflm", f"-DTFLM_ROOT={tree}")
    ok, said = configure(tmp_path, *options)
    assert not ok and said.count("is not the whole tree") == 1
    assert "signal/micro/kernels/irfft.h is missing" in said
    assert "Take tflite-micro whole, with its folder signal/." in said
    for name in ("irfft.h", "rfft.h"):
        header = tree / "signal/micro/kernels" / name
        header.parent.mkdir(parents=True, exist_ok=True)
        header.touch()
    assert configure(tmp_path, *options)[0]


def test_auto_names_the_libraries_that_do_not_fit(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree")
    add_library(tree, "linux_x86_64_release_gcc")
    options = ("-DKWS_RUNTIME=auto", f"-DTFLM_ROOT={tree}", "-DKWS_PROFILE=ON")
    ok, said = configure(tmp_path, *options)
    assert ok and "used: static" in said
    line = said[said.index("Model runtime: static") :]
    assert "BUILD_TYPE=release has no profiler" in line and "--runtime tflm" in line
    assert "Makefile" not in line


@pytest.mark.parametrize("runtime", ["tflm", "auto"])
def test_found_for_this_computer(tmp_path: Path, runtime: str) -> None:
    tree = make_tree(tmp_path / "tree")
    library = add_library(tree)
    ok, said = configure(tmp_path, f"-DKWS_RUNTIME={runtime}", f"-DTFLM_ROOT={tree}")
    assert ok and "used: tflm reference" in said
    assert f"Model runtime: tflm, reference kernels, {library}" in said
    assert "definitions: TF_LITE_STATIC_MEMORY " in said
    assert "That library checks itself (BUILD_TYPE=default)" in said


def test_release_comes_before_builds_that_check_themselves(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree")
    for build_type in ("debug", "default", "release", "release_with_logs"):
        add_library(tree, f"linux_x86_64_{build_type}_gcc")
    said = configure(tmp_path, "-DKWS_RUNTIME=tflm", f"-DTFLM_ROOT={tree}")[1]
    assert "gen/linux_x86_64_release_gcc/lib" in said and "checks itself" not in said
    assert "definitions: TF_LITE_STATIC_MEMORY;NDEBUG;TF_LITE_STRIP_ERROR_STRINGS " in said


def test_profile_needs_a_library_with_a_profiler(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree")
    add_library(tree, "linux_x86_64_release_gcc")
    options = ("-DKWS_RUNTIME=tflm", f"-DTFLM_ROOT={tree}", "-DKWS_PROFILE=ON")
    ok, said = configure(tmp_path, *options)
    assert not ok and "libtensorflow-microlite.a: BUILD_TYPE=release has no profiler" in said
    assert "Makefile BUILD_TYPE=release_with_logs microlite" in said
    add_library(tree, "linux_x86_64_release_with_logs_gcc")
    ok, said = configure(tmp_path, *options)
    assert ok and "gen/linux_x86_64_release_with_logs_gcc/lib" in said
    assert "definitions: TF_LITE_STATIC_MEMORY;NDEBUG " in said


def test_compiler_without_the_headers_of_cxx(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree")
    add_library(tree)
    options = (f"-DTFLM_ROOT={tree}", "-DCMAKE_CXX_FLAGS=-nostdinc++", "-DKWS_BOARD=host")
    ok, said = configure(tmp_path, "-DKWS_RUNTIME=tflm", *options)
    assert not ok and "there is no C++ compiler with its headers for host" in said
    assert "sudo apt-get install g++" in said


def test_root_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = make_tree(tmp_path / "tree")
    add_library(tree)
    monkeypatch.setenv("TFLM_ROOT", str(tree))
    assert "used: tflm reference" in configure(tmp_path, "-DKWS_RUNTIME=auto")[1]


class TestCortexM:
    """The right library among several, for a Cortex-M4 with hard float."""

    @pytest.fixture(autouse=True)
    def compiler(self) -> None:
        require_tools(find_board("mps2_an386"))

    def find(self, tmp_path: Path, *options: str) -> tuple[bool, str]:
        """With a stand-in for the one C++ header that is asked for: the package is 1.6 GB."""
        (tmp_path / "cxx").mkdir(exist_ok=True)
        (tmp_path / "cxx/new").touch()
        return configure(
            tmp_path, "-DKWS_RUNTIME=tflm", f"-DTFLM_ROOT={tmp_path}/tree",
            *for_board("mps2_an386"),
            f"-DCMAKE_CXX_FLAGS=-nostdinc++ -isystem {tmp_path}/cxx", *options,
        )  # fmt: skip

    def test_wrong_architecture_float_abi_and_core_are_named(self, tmp_path: Path) -> None:
        tree = make_tree(tmp_path / "tree")
        add_library(tree)
        soft, m7 = (
            f"cortex_m_generic_{arch}_default_gcc" for arch in ("cortex-m4", "cortex-m7+fp")
        )
        add_library(tree, soft, "arm-none-eabi-gcc", M4)
        flags = ("-mcpu=cortex-m7", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv5-d16")
        add_library(tree, m7, "arm-none-eabi-gcc", flags)
        ok, said = self.find(tmp_path)
        assert not ok and "No library in TFLM_ROOT=" in said
        assert "fits this build (ELF32, ARM," in said and "VFPv4-D16, VFP registers)" in said
        assert f"gen/{HOST_GEN}/lib/libtensorflow-microlite.a: ELF64" in said
        assert f"gen/{soft}/lib/libtensorflow-microlite.a: ELF32, ARM," in said
        assert f"gen/{m7}/lib/libtensorflow-microlite.a: ELF32, ARM," in said
        assert "Makefile TARGET=cortex_m_generic TARGET_ARCH=cortex-m4+fp TARGET_TOOL" in said
        assert "OPTIMIZED_KERNEL_DIR=cmsis_nn BUILD_TYPE=release microlite" in said

    @pytest.mark.parametrize(
        ("board", "arch"),
        [("microbit", "cortex-m0"), ("mps2_an385", "cortex-m3"), ("mps2_an500", "cortex-m7+fp"),
         ("mps3_an547", "cortex-m55"), ("stm32f405", "cortex-m4+fp")],
    )  # fmt: skip
    def test_command_for_each_core(self, tmp_path: Path, board: str, arch: str) -> None:
        said = configure(
            tmp_path, "-DKWS_RUNTIME=tflm", "-DTFLM_KERNELS=reference",
            *for_board(board),
        )[1]  # fmt: skip
        compiler = Path(shutil.which("arm-none-eabi-gcc") or "")
        assert f"TARGET_ARCH={arch} TARGET_TOOLCHAIN_ROOT={compiler.parent}/ BUILD_TYPE" in said

    def test_another_float_abi_is_said(self, tmp_path: Path) -> None:
        tree = make_tree(tmp_path / "tree")
        flags = [flag.replace("=hard", "=softfp") for flag in M4_HARD]
        add_library(tree, M4_GEN, "arm-none-eabi-gcc", flags)
        ok, said = self.find(tmp_path)
        assert not ok and "VFPv4-D16: another float ABI (-mfloat-abi)" in said

    def test_headers_of_cxx_are_a_package(self, tmp_path: Path) -> None:
        tree = make_tree(tmp_path / "tree")
        add_library(tree, M4_GEN, "arm-none-eabi-gcc", M4_HARD)
        ok, said = self.find(tmp_path, "-DCMAKE_CXX_FLAGS=-nostdinc++")
        assert not ok and "its headers for mps2_an386" in said
        assert "sudo apt-get install libstdc++-arm-none-eabi-newlib" in said

    def test_optimised_kernels_come_first(self, tmp_path: Path) -> None:
        tree = make_tree(tmp_path / "tree")
        add_library(tree)
        add_library(tree, M4_GEN, "arm-none-eabi-gcc", M4_HARD)
        add_library(tree, M4_NN_GEN, "arm-none-eabi-gcc", M4_HARD)
        said = self.find(tmp_path)[1]
        assert "used: tflm cmsis_nn" in said and f"gen/{M4_NN_GEN}/lib" in said
        assert "definitions: TF_LITE_STATIC_MEMORY;CMSIS_NN" in said

    def test_kernels_can_be_asked_for(self, tmp_path: Path) -> None:
        tree = make_tree(tmp_path / "tree")
        add_library(tree, M4_GEN, "arm-none-eabi-gcc", M4_HARD)
        assert "used: tflm reference" in self.find(tmp_path, "-DTFLM_KERNELS=reference")[1]
        ok, said = self.find(tmp_path, "-DTFLM_KERNELS=cmsis_nn")
        assert not ok and f"gen/{M4_GEN}/lib" in said
        assert "reference kernels, wanted cmsis_nn" in said
