"""The presets in configs/ load; default.toml shows every key with its default."""

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from kws.config.presets import MODEL_PRESETS
from kws.config.schema import Config, config_from_dict, dump_config, load_config
from kws.source import source_root
from kws_codegen.base.errors import KwsError

CONFIGS = sorted((source_root() / "configs").glob("*.toml"))
TUTORIAL = ("yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go")
MINI = ("down", "left", "right", "up", "go", "one", "two", "three", "four", "five")


def keys(part: Any) -> list[str]:
    found = []
    for field in fields(part):
        value = getattr(part, field.name)
        found += keys(value) if is_dataclass(value) else [field.name]
    return found


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_presets_load_and_are_read_back_equal(path: Path, tmp_path: Path) -> None:
    config = load_config(path)
    (tmp_path / "config.toml").write_text(dump_config(config), encoding="utf-8")
    assert load_config(tmp_path / "config.toml") == config


def test_default_toml_is_the_default() -> None:
    assert load_config(source_root() / "configs" / "default.toml") == Config()


def test_default_toml_shows_every_key() -> None:
    lines = (source_root() / "configs" / "default.toml").read_text(encoding="utf-8").splitlines()
    shown = {line.removeprefix("# ").split(" =")[0] for line in lines if " = " in line}
    assert set(keys(Config())) <= shown


@pytest.mark.parametrize(
    ("name", "words"),
    [("default", TUTORIAL), ("demo", TUTORIAL), ("tiny", TUTORIAL), ("mini", MINI)],
)
def test_words_of_the_presets(name: str, words: tuple[str, ...]) -> None:
    assert load_config(source_root() / "configs" / f"{name}.toml").data.wanted_words == words


def test_small_is_the_default_network() -> None:
    assert config_from_dict({"model": {"preset": "small"}}) == Config()


@pytest.mark.parametrize("name", MODEL_PRESETS)
def test_dumped_configuration_spells_the_preset_out(name: str) -> None:
    text = dump_config(config_from_dict({"model": {"preset": name}}))
    assert "preset" not in text
    assert f"first_filters = {MODEL_PRESETS[name]['first_filters']}" in text


def test_explicit_key_overrides_the_preset() -> None:
    model = config_from_dict({"model": {"preset": "tiny", "dropout": 0.5}}).model
    assert (model.first_filters, model.dropout) == (16, 0.5)


def test_unknown_preset_names_those_there_are() -> None:
    with pytest.raises(KwsError, match="no model preset 'huge'") as error:
        config_from_dict({"model": {"preset": "huge"}})
    assert "tiny, small, medium" in error.value.hint


def test_blocks_need_a_stride_each() -> None:
    with pytest.raises(KwsError, match="filters has 2 blocks and strides 1"):
        config_from_dict({"model": {"filters": [8, 8], "strides": [1]}})
