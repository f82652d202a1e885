# SPDX-License-Identifier: Apache-2.0
"""The presets in configs/ load; default.toml shows every key with its default."""

import re
import subprocess
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from kws.architectures.registry import ARCHITECTURES
from kws.config.schema import Config, config_from_dict, dump_config, load_config, tomllib
from kws.source import source_root
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import config_hash

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


def shown(path: Path) -> set[str]:
    """Keys in a file, those in comments included: `# key = value`."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {line.removeprefix("# ").split(" =")[0] for line in lines if " = " in line}


def test_default_toml_shows_every_key() -> None:
    assert set(keys(Config())) <= shown(source_root() / "configs" / "default.toml")


@pytest.mark.parametrize("path", [path for path in CONFIGS if path.stem in ARCHITECTURES])
def test_file_of_an_architecture_shows_every_key_with_its_default(path: Path) -> None:
    model = load_config(path).model
    assert model == ARCHITECTURES[path.stem]()
    assert set(keys(model)) <= shown(path)
    text = re.sub(r"^# (?=\w+ = )", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert config_from_dict(tomllib.loads(text)).model == model


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("default", TUTORIAL),
        ("demo", TUTORIAL),
        ("tiny", TUTORIAL),
        ("mini", MINI),
        ("listen", MINI),
    ],
)
def test_words_of_the_presets(name: str, words: tuple[str, ...]) -> None:
    assert load_config(source_root() / "configs" / f"{name}.toml").data.wanted_words == words


PRESETS = [(name, preset) for name, cls in ARCHITECTURES.items() for preset in cls.presets()]


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_small_is_the_default_network(name: str) -> None:
    small = config_from_dict({"model": {"architecture": name, "preset": "small"}})
    assert small.model == config_from_dict({"model": {"architecture": name}}).model
    assert type(small.model) is ARCHITECTURES[name]


def test_ds_cnn_is_the_default_architecture() -> None:
    assert config_from_dict({"model": {"architecture": "ds_cnn", "preset": "small"}}) == Config()


@pytest.mark.parametrize(("name", "preset"), PRESETS)
def test_dumped_configuration_spells_the_preset_out(name: str, preset: str, tmp_path: Path) -> None:
    config = config_from_dict({"model": {"architecture": name, "preset": preset}})
    text = dump_config(config)
    assert f'architecture = "{name}"' in text
    assert "preset" not in text
    assert all(f"\n{key} = " in text for key in keys(config.model))
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    assert load_config(tmp_path / "config.toml") == config


def test_file_without_architecture_is_read_as_before() -> None:
    without = dump_config(Config()).replace('architecture = "ds_cnn"\n', "")
    assert "architecture" not in without
    assert config_from_dict(tomllib.loads(without)) == Config()


def test_hash_tells_architectures_and_presets_apart() -> None:
    models = [ARCHITECTURES[name].presets()[preset] for name, preset in PRESETS]
    assert len({config_hash(model) for model in models}) == len(PRESETS)


def test_explicit_key_overrides_the_preset() -> None:
    model = config_from_dict({"model": {"preset": "tiny", "dropout": 0.5}}).model
    assert (model.first_filters, model.dropout) == (16, 0.5)


@pytest.mark.parametrize("preset", ["huge", ["tiny"]])
def test_unknown_preset_names_those_there_are(preset: object) -> None:
    with pytest.raises(KwsError, match=r"model\.preset: there is no preset .* of ds_cnn") as error:
        config_from_dict({"model": {"preset": preset}})
    assert "Presets of ds_cnn: nano, tiny, micro, small, medium" in error.value.hint


@pytest.mark.parametrize("name", ["transformer", 3, ["ds_cnn"]])
def test_unknown_architecture_names_those_there_are(name: object) -> None:
    with pytest.raises(KwsError, match=r"model\.architecture: there is no architecture ") as error:
        config_from_dict({"model": {"architecture": name}})
    assert f"Architectures: {', '.join(ARCHITECTURES)}." in error.value.hint


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_unknown_key_is_named_with_those_of_the_architecture(name: str) -> None:
    with pytest.raises(KwsError, match=r"model\.wings: there is no such key") as error:
        config_from_dict({"model": {"architecture": name, "wings": 2}})
    assert f"Keys of {name}: architecture, " in error.value.hint
    assert all(key in error.value.hint for key in keys(ARCHITECTURES[name]()))


def test_faults_of_the_network_and_of_other_sections_are_told_at_once() -> None:
    with pytest.raises(KwsError, match=r"here\.toml is not a valid configuration") as error:
        config_from_dict({"model": {"dropout": 2, "filters": [0]}, "data": {"x": 1}}, "here.toml")
    for key in ("model.dropout: ", "model.filters.0: ", "data.x: "):
        assert f"\n  {key}" in error.value.message


def test_model_that_is_no_table_is_an_error() -> None:
    with pytest.raises(KwsError, match="model: must be a table, not 'small'"):
        config_from_dict({"model": "small"})


def test_blocks_need_a_stride_each() -> None:
    with pytest.raises(KwsError, match="model: filters has 2 blocks and strides 1"):
        config_from_dict({"model": {"filters": [8, 8], "strides": [1]}})


def test_configuration_is_read_without_keras() -> None:
    program = (
        "import sys; from kws.config.schema import Config; Config();"
        "sys.exit(bool({'keras', 'tensorflow'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
