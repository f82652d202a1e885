# SPDX-License-Identifier: Apache-2.0
"""The firmware with a real TensorFlow Lite Micro, where TFLM_ROOT names a built tree.

Without it these tests are skipped, and pytest's summary says so in one line.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest

from kws.evaluate.options import EvaluationOptions
from kws.export import export
from kws.firmware.boards import find_board
from kws.firmware.runtime import ModelRuntime
from kws.run.paths import RunPaths
from kws.source import source_root
from kws_codegen.base.errors import KwsError
from kws_codegen.tflm.arena import arena_size
from tests.support.board_tools import require_tools
from tests.support.evaluation import evaluate
from tests.support.tiny_run import CONFIG, tiny_model

if not os.environ.get("TFLM_ROOT"):
    pytest.skip(
        "TFLM_ROOT is not set: no firmware with TensorFlow Lite Micro was built",
        allow_module_level=True,
    )


@pytest.mark.parametrize(
    ("board", "kernels"),
    [("host", "reference"), ("mps2_an386", "reference"), ("mps2_an386", "cmsis_nn")],
)
def test_parity_with_the_wheel_and_with_the_static_model(
    run: RunPaths, board: str, kernels: str
) -> None:
    if board != "host":
        require_tools(find_board(board))
    runtime = ModelRuntime("tflm", kernels)
    tflm = evaluate(run, EvaluationOptions(split="all", board=board, runtime=runtime))
    assert tflm.device.runtime == f"tflm-{kernels}"
    assert tflm.target == f"{board}-tflm-{kernels}"
    assert tflm.passed, tflm.run.failure or tflm.run.differences  # equal to the wheel's
    assert tflm.run.stats is not None
    assert 0 < tflm.run.stats.model_used_bytes <= tflm.device.activation_bytes

    static = evaluate(run, EvaluationOptions(split="all", board=board))
    assert static.target == board
    scores = [[result.scores for result in one.run.results] for one in (tflm, static)]
    assert scores[0] == scores[1]


def test_operators_are_timed(run: RunPaths) -> None:
    options = EvaluationOptions(limit=2, profile=True, runtime=ModelRuntime("tflm"))
    try:
        profile = evaluate(run, options).profile.operators
    except KwsError as error:
        assert "BUILD_TYPE=release has no profiler" in error.message
        pytest.skip("the library in TFLM_ROOT was built with BUILD_TYPE=release: no profile")
    kinds = [operator.kind for operator in profile]
    assert kinds == ["CONV_2D", "AVERAGE_POOL_2D", "RESHAPE", "FULLY_CONNECTED", "SOFTMAX"]
    assert all(operator.time > 0 for operator in profile)


def test_too_small_an_arena_ends_the_evaluation_with_a_proposal(run: RunPaths) -> None:
    runtime = ModelRuntime("tflm", arena_bytes=1536)
    result = evaluate(run, EvaluationOptions(limit=2, runtime=runtime))
    assert not result.passed and result.answered == 0
    assert "arena is too small" in result.run.failure
    advised = int(re.findall(r"say --arena-bytes (\d+)", result.run.failure)[0])
    assert advised == arena_size(tiny_model()).wide_total
    runtime = ModelRuntime("tflm", arena_bytes=advised)
    assert evaluate(run, EvaluationOptions(limit=2, runtime=runtime)).passed


@pytest.mark.parametrize(
    ("board", "kernels"),
    [("host", "reference"), ("mps2_an386", "reference"), ("mps2_an386", "cmsis_nn")],
)
def test_what_is_used_is_enough(run: RunPaths, board: str, kernels: str) -> None:
    """An arena of exactly the bytes that were used."""
    if board != "host":
        require_tools(find_board(board))
    runtime = ModelRuntime("tflm", kernels)
    roomy = evaluate(run, EvaluationOptions(limit=2, board=board, runtime=runtime))
    assert roomy.run.stats is not None
    used = roomy.run.stats.model_used_bytes
    runtime = ModelRuntime("tflm", kernels, arena_bytes=used)
    tight = evaluate(run, EvaluationOptions(limit=2, board=board, runtime=runtime))
    assert tight.passed, tight.run.failure


def test_export_runs_in_a_project_with_that_library(run: RunPaths, tmp_path: Path) -> None:
    """c-array for the interpreter, given our find module's target as its TFLM_TARGET."""
    export(run, CONFIG, "c-array", tmp_path / "kws", runtime="tflm")
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.22)\nproject(yours C CXX)\n"
        f"list(APPEND CMAKE_MODULE_PATH {source_root()}/cmake)\n"
        "find_package(TFLiteMicro REQUIRED)\n"
        "set(TFLM_TARGET TFLiteMicro::microlite)\nadd_subdirectory(kws)\n"
        "add_executable(program kws/example/main.c)\ntarget_link_libraries(program kws)\n"
    )
    build = tmp_path / "b"
    for command in (["cmake", "-S", tmp_path, "-B", build], ["cmake", "--build", build]):
        subprocess.run(command, check=True, capture_output=True)
    output = subprocess.run([build / "program"], capture_output=True, text=True, check=True)
    assert output.stdout.startswith("heard: ")
