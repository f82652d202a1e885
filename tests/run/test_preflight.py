# SPDX-License-Identifier: Apache-2.0
"""What would stop a run after its training is said before it."""

import os
import shutil
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kws.cli.main import app
from kws.config.schema import Config, dump_config
from kws.firmware.boards import find_board
from kws.firmware.cmake import build_firmware, check_folder_name
from kws.quantize import untrained
from kws.run.inputs import train_inputs
from kws.run.pipeline import Pipeline
from kws.run.preflight import check_fit
from kws_codegen.base.errors import KwsError
from tests.support.board_tools import require_tools
from tests.support.tiny_run import CONFIG, tiny_data, tiny_run
from tests.support.tone_words import tone_config

Usage = namedtuple("Usage", "total used free")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """config.toml and data/."""
    folder = tmp_path_factory.mktemp("preflight")
    tiny_data(folder / "data")
    (folder / "config.toml").write_text(dump_config(CONFIG), encoding="utf-8")
    return folder


def refusal(folder: Path, out: Path, *options: str) -> KwsError:
    """What `kws run` says; the run folder is left alone."""
    there = out.exists()
    arguments = ["run", "--config", folder / "config.toml", "--data", folder / "data"]
    result = CliRunner().invoke(app, [*map(str, [*arguments, "--out", out]), *options])
    assert isinstance(result.exception, KwsError), result.output
    assert out.exists() == there
    return result.exception


@pytest.mark.parametrize("name", ["a:b", "a#b", "a;b", 'a"b', "a\\b", "a|b", "a?b", "a$b", "a\nb"])
def test_name_that_make_or_cmake_cannot_take(folder: Path, tmp_path: Path, name: str) -> None:
    error = refusal(folder, tmp_path / name / "run")
    assert "make and CMake cannot take the folder" in error.message
    assert f"holds {name[1]!r}" in error.message


def test_name_that_looks_like_an_option(folder: Path, tmp_path: Path) -> None:
    assert "begins with '-'" in refusal(folder, tmp_path / "-run").message


def test_name_that_is_not_utf8(folder: Path, tmp_path: Path) -> None:
    assert "is not UTF-8" in refusal(folder, tmp_path / "r\udcf6n").message


def test_building_in_such_a_folder_is_refused_too(tmp_path: Path) -> None:
    run = tiny_run(tmp_path)
    with pytest.raises(KwsError, match="cannot take the folder"):
        build_firmware(run.generated, tmp_path / "a;b")
    with pytest.raises(KwsError, match="cannot take the folder"):
        build_firmware(run.generated.rename(tmp_path / "a#b"), tmp_path / "build")


def test_names_of_any_language_and_spaces_build(tmp_path: Path) -> None:
    name = "my run (grün) 你好 'x' a=b,c@d%e&f"
    check_folder_name(tmp_path / name)
    run = tiny_run(tmp_path / name)
    assert build_firmware(run.generated, run.build("host")).is_file()


def test_unknown_board(folder: Path, tmp_path: Path) -> None:
    error = refusal(folder, tmp_path / "run", "--board", "abacus")
    assert "no board is called 'abacus'" in error.message


@pytest.mark.parametrize(
    ("missing", "board"),
    [
        ("cmake", "host"),
        ("cc gcc clang", "host"),
        ("arm-none-eabi-gcc", "mps2_an386"),
        ("qemu-system-arm", "mps2_an386"),
    ],
)
def test_missing_tool(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str, board: str
) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr(
        shutil, "which", lambda name: None if name in missing.split() else f"/bin/{name}"
    )
    error = refusal(folder, tmp_path / "run", "--board", board)
    assert f"{missing.split(maxsplit=1)[0]} is not installed" in error.message
    assert "apt-get install" in error.hint


def test_no_room_on_the_disk(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1 << 40, 1 << 40, 30 << 20))
    error = refusal(folder, tmp_path / "run")
    assert "has 30 MB of free disk, and a run takes 200 MB" in error.message


def test_folder_that_cannot_be_written(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != tmp_path)
    error = refusal(folder, tmp_path / "new" / "run")
    assert error.message == f"{tmp_path} cannot be written to"


def test_file_where_a_folder_is_meant(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    error = refusal(folder, tmp_path / "file" / "run")
    assert error.message == f"{tmp_path / 'file'} is a file, not a folder"


def test_network_that_does_not_fit_the_board() -> None:
    """Preset small has more activations than a micro:bit has RAM."""
    require_tools(find_board("microbit"))
    with pytest.raises(KwsError, match=r"does not fit microbit: .* of RAM"):
        check_fit(Config(), find_board("microbit"))


def test_activations_by_rows_count_as_they_are_built(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    exact = untrained.generate

    def generate(*arguments: object) -> object:
        asked.append(arguments[-1])
        return exact(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(untrained, "generate", generate)
    require_tools(find_board("mps2_an386"))
    config = tone_config()
    config = replace(config, firmware=replace(config.firmware, activations="rows"))
    check_fit(config, find_board("mps2_an386"))
    assert asked == ["rows"]


def test_network_over_its_budget() -> None:
    require_tools(find_board("mps2_an386"))
    limited = replace(Config(), budget=replace(Config().budget, flash_bytes=1000))
    with pytest.raises(KwsError, match="exceeds its budget"):
        check_fit(limited, find_board("mps2_an386"))


def test_fit_is_not_asked_again_once_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr("kws.run.pipeline.check_fit", lambda _, board: asked.append(board.name))
    pipeline = Pipeline.open(tiny_run(tmp_path).root)
    pipeline.check_fit("microbit")
    inputs = train_inputs(pipeline.config, pipeline.run)
    pipeline._steps.run("train", inputs, lambda: None, list)
    pipeline.check_fit("microbit")
    assert asked == ["microbit"]


def test_empty_port_is_refused(tmp_path: Path) -> None:
    run = tiny_run(tmp_path)
    result = CliRunner().invoke(app, ["evaluate", "--run", str(run.root), "--port", ""])
    assert isinstance(result.exception, KwsError)
    assert result.exception.message == "--port is empty"
    assert "variable" in result.exception.hint
    assert not run.evaluation.exists()
