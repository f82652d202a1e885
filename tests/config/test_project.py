# SPDX-License-Identifier: Apache-2.0
"""`kws init`: a project whose configuration is the preset, comments and all, with its own words."""

import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kws.cli.main import app
from kws.config.project import CONFIG_NAME, new_project
from kws.config.schema import load_config, preset_names
from kws_codegen.base.errors import KwsError


@pytest.mark.parametrize("preset", preset_names())
def test_each_preset_with_other_words(tmp_path: Path, preset: str) -> None:
    words = ["on", 'say "ja"']
    new_project(tmp_path / "lamp", Path(preset), words)
    written = tmp_path / "lamp" / CONFIG_NAME
    assert load_config(written) == load_config(Path(preset), {"data.wanted_words": words})
    text = written.read_text(encoding="utf-8")
    head = text.partition("\n[")[0]
    assert head.startswith('# Keyword spotting for “on”, “say "ja"”.\n#\n')
    assert f"Begun from {preset}.toml" in head and f"kws run --config {CONFIG_NAME}" in head
    assert "SPDX" not in text
    assert max(map(len, text.splitlines())) <= 110


def test_any_word_that_a_folder_can_have_leaves_the_head_comments(tmp_path: Path) -> None:
    words = ["é\u2028x", *(f"word{i}" for i in range(40))]
    new_project(tmp_path / "new", Path("default"), words)
    assert load_config(tmp_path / "new" / CONFIG_NAME).data.wanted_words == tuple(words)


def test_words_of_the_preset_stay(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["init", str(tmp_path / "new")])
    assert done.exit_code == 0, done.output
    assert load_config(tmp_path / "new" / CONFIG_NAME) == load_config(Path("default"))
    assert f"kws run --config {CONFIG_NAME}" in done.output
    readme = (tmp_path / "new" / "README.md").read_text(encoding="utf-8")
    commands = [shlex.split(line) for line in readme.splitlines() if line.startswith("kws ")]
    assert len(commands) == 5
    assert "  cd " in done.output


def test_in_an_empty_folder_nobody_is_told_to_go_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["init", "."])
    assert done.exit_code == 0, done.output
    assert "cd " not in done.output


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("kept")
    with pytest.raises(KwsError, match="is not empty"):
        new_project(tmp_path, Path("default"), None)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("words", [[], ["on", "on"], ["_silence_"], ["../up"]])
def test_words_that_cannot_be_are_refused(tmp_path: Path, words: list[str]) -> None:
    with pytest.raises(KwsError):
        new_project(tmp_path / "new", Path("default"), words)
    assert not (tmp_path / "new").exists()
