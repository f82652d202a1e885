# SPDX-License-Identifier: Apache-2.0
"""The commands as a person types them: version, doctor, settings, help, completion."""

import itertools
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer.main
from typer.core import TyperCommand, TyperGroup
from typer.testing import CliRunner, Result

from kws.cli import doctor
from kws.cli.main import app
from kws.cli.options import board_names, configuration, configurations
from kws.config.schema import Config, load_config
from kws.firmware.boards import boards
from kws_codegen.base.errors import KwsError
from kws_codegen.base.version import VERSION
from tests.support.tiny_run import tiny_run


def kws(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def commands(group: TyperGroup, path: str = "kws") -> Iterator[tuple[str, TyperCommand]]:
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        if isinstance(command, TyperGroup):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


COMMANDS = dict(commands(typer.main.get_command(app)))


def test_version() -> None:
    result = kws("--version")
    assert (result.exit_code, result.output) == (0, f"kws {VERSION}\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_help_shows_no_type_of_a_switch(name: str) -> None:
    result = kws(*name.split()[1:], "--help")
    assert result.exit_code == 0
    assert "<bool>" not in result.output and "BOOLEAN" not in result.output


@pytest.mark.parametrize("name", COMMANDS)
def test_help_shows_what_stands_in_brackets(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    command = COMMANDS[name]
    texts = [command.help, *(getattr(parameter, "help", None) for parameter in command.params)]
    shown = kws(*name.split()[1:], "--help").output
    assert max(map(len, shown.splitlines())) <= 80
    for brackets in re.findall(r"\[[^\s\]]+\]", " ".join(filter(None, texts))):
        assert brackets in shown
    assert kws(*name.split()[1:], "--help").output == shown  # the texts are as they were


def test_help_has_no_short_lines_within_a_paragraph(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = [line.rstrip() for line in kws("evaluate", "--help").output.splitlines()]
    at = next(i for i, line in enumerate(lines) if "Each evaluation has a folder" in line)
    paragraph = lines[at : lines.index("", at)]
    assert len(paragraph) > 2
    for line, following in itertools.pairwise(paragraph):
        assert len(line) + 1 + len(following.split()[0]) > 78


@pytest.mark.parametrize("name", COMMANDS)
def test_boards_are_completed_wherever_one_is_named(name: str) -> None:
    for parameter in COMMANDS[name].params:
        if "--board" in parameter.opts:
            found = [item.value for item in parameter.shell_complete(None, "m")]
            assert found == [board.name for board in boards() if board.name.startswith("m")]


def test_names_of_boards() -> None:
    assert "host" in board_names() and "microbit" in board_names()


def test_doctor_names_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFLM_ROOT", "/some/where")
    result = kws("doctor")
    assert result.exit_code == 0
    for words in (VERSION, "numpy", "a C compiler", "cmake", "arm-none-eabi-gcc", "/some/where"):
        assert words in result.output
    assert "qemu-system-arm" in result.output and "cache" in result.output
    lines = dict(line.split(maxsplit=1) for line in result.output.splitlines() if " " in line)
    assert lines["espeak-ng"].strip() == "speaks"
    for tool in ("arm-none-eabi-gcc", "cmake", "qemu-system-arm"):
        assert re.search(r", \d+\.\d+", lines[tool]), lines[tool]


def test_doctor_says_how_to_install_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(doctor.console, "_width", 200)
    result = kws("doctor")
    assert result.exit_code == 1
    assert "missing: sudo apt-get install cmake" in result.output
    assert "missing: sudo apt-get install qemu-system-arm" in result.output
    assert "kws run needs: a C compiler, cmake, make" in result.output
    assert "none (for kws flash: sudo apt-get install openocd)" in result.output


def test_doctor_says_what_the_microphone_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)  # as if it were not installed
    monkeypatch.setattr(doctor.console, "_width", 200)
    assert "missing: pip install 'mcu-kws[audio]'" in kws("doctor").output
    found = SimpleNamespace(
        query_devices=lambda kind: {"name": f"a headset's {kind}"}, PortAudioError=RuntimeError
    )
    monkeypatch.setitem(sys.modules, "sounddevice", found)
    assert "a headset's input" in kws("doctor").output


def test_preset_by_name() -> None:
    assert load_config(Path("default")) == Config()
    assert load_config(Path("tiny")).model != Config().model
    with pytest.raises(KwsError) as error:
        load_config(Path("huge"))
    assert "default, demo" in error.value.hint


def test_file_of_the_name_of_a_preset_goes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("default").write_text("[training]\nepochs = 2\n")
    assert load_config(Path("default")).training.epochs == 2


def test_settings_go_before_the_file() -> None:
    settings = ["data.time_shift_ms=50", "model.preset=tiny", "firmware.optimise = size"]
    config = configuration(Path("inverted_residuals"), settings, "on, off", 7, 3)
    assert config.data.time_shift_ms == 50
    assert config.data.wanted_words == ("on", "off")
    assert (config.training.seed, config.training.epochs) == (7, 3)
    assert config.firmware.optimise == "size"
    assert config.model.architecture == "inverted_residuals"
    assert getattr(config.model, "last_filters") == 48  # noqa: B009 - of one architecture


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("epochs=3", "'epochs=3' is no setting"),
        ("training.epochs", "is no setting"),
        ("a.b.c=1", "is no setting"),
        ("training.epoch=3", "did you mean epochs?"),
        ("training.epochs=many", "must be a whole number from 1 to 100,000, not 'many'"),
        ("nothing.at=all", "nothing: there is no such key"),
        ("training.seed=" + "9" * 5000, "training.seed: must be a whole number"),
    ],
)
def test_wrong_settings_are_named(setting: str, words: str) -> None:
    with pytest.raises(KwsError) as error:
        configuration(Path("default"), [setting])
    assert words in error.value.message


def test_prepared_run_keeps_the_settings(tmp_path: Path) -> None:
    tiny_run(tmp_path)
    arguments = ["--config", "default", "--data", tmp_path / "data", "--out", tmp_path / "new"]
    words = ["--wanted-words", "yes,no", "--set", "training.epochs=3"]
    assert kws("data", "prepare", *arguments, *words).exit_code == 0
    config = load_config(tmp_path / "new" / "config.toml")
    assert (config.training.epochs, config.data.wanted_words) == (3, ("yes", "no"))


def test_build_says_in_one_line_what_it_costs(tmp_path: Path) -> None:
    run = tiny_run(tmp_path)
    result = kws("build", "--run", run.root, "--board", "mps2_an386")
    assert result.exit_code == 0
    (line,) = result.stdout.splitlines()
    assert line.startswith("firmware: ") and "bytes of flash, " in line and line.endswith("of RAM")


@pytest.mark.parametrize("option", [("--kernels", "cmsis_nn"), ("--arena-bytes", "4096")])
@pytest.mark.parametrize("command", ["build", "evaluate", "size", "flash"])
def test_options_of_the_interpreter_without_it(
    command: str, option: tuple[str, str], tmp_path: Path
) -> None:
    result = kws(command, "--run", tmp_path, "--board", "stm32f405", *option)
    assert isinstance(result.exception, KwsError)
    assert option[0] in result.exception.message and "--runtime tflm" in result.exception.hint


def test_comparison_is_of_generated_code(tmp_path: Path) -> None:
    result = kws("size", "--run", tmp_path, "--board", "host", "--compare", "--runtime", "tflm")
    assert isinstance(result.exception, KwsError)
    assert "--compare builds generated C" in result.exception.message


def test_configurations_are_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "configs").mkdir()
    for name in ("mine.toml", "minute.txt", "configs/more.toml"):
        (tmp_path / name).touch()
    assert configurations("mi") == ["mini", "mine.toml"]
    assert configurations("configs/m") == ["configs/more.toml"]
    assert configurations("configs/") == ["configs/more.toml"]
    assert "default" in configurations("") and "configs/" in configurations("")
    named = [
        parameter
        for command in COMMANDS.values()
        for parameter in command.params
        if "--config" in parameter.opts
    ]
    assert len(named) >= 3
    for parameter in named:
        assert "default" in [item.value for item in parameter.shell_complete(None, "def")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "--config", "default", "--data", "", "--out", "x"), "--data is empty"),
        (("run", "--config", "default", "--data", "x", "--out="), "--out is empty"),
        (("data", "check", ""), "an argument is empty"),
        (("evaluate", "--run", "x", "--port", ""), "--port is empty"),
        (("export", "--run", "", "--format", "c-array", "--out", "x"), "--run is empty"),
    ],
)
def test_an_unset_shell_variable_is_not_the_current_folder(
    arguments: tuple[str, ...], message: str
) -> None:
    error = kws(*arguments).exception
    assert isinstance(error, KwsError)
    assert error.message == message and "variable" in error.hint


def test_a_note_may_be_empty(tmp_path: Path) -> None:
    (tmp_path / "config.toml").touch()
    (tmp_path / "note.txt").write_text("old", encoding="utf-8")
    kws("runs", tmp_path, "--note", "")
    assert not (tmp_path / "note.txt").exists()
