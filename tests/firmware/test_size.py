# SPDX-License-Identifier: Apache-2.0
"""Sizes from the link map, budgets, firmware that does not fit, and flashing."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kws.cli.main import app
from kws.config.schema import BudgetConfig, Config, dump_config
from kws.console import console
from kws.evaluate.options import EvaluationOptions
from kws.firmware.boards import boards, find_board
from kws.firmware.budget import budget_lines, budget_table, check_build
from kws.firmware.cmake import build_firmware
from kws.firmware.flash import flash, flash_commands
from kws.firmware.size import PARTS, Size, firmware_size
from kws.run.paths import RunPaths
from kws_codegen.base.errors import KwsError
from kws_codegen.base.feature_config import FeatureConfig
from kws_codegen.generate import generate
from tests.support.board_tools import require_tools
from tests.support.evaluation import evaluate
from tests.support.tiny_run import CONFIG, tiny_model

BOARDS = ("stm32f405", "rv32")


@pytest.fixture(scope="module", params=BOARDS)
def built(request: pytest.FixtureRequest, run: RunPaths) -> tuple[Path, Size]:
    board = find_board(request.param)
    require_tools(board)
    firmware = build_firmware(run.generated, run.build(board.name), board.name)
    return firmware, firmware_size(board, firmware)


def test_parts_add_up_to_what_the_toolchain_counts(built: tuple[Path, Size]) -> None:
    firmware, size = built
    tool = find_board(size.board).compiler.removesuffix("gcc") + "size"
    done = subprocess.run([tool, str(firmware)], capture_output=True, text=True, check=True)
    text, data, bss = (int(word) for word in done.stdout.splitlines()[1].split()[:3])
    assert size.flash_bytes == text + data
    assert size.ram_bytes == data + bss
    assert tuple(size.parts) == PARTS


def test_parts_hold_what_their_names_say(built: tuple[Path, Size], run: RunPaths) -> None:
    _, size = built
    parts = size.parts
    constants = (run.generated / "static_stream.h").read_text(encoding="utf-8")
    activations = next(
        int(line.split()[-1])
        for line in constants.splitlines()
        if line.startswith("#define KWS_STREAM_ACTIVATION_BYTES")
    )
    assert 0 <= parts["activations"].ram_bytes - activations < 64
    assert parts["weights"].flash_bytes > 4 * 8 * 8  # of the convolution alone
    assert parts["tables"].flash_bytes > 1000
    assert parts["stacks"].ram_bytes >= 4096
    for name in ("core", "front end", "kernels", "port"):
        assert 500 < parts[name].flash_bytes < 20_000, name


def test_size_command(run: RunPaths) -> None:
    require_tools(find_board("stm32f405"))
    runner = CliRunner()
    arguments = ["size", "--run", str(run.root), "--board", "stm32f405"]
    table = runner.invoke(app, arguments)
    assert table.exit_code == 0
    assert "activations" in table.output and "listening: not measured" in table.output
    evaluation = evaluate(run, EvaluationOptions(board="stm32f405", input="features", limit=1))
    evaluation.report.save(run.evaluation / "stm32f405.json")
    content = json.loads(runner.invoke(app, [*arguments, "--json"]).stdout)
    assert evaluation.run.stats is not None and evaluation.size is not None
    assert content["stack_peak_bytes"] == evaluation.run.stats.stack_peak_bytes > 0
    assert content["flash_bytes"] == evaluation.size.flash_bytes
    assert (
        content["form"]
        == "rows, a decision every 4 frames (each row of each layer is computed once)"
    )
    assert evaluation.listening is not None
    assert content["listening"]["per_second"] == evaluation.listening.per_second > 100_000
    shown = " ".join(runner.invoke(app, arguments).output.split())
    assert f"form: {content['form']}" in shown and evaluation.listening.line in shown
    assert content["parts"]["activations"]["ram_bytes"] > 0


def test_host_has_no_size(tmp_path: Path) -> None:
    with pytest.raises(KwsError, match="host has no flash"):
        firmware_size(find_board("host"), tmp_path / "kws_firmware")


def test_without_a_link_map(tmp_path: Path) -> None:
    with pytest.raises(KwsError, match=r"no link map .*kws_firmware\.map"):
        firmware_size(find_board("rv32"), tmp_path / "kws_firmware.elf")


def test_budget_fails_the_build_with_a_table(built: tuple[Path, Size]) -> None:
    firmware, size = built
    board = find_board(size.board)
    check_build(BudgetConfig(), board, firmware)
    check_build(BudgetConfig(flash_bytes=size.flash_bytes), board, firmware)
    with pytest.raises(KwsError, match="exceeds its budget") as caught:
        check_build(
            BudgetConfig(flash_bytes=size.flash_bytes - 1, ram_bytes=10**6), board, firmware
        )
    flash_row, ram_row = caught.value.message.splitlines()[2:]
    assert flash_row.split() == [
        "flash_bytes", f"{size.flash_bytes:,}", f"{size.flash_bytes - 1:,}", "1",
    ]  # fmt: skip
    assert ram_row.split()[-1] == "-"


def test_budget_fails_an_evaluation(run: RunPaths) -> None:
    require_tools(find_board("stm32f405"))
    options = EvaluationOptions(board="stm32f405", input="features", limit=1)
    before = run.config.read_text(encoding="utf-8")
    try:
        for limit, passed in ((100, False), (10**9, True)):
            config = replace(CONFIG, budget=BudgetConfig(instructions_per_inference=limit))
            run.config.write_text(dump_config(config), encoding="utf-8")
            evaluation = evaluate(run, options)
            assert evaluation.passed == passed
            assert [line.name for line in evaluation.budget] == ["instructions_per_inference"]
            assert evaluation.report.budget[0].allowed == limit
            table = budget_table(evaluation.budget).splitlines()
            assert (table[1].split()[-1] == "-") == passed
    finally:
        run.config.write_text(before, encoding="utf-8")


def test_only_limits_that_are_set_and_measured_count() -> None:
    budget = BudgetConfig(flash_bytes=1, instructions_per_inference=5)
    assert budget_lines(budget, None) == []
    (line,) = budget_lines(budget, None, 6)
    assert line.exceeded and (line.used, line.allowed) == (6, 5)


def test_firmware_that_does_not_fit_says_by_how_much(tmp_path: Path) -> None:
    require_tools(find_board("microbit"))
    # A row of features every 2 ms: more model input than the micro:bit has RAM.
    config = Config(data=CONFIG.data, features=FeatureConfig(hop_ms=2))
    generate(config.interface, tiny_model(config), tmp_path / "generated", "kws generate --run RUN")
    with pytest.raises(KwsError, match="does not fit microbit") as caught:
        build_firmware(tmp_path / "generated", tmp_path / "build", "microbit")
    assert "bytes too many for the 16,384 bytes of RAM" in caught.value.message
    assert "smaller model" in caught.value.hint


def test_flash_runs_the_tool_that_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = tmp_path / "arguments"
    tool = tmp_path / "pyocd"
    tool.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {said}\n', encoding="utf-8")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    firmware = tmp_path / "kws_firmware.elf"
    flash(find_board("stm32f405"), firmware)
    assert said.read_text().split() == ["flash", "--target", "stm32f405rg", str(firmware)]
    tool.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    with pytest.raises(KwsError, match="pyocd failed with status 3"):
        flash(find_board("stm32f405"), firmware)


def test_flash_without_a_tool_prints_the_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(KwsError, match="no tool that can flash stm32f405") as caught:
        flash(find_board("stm32f405"), Path("kws_firmware.elf"))
    assert "st-flash --reset --format ihex write kws_firmware.hex" in caught.value.message
    assert "-f target/stm32f4x.cfg" in caught.value.message
    assert "apt-get install openocd" in caught.value.hint


def test_flash_knows_the_probe_of_each_board() -> None:
    commands = flash_commands(find_board("microbit"), Path("x.elf"))
    assert set(commands) == {"openocd", "pyocd"}  # st-flash writes STM32 only
    assert "interface/cmsis-dap.cfg" in commands["openocd"]
    with pytest.raises(KwsError, match="nothing to flash") as caught:
        flash_commands(find_board("rv32"), Path("x.elf"))
    assert ", ".join(b.name for b in boards() if b.can_be_flashed) in caught.value.hint
    assert "stm32f405" in caught.value.hint and "rv32" not in caught.value.hint


def test_boards_command_lists_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "width", 200)
    result = CliRunner().invoke(app, ["boards"])
    assert result.exit_code == 0
    for word in ("mps3_an547", "Cortex-M55 with Helium", "16 KB", "168 MHz", "machine virt"):
        assert word in result.output
