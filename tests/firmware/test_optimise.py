# SPDX-License-Identifier: Apache-2.0
"""Speed or size: the choice reaches the compiler, changes nothing else, and its price is shown."""

import json
import subprocess
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kws.cli.main import app
from kws.config.schema import FirmwareConfig, dump_config
from kws.console import console
from kws.evaluate.options import EvaluationOptions
from kws.firmware.boards import find_board
from kws.firmware.cmake import build_name
from kws.firmware.runtime import ModelRuntime
from kws.firmware.speed_or_size import compare_builds
from kws.run.paths import RunPaths
from kws.run.pipeline import Pipeline
from kws.source import source_root
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import config_hash
from tests.support.board_tools import require_tools
from tests.support.evaluation import evaluate
from tests.support.tiny_run import CONFIG, tiny_run

SMALL = replace(CONFIG, firmware=FirmwareConfig(optimise="size"))


@pytest.mark.parametrize("board", ["host", "stm32f405"])
def test_size_is_exact(run: RunPaths, board: str) -> None:
    require_tools(find_board(board))
    evaluation = evaluate(run, EvaluationOptions(board=board, optimise="size", limit=4))
    assert evaluation.passed and evaluation.answered == 4
    assert evaluation.report.optimise == "size"
    assert evaluation.target == f"{board}-size"
    assert (run.build(f"{board}-size") / find_board(board).firmware_file).is_file()


def test_comparison_is_shown(run: RunPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    require_tools(find_board("stm32f405"))
    build = partial(Pipeline.open(run.root).firmware, "stm32f405", ModelRuntime())
    costs = compare_builds(find_board("stm32f405"), CONFIG.clip_samples, build)
    speed, size = costs
    assert (speed.optimise, size.optimise) == ("speed", "size")
    assert size.size.flash_bytes < speed.size.flash_bytes
    assert size.time_per_frame > speed.time_per_frame
    assert speed.time_unit == "instructions"

    monkeypatch.setattr("kws.cli.size.compare_builds", lambda *_: costs)
    monkeypatch.setattr(console, "width", 100)
    arguments = ["size", "--run", str(run.root), "--board", "stm32f405", "--compare"]
    table = CliRunner().invoke(app, arguments).output
    content = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).output)
    assert content == {"compare": [asdict(cost) for cost in costs]}
    rows = {line[:26].strip(): line[26:].split() for line in table.splitlines()}
    assert rows["optimise"] == ["speed", "size"]
    assert rows["flash: all"] == [f"{cost.size.flash_bytes:,}" for cost in costs]
    assert rows["instructions an inference"] == [f"{cost.time_per_inference:,}" for cost in costs]


def test_comparison_needs_a_board_with_flash(run: RunPaths) -> None:
    result = CliRunner().invoke(
        app, ["size", "--run", str(run.root), "--board", "host", "--compare"]
    )
    assert isinstance(result.exception, KwsError)
    assert "host has no flash" in result.exception.message


def test_configuration_decides_unless_the_command_line_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tiny_run(tmp_path)
    built: list[str] = []

    def note(_: Path, folder: Path, *options: object) -> None:
        built.append(f"{folder.name} {options[-1]}")
        folder.mkdir(parents=True)
        (folder / "kws_firmware").touch()

    monkeypatch.setattr("kws.run.pipeline.build_firmware", note)
    arguments = ["build", "--run", str(run.root)]
    run.config.write_text(dump_config(SMALL), encoding="utf-8")
    assert CliRunner().invoke(app, arguments).exit_code == 0
    assert CliRunner().invoke(app, [*arguments, "--optimise", "speed"]).exit_code == 0
    assert built == ["host-size size", "host speed"]


def test_each_choice_has_its_own_folder() -> None:
    names = {
        build_name("rv32", runtime, optimise, profile, sanitize)
        for runtime in (ModelRuntime(), ModelRuntime("tflm"))
        for optimise in ("speed", "size")
        for profile in (False, True)
        for sanitize in (False, True)
    }
    assert len(names) == 16 and "rv32" in names


def test_only_the_build_step_depends_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def build(_: Path, folder: Path, *options: object) -> None:
        folder.mkdir(parents=True)
        (folder / "kws_firmware").write_text(str(options[-1]), encoding="utf-8")

    monkeypatch.setattr("kws.run.pipeline.build_firmware", build)
    run = tiny_run(tmp_path)
    Pipeline.open(run.root).generate()
    first = Pipeline.open(run.root).build()
    run.config.write_text(dump_config(SMALL), encoding="utf-8")
    capsys.readouterr()
    Pipeline.open(run.root).generate()
    second = Pipeline.open(run.root).build()
    said = capsys.readouterr().err.splitlines()
    assert said == ["generate: unchanged, skipped", "build host-size"]
    assert (first.read_text(), second.read_text()) == ("speed", "size")
    for part in ("data", "features", "model", "training", "quantization"):
        assert config_hash(getattr(CONFIG, part)) == config_hash(getattr(SMALL, part))


def test_plain_cmake_takes_the_option(run: RunPaths, tmp_path: Path) -> None:
    command = ["cmake", "--preset", "host", "-B", str(tmp_path / "build")]
    command.append(f"-DKWS_GENERATED_DIR={run.generated}")

    def configure(optimise: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, f"-DKWS_OPTIMISE={optimise}"],
            cwd=source_root(), capture_output=True, text=True, check=False,
        )  # fmt: skip

    assert configure("size").returncode == 0
    commands = json.loads((tmp_path / "build" / "compile_commands.json").read_text())
    assert len(commands) > 20
    for entry in commands:
        levels = [word for word in entry["command"].split() if word.startswith("-O")]
        assert levels[-1] == "-Os", entry["file"]
    wrong = configure("fast")
    assert wrong.returncode != 0 and "KWS_OPTIMISE=fast: use speed or size" in wrong.stderr
