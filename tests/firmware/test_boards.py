# SPDX-License-Identifier: Apache-2.0
"""Every board's firmware in its emulator: exact, repeatable, as the registry describes it."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from kws.evaluate.evaluation import Evaluation
from kws.evaluate.options import EvaluationOptions, InputKind
from kws.firmware.boards import boards, find_board
from kws.firmware.cmake import build_firmware
from kws.firmware.presets import presets_text
from kws.run.paths import RunPaths
from kws.source import source_root
from kws_codegen.base.errors import KwsError
from tests.support.board_tools import EMULATED, require_tools
from tests.support.evaluation import evaluate

BOARDS = source_root() / "firmware" / "boards"


def evaluated(run: RunPaths, board: str, input: InputKind, limit: int) -> Evaluation:
    return evaluate(run, EvaluationOptions(board=board, input=input, limit=limit))


@pytest.mark.parametrize("name", EMULATED)
def test_front_end_and_model_are_exact_and_counted(run: RunPaths, name: str) -> None:
    require_tools(find_board(name))
    audio = evaluated(run, name, "audio", 2)
    assert audio.passed, (audio.run.differences, audio.run.failure)
    assert audio.device.board == name
    assert audio.device.time_unit == "instructions"
    # The first request may find the UART off, and a busy machine be silent for long: no damage.
    link = audio.report.link
    assert link.restarts == link.damaged_frames_here == 0 and link.resends <= link.timeouts
    assert audio.run.stats is not None and audio.run.stats.bad_frames == 0
    assert 100 < audio.run.stats.stack_peak_bytes < 2048
    features = evaluated(run, name, "features", 2)
    assert features.passed, (features.run.differences, features.run.failure)
    # The same clips, the same instructions, whatever came before them on the wire. Rows of a clip
    # of audio come one at a time: its count holds the readings of the counter around each of them.
    times = [result.inference_time for result in audio.run.results]
    taken = [result.inference_time for result in features.run.results]
    extra = {of_audio - of_features for of_audio, of_features in zip(times, taken, strict=True)}
    assert len(extra) == 1 and 0 <= extra.pop() < 0.1 * min(times)
    assert min(taken) > 10_000
    # Listening is counted by the sound alone, too, and costs more than the front end alone.
    cost = audio.report.listening
    assert cost is not None and cost == features.report.listening
    front_end = sum(r.front_end_time for r in audio.run.results) / len(audio.run.results)
    assert front_end < cost.per_second < front_end + 4 * max(times)
    assert 1 < cost.least_clock_hz / cost.per_second < 4


def test_front_end_instructions_are_repeatable(run: RunPaths) -> None:
    require_tools(find_board("mps2_an386"))
    first, second = (evaluated(run, "mps2_an386", "audio", 2).run.results for _ in range(2))
    assert [r.front_end_time for r in first] == [r.front_end_time for r in second]


def test_profile_times_each_operator(run: RunPaths) -> None:
    require_tools(find_board("mps2_an386"))
    options = EvaluationOptions(board="mps2_an386", input="features", limit=1, profile=True)
    evaluation = evaluate(run, options)
    assert evaluation.passed
    operators = evaluation.profile.operators
    kinds = [operator.kind for operator in operators]
    assert kinds == ["CONV_2D", "AVERAGE_POOL_2D", "RESHAPE", "FULLY_CONNECTED", "SOFTMAX"]
    assert all((operator.time > 100) == (operator.kind != "RESHAPE") for operator in operators)
    (result,) = evaluation.run.results
    # What is missing is the recording itself, between the operators.
    assert 0.7 < sum(operator.time for operator in operators) / result.inference_time <= 1
    plain = evaluate(run, EvaluationOptions(board="mps2_an386", input="features", limit=1))
    assert not plain.profile.operators


@pytest.mark.parametrize("name", EMULATED)
def test_cmake_builds_what_the_registry_says(run: RunPaths, name: str) -> None:
    board = find_board(name)
    require_tools(board)
    firmware = build_firmware(run.generated, run.build(name), name)
    link_map = firmware.with_suffix(".map").read_text(encoding="utf-8")
    assert board.memory is not None
    for region, origin, length in (
        ("FLASH", board.memory.flash, board.flash_bytes),
        ("RAM", board.memory.ram, board.ram_bytes),
    ):
        line = re.search(rf"^{region} +0x([0-9a-f]+) +0x([0-9a-f]+) ", link_map, re.MULTILINE)
        assert line and (int(line[1], 16), int(line[2], 16)) == (origin, length)
    assert re.search(rf" 0x0*{board.memory.stack_bytes:x} +kws_stack_bytes = ", link_map)
    commands = json.loads((firmware.parent / "compile_commands.json").read_text(encoding="utf-8"))
    (main,) = (c["command"] for c in commands if c["file"].endswith("bare_metal/main.c"))
    for macro, value in (board.definitions | {"KWS_BAUD": board.baud}).items():
        given = re.search(rf"-D{macro}=(\w+)", main)
        assert given and int(given[1].rstrip("u"), 0) == value
    assert board.core.flags in main and main.split()[0].endswith(board.compiler)
    assert f"-DKWS_CLOCK_HZ={board.clock_hz}u" in main or board.clock_hz is None


def test_presets_are_those_of_the_boards() -> None:
    text = (source_root() / "CMakePresets.json").read_text(encoding="utf-8")
    assert text == presets_text(), "write it anew: python -m kws.firmware.presets"
    assert [name for name in re.findall(r'"KWS_BOARD": "(\w+)"', text) if name != "host"] == [
        board.name for board in boards() if board.name != "host"
    ]


@pytest.mark.parametrize("name", EMULATED)
def test_a_board_is_small(name: str) -> None:
    lines = sum(
        len(path.read_text(encoding="utf-8").splitlines()) for path in (BOARDS / name).iterdir()
    )
    assert lines < 250


@pytest.mark.parametrize(
    ("name", "compiler", "package"),
    [
        ("microbit", "arm-none-eabi-gcc", "gcc-arm-none-eabi libnewlib-arm-none-eabi"),
        ("rv32", "riscv64-unknown-elf-gcc", "gcc-riscv64-unknown-elf picolibc"),
    ],
)
def test_missing_toolchain_names_its_packages(
    run: RunPaths,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    compiler: str,
    package: str,
) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "cmake").write_text("#!/bin/sh\n", encoding="utf-8")
    (tools / "cmake").chmod(0o755)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(tools))
        with pytest.raises(KwsError, match=f"{compiler} is not installed") as caught:
            build_firmware(run.generated, tmp_path / "build", name)
    assert package in caught.value.hint
    # The same from CMake, for those who use the presets.
    done = subprocess.run(
        [
            "cmake", "-S", str(source_root()), "-B", str(tmp_path / "preset"),
            f"-DKWS_GENERATED_DIR={run.generated}", f"-DKWS_BOARD={name}",
            "-DCMAKE_FIND_USE_SYSTEM_ENVIRONMENT_PATH=OFF",
            "-DCMAKE_FIND_USE_CMAKE_SYSTEM_PATH=OFF",
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert f"{compiler} is not installed" in done.stderr
    assert package in " ".join(done.stderr.split())


@pytest.mark.parametrize("ci", [True, False])
def test_tests_without_tools_are_named_and_fail_in_ci(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ci: bool
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CI", "true" if ci else "")
    expected = pytest.fail.Exception if ci else pytest.skip.Exception
    with pytest.raises(expected, match="rv32: no riscv64-unknown-elf-gcc, qemu-system-riscv32"):
        require_tools(find_board("rv32"))
