# SPDX-License-Identifier: Apache-2.0
"""The documents stay true: commands, options, make targets, keys and links that they name exist."""

import re
import shlex
from dataclasses import fields

import pytest
import typer.main
from typer.core import TyperGroup

from kws.cli.main import app
from kws.config.schema import Config, load_config
from kws.source import source_root

ROOT = source_root()
DOCUMENTS = ("README.md", "DESIGN.md", "PROTOCOL.md", "CHANGELOG.md", "CONTRIBUTING.md")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def shell_lines() -> list[str]:
    """Lines of the documents' shell blocks, without comments, and `kws ...` in tables."""
    lines = []
    for name in DOCUMENTS:
        text = text_of(name)
        for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
            joined = block.replace("\\\n", " ")
            lines += [line.split("#")[0].strip() for line in joined.splitlines()]
        lines += re.findall(r"^\| `(kws [^`]+)`", text, re.MULTILINE)
    return [line for line in lines if line]


def kws_commands() -> list[str]:
    return sorted({line for line in shell_lines() if line.startswith("kws ")})


@pytest.mark.parametrize("line", kws_commands())
def test_commands_and_options_exist(line: str) -> None:
    command = typer.main.get_command(app)
    words = shlex.split(line)[1:]
    while isinstance(command, TyperGroup):
        assert words[0] in command.commands, f"no command {words[0]}: {line}"
        command = command.commands[words.pop(0)]
    known = {option for parameter in command.params for option in parameter.opts}
    unknown = {word for word in words if word.startswith("--")} - known
    assert not unknown, f"{line}: no option {unknown}"


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    # make -f is another project's.
    named = {line.split()[1] for line in shell_lines() if re.match("make [^-]", line)}
    assert {"demo", "test"} <= named <= targets


def test_configuration_files_named_exist_and_load() -> None:
    named = {path for name in DOCUMENTS for path in re.findall(r"configs/\w+\.toml", text_of(name))}
    assert named == {f"configs/{path.name}" for path in (ROOT / "configs").glob("*.toml")}
    for path in named:
        load_config(ROOT / path)


def test_default_toml_shows_every_key_with_its_default() -> None:
    shown = text_of("configs/default.toml")
    for section in fields(Config):
        assert f"\n[{section.name}]\n" in shown
        for key in fields(getattr(Config(), section.name)):
            assert re.search(rf"^#? ?{key.name} = ", shown, re.MULTILINE), key.name
    assert load_config(ROOT / "configs/default.toml") == Config()


def test_option_table_names_real_keys() -> None:
    for section, key in re.findall(r"`(data|features|training)\.(\w+)`", text_of("README.md")):
        assert hasattr(getattr(Config(), section), key), f"{section}.{key}"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text_of(name)):
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target
