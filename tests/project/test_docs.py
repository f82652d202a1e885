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
MADE = ("cli.md", "configuration.md", "c-api.md", "generated-files.md", "protocol.md")
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "docs").rglob("*.md")
    # Those are made from the code, or from these.
    if "_build" not in path.parts and path.name not in MADE
)
DOCUMENTS = ("README.md", "DESIGN.md", "PROTOCOL.md", "CHANGELOG.md", "CONTRIBUTING.md", *PAGES)


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def shell_line(line: str) -> str:
    """A line without its comment, and without what `&&` adds."""
    return line.partition("#")[0].partition("&&")[0].strip()


def shell_lines() -> list[str]:
    """Lines of the documents' shell blocks, without comments, and `kws ...` in tables."""
    lines = []
    for name in DOCUMENTS:
        text = text_of(name)
        for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
            whole = block.replace("\\\n", " ")
            lines += [shell_line(line) for line in whole.splitlines()]
        lines += re.findall(r"^\| `(kws [^`]+)`", text, re.MULTILINE)
    return [line for line in lines if line]


def kws_commands() -> list[str]:
    return sorted({line for line in shell_lines() if line.startswith("kws ")})


@pytest.mark.parametrize("line", kws_commands())
def test_commands_and_options_exist(line: str) -> None:
    command = typer.main.get_command(app)
    words = shlex.split(line)[1:]
    while isinstance(command, TyperGroup):
        context = command.make_context("kws", [], resilient_parsing=True)
        found = command.get_command(context, words[0])
        assert found is not None, f"no command {words[0]}: {line}"
        command = found
        words.pop(0)
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
    sections = "data|features|training|quantization|detect|firmware|budget|export"
    for name in PAGES:
        for section, key in re.findall(rf"`({sections})\.(?!json)(\w+)`", text_of(name)):
            assert hasattr(getattr(Config(), section), key), f"{name}: {section}.{key}"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text_of(name)):
        if not target.startswith("http"):
            place = ((ROOT / name).parent / target).resolve()
            made = place.name in MADE and place.parent == (ROOT / "docs" / "reference").resolve()
            assert place.exists() or made, f"{name}: {target}"
