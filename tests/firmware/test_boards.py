"""Every port's firmware in QEMU: exact, repeatable, described by the registry, never left over."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kws.evaluate.evaluation import Evaluation, EvaluationOptions, InputKind
from kws.firmware.boards import BOARDS, find_board
from kws.firmware.cmake import build_firmware
from kws.firmware.qemu import emulated
from kws.link.connect import connect
from kws.run.paths import RunPaths
from kws.source import source_root
from kws_codegen.base.errors import KwsError
from tests.support.board_tools import EMULATED, require_tools
from tests.support.evaluation import evaluate
from tests.support.tiny_run import tiny_run

PORTS = source_root() / "firmware" / "boards"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunPaths:
    return tiny_run(tmp_path_factory.mktemp("ports"))


@pytest.fixture(scope="module")
def firmware(run: RunPaths) -> Path:
    """Of one board, for tests of what happens around the firmware."""
    require_tools(find_board("mps2_an386"))
    return build_firmware(run.generated, run.build("mps2_an386"), "mps2_an386")


def evaluated(run: RunPaths, board: str, input: InputKind, limit: int) -> Evaluation:
    return evaluate(run, EvaluationOptions(board=board, input=input, limit=limit))


@pytest.mark.parametrize("name", EMULATED)
def test_front_end_and_model_are_exact_and_counted(run: RunPaths, name: str) -> None:
    require_tools(find_board(name))
    audio = evaluated(run, name, "audio", 2)
    assert audio.passed, (audio.run.differences, audio.run.failure)
    assert audio.device.board == name
    assert audio.device.time_unit == "instructions"
    assert audio.restarts == 0 and audio.resends <= 1  # the first one may find the UART off
    assert audio.run.stats is not None and audio.run.stats.bad_frames == 0
    assert 100 < audio.run.stats.stack_peak_bytes < 2048
    features = evaluated(run, name, "features", 2)
    assert features.passed, (features.run.differences, features.run.failure)
    # The same clips, the same instructions, whatever came before them on the wire.
    times = [result.inference_time for result in audio.run.results]
    assert times == [result.inference_time for result in features.run.results]
    assert min(times) > 10_000


def test_front_end_instructions_are_repeatable(run: RunPaths) -> None:
    require_tools(find_board("mps2_an386"))
    first, second = (evaluated(run, "mps2_an386", "audio", 2).run.results for _ in range(2))
    assert [r.front_end_time for r in first] == [r.front_end_time for r in second]


def test_profile_times_each_operator(run: RunPaths) -> None:
    require_tools(find_board("mps2_an386"))
    options = EvaluationOptions(board="mps2_an386", input="features", limit=1, profile=True)
    evaluation = evaluate(run, options)
    assert evaluation.passed
    operators = evaluation.profile
    kinds = [operator.kind for operator in operators]
    assert kinds == ["CONV_2D", "AVERAGE_POOL_2D", "RESHAPE", "FULLY_CONNECTED", "SOFTMAX"]
    assert all((operator.time > 100) == (operator.kind != "RESHAPE") for operator in operators)
    (result,) = evaluation.run.results
    # What is missing is the recording itself, between the operators.
    assert 0.9 < sum(operator.time for operator in operators) / result.inference_time <= 1
    plain = evaluate(run, EvaluationOptions(board="mps2_an386", input="features", limit=1))
    assert plain.profile == []


@pytest.mark.parametrize("name", EMULATED)
def test_registry_says_what_the_linker_script_enforces(name: str) -> None:
    board = find_board(name)
    script = (PORTS / name / "memory.ld").read_text(encoding="utf-8")
    sizes = {
        region: int(count) * {"K": 1 << 10, "M": 1 << 20}[unit]
        for region, count, unit in re.findall(r"(\w+) \(\w+\) *:.*LENGTH = (\d+)([KM])", script)
    }
    assert sizes == {"FLASH": board.flash_bytes, "RAM": board.ram_bytes}


@pytest.mark.parametrize("name", EMULATED)
def test_registry_says_the_speed_that_the_port_is_built_for(name: str) -> None:
    settings = (PORTS / name / "CMakeLists.txt").read_text(encoding="utf-8")
    named = re.search(r"BAUD (\d+)", settings)
    assert find_board(name).baud == (int(named[1]) if named else 921_600)


def test_every_board_has_a_port_a_toolchain_and_a_preset() -> None:
    presets = (source_root() / "CMakePresets.json").read_text(encoding="utf-8")
    for board in BOARDS:
        assert (PORTS / board.name / "CMakeLists.txt").is_file()
        assert f'"name": "{board.name}"' in presets
        assert (source_root() / "cmake" / f"{board.name}.cmake").is_file() == (board.name != "host")


@pytest.mark.parametrize("name", EMULATED)
def test_a_port_is_small(name: str) -> None:
    lines = sum(
        len(path.read_text(encoding="utf-8").splitlines()) for path in (PORTS / name).iterdir()
    )
    assert lines < 300


def qemu_of(firmware: Path) -> list[int]:
    """Process numbers of the emulators that run this file."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                command = (process / "cmdline").read_bytes()
            except OSError:
                continue
            if command.startswith(b"qemu-system") and str(firmware).encode() in command:
                found.append(int(process.name))
    return found


def gone(firmware: Path, within_s: float = 5.0) -> bool:
    deadline = time.monotonic() + within_s
    while qemu_of(firmware) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not qemu_of(firmware)


@pytest.mark.parametrize("error", [KwsError("wrong"), KeyboardInterrupt(), ValueError("bug")])
def test_emulator_ends_with_the_block(firmware: Path, error: BaseException) -> None:
    with pytest.raises(type(error)), emulated(find_board("mps2_an386"), firmware) as url:
        with connect(url) as device:
            assert device.handshake().board == "mps2_an386"
        assert len(qemu_of(firmware)) == 1
        raise error
    assert not qemu_of(firmware)


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_emulator_ends_with_its_parent(firmware: Path, end: signal.Signals) -> None:
    program = (
        "import time; from pathlib import Path\n"
        "from kws.firmware.boards import find_board; from kws.firmware.qemu import emulated\n"
        f"with emulated(find_board('mps2_an386'), Path({str(firmware)!r})) as url:\n"
        "    print(url, flush=True); time.sleep(60)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert parent.stdout is not None
    assert parent.stdout.readline().startswith(b"socket://127.0.0.1:")
    while not qemu_of(firmware):
        time.sleep(0.05)
    os.kill(parent.pid, end)
    parent.wait(10)
    parent.stdout.close()
    assert gone(firmware)


def test_emulator_that_does_not_start_says_why(tmp_path: Path) -> None:
    require_tools(find_board("mps2_an386"))
    missing = tmp_path / "no.elf"
    with (
        pytest.raises(KwsError, match="ended by itself") as caught,
        emulated(find_board("mps2_an386"), missing) as url,
        connect(url) as device,
    ):
        device.handshake()
    assert "no.elf" in caught.value.message
    assert gone(missing)


def test_missing_emulator_names_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with (
        pytest.raises(KwsError, match="qemu-system-riscv32 is not installed") as caught,
        emulated(find_board("rv32"), tmp_path / "kws_firmware.elf"),
    ):
        pass
    assert "apt-get install qemu-system-misc" in caught.value.hint


def test_host_has_no_emulator(tmp_path: Path) -> None:
    with (
        pytest.raises(KwsError, match="no emulator for host"),
        emulated(find_board("host"), tmp_path),
    ):
        pass


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
            f"-DCMAKE_TOOLCHAIN_FILE={source_root() / 'cmake' / f'{name}.cmake'}",
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
