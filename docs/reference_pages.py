# SPDX-License-Identifier: Apache-2.0
"""Pages of the reference that are made from the code: `python docs/reference_pages.py` or a build.

Commands come from Typer, keys from the dataclasses, ranges from their annotations, meanings from
configs/default.toml, the C API from the headers, the protocol from PROTOCOL.md.
"""

import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import typer.main
from typer.core import TyperGroup

import kws_codegen
from kws.architectures.registry import ARCHITECTURES
from kws.cli.main import app
from kws.config.schema import Config
from kws.source import source_root
from kws_codegen.base.ranges import Range

ROOT = source_root()
HEADERS = (
    "listener/listen.h",
    "listener/hear.h",
    "classifier/classifier.h",
    "classifier/samples.h",
    "frontend/frontend.h",
    "detect/detect.h",
    "detect/gate.h",
    "runtime/model.h",
    "status.h",
)
UNITS = {
    "_ms": "ms",
    "_hz": "Hz",
    "_percentage": "%",
    "_bytes": "bytes",
    "_snr_db": "dB",
    "_db": "dB",
    "_dbfs": "dBFS",
    "_frames": "frames",
    "_epochs": "epochs",
    "_bits": "bits",
}


def write(folder: Path) -> None:
    """Write cli.md, configuration.md, c-api.md, generated-files.md and protocol.md into `folder`.

    An unchanged file is left alone, so that a build does what is new.
    """
    pages = {
        "cli.md": cli_page(),
        "configuration.md": configuration_page(),
        "c-api.md": c_api_page(),
        "generated-files.md": generated_files_page(),
        "protocol.md": protocol_page(),
    }
    for name, text in pages.items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


# Commands


def cli_page() -> str:
    lines = ["# Commands", ""]
    lines += ["Made from `kws --help`: the same words, for every command.", ""]
    lines += [
        "`kws --install-completion` completes commands, options, boards and presets in bash, zsh,"
    ]
    lines += ["fish and PowerShell; `kws --show-completion` prints what it would add.", ""]
    for name, command in _commands():
        lines += [f"## kws {name}", "", _prose(command.help or ""), ""]
        rows = [_option_row(parameter) for parameter in command.params]
        lines += ["| option | | default |", "| --- | --- | --- |", *filter(None, rows), ""]
    return "\n".join(lines)


def _commands() -> Iterator[tuple[str, Any]]:
    group: Any = typer.main.get_command(app)
    context = group.make_context("kws", [], resilient_parsing=True)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, TyperGroup):
            for inner, inner_command in command.commands.items():
                yield f"{name} {inner}", inner_command
        else:
            yield name, command


def _prose(text: str) -> str:
    """A docstring as Markdown: indented lines are code, lines of one paragraph stay one."""
    blocks = []
    for block in re.split(r"\n\s*\n", inspect.cleandoc(text).replace("\b", "")):
        is_code = block.startswith("  ") or block.lstrip().startswith("kws ")
        blocks.append(f"```text\n{inspect.cleandoc(block)}\n```" if is_code else _literal(block))
    return "\n\n".join(blocks)


def _literal(text: str) -> str:
    """Text in which nothing is markup but back quotes."""
    parts = text.split("`")
    parts[::2] = [re.sub(r"([\\*_<>\[\]|#{}])", r"\\\1", part) for part in parts[::2]]
    return "`".join(parts)


def _option_row(parameter: Any) -> str:
    if parameter.name in ("help", "install_completion", "show_completion"):
        return ""
    names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    if parameter.param_type_name == "argument":
        names = f"`{parameter.name.upper()}`"
    hint = parameter.type_descriptor.annotation
    choices = get_args(hint) if get_origin(hint) is Literal else ()
    help_text = _literal(" ".join((parameter.help or "").split()))
    if choices:
        help_text += f" One of {', '.join(f'`{choice}`' for choice in choices)}."
    default = parameter.default
    shown = "required" if parameter.required else ""
    if default is not None and not callable(default) and str(default) and default is not False:
        shown = f"`{getattr(default, 'value', default)}`"
    return f"| {names} | {help_text} | {shown} |"


# Configuration


def configuration_page() -> str:
    lines = [
        "# Configuration",
        "",
        "One TOML file. Type, range and default of each key are those that kws checks; both ends",
        "of a range are allowed, and an unknown key is an error. `kws init` writes them all;",
        "`--set section.key=value` overrides one. Below each table stands the section of",
        "`configs/default.toml`, which says what the keys mean.",
        "",
    ]
    explained = _sections(ROOT / "configs" / "default.toml")
    for section in fields(Config):
        lines += [f"## \\[{section.name}\\]", ""]
        if section.name == "model":
            for architecture, cls in ARCHITECTURES.items():
                presets = ", ".join(f"`{name}`" for name in cls.presets())
                lines += [f"### {architecture}", "", f"Presets: {presets}.", "", *_table(cls)]
        else:
            lines += _table(type(getattr(Config(), section.name)))
        lines += ["```toml", explained[section.name], "```", ""]
    return "\n".join(lines)


def _table(cls: type) -> list[str]:
    hints = get_type_hints(cls, include_extras=True)
    rows = ["| key | value | unit | default |", "| --- | --- | --- | --- |"]
    for key in fields(cls):  # type: ignore[arg-type]
        unit = next((unit for end, unit in UNITS.items() if key.name.endswith(end)), "")
        rows.append(f"| `{key.name}` | {_values(hints[key.name])} | {unit} | {_default(key)} |")
    return [*rows, ""]


def _values(hint: Any) -> str:
    """What a key may be, in words."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        limits = [mark for mark in hint.__metadata__ if isinstance(mark, Range)]
        if not limits:
            return _values(arguments[0])
        kind = "whole number" if arguments[0] is int else "number"
        return f"{kind}, {_number(limits[0].least)} to {_number(limits[0].most)}"
    if origin is Literal:
        return " or ".join(f'`"{value}"`' for value in arguments)
    if origin is tuple:
        inner = [argument for argument in arguments if argument is not Ellipsis]
        return f"list of {_values(inner[0])}"
    if isinstance(arguments, tuple) and len(arguments) == 2:
        return f"table of {_values(arguments[1])}"
    return {bool: "`true` or `false`", str: "text"}.get(hint, getattr(hint, "__name__", str(hint)))


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def _default(key: Field[Any]) -> str:
    default = key.default if key.default is not MISSING else key.default_factory()  # type: ignore[misc]
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, (tuple, list)):
        return f"`{[*default]}`".replace("'", '"').replace("(", "[").replace(")", "]")
    return f'`"{default}"`' if isinstance(default, str) else f"`{default}`"


def _sections(path: Path) -> dict[str, str]:
    """The text of each section of a TOML file, with the comment above its name."""
    found: dict[str, list[str]] = {}
    waiting: list[str] = []
    lines: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if name := re.match(r"\[(\w+)\]$", line):
            lines = found.setdefault(name[1], [])
            lines += waiting
            waiting = []
        if line.startswith("#") or not line:
            waiting.append(line)
            waiting = [] if not line else waiting
            if line:
                continue
        lines += waiting
        waiting = []
        lines.append(line)
    return {name: "\n".join(lines).strip() for name, lines in found.items()}


# C


def c_api_page() -> str:
    lines = [
        "# The C API",
        "",
        "What an export gives a product, and what its own firmware uses. `kws_` is the default",
        "name; `kws export --name lamp` makes it `lamp_`. An application includes one header,",
        "`<name>.h`. All of it is C11 without heap and without floating point. A score is int8,",
        "-128 to 127: 0 to 255/256. Samples are int16, mono, at `features.sample_rate_hz`.",
        "",
    ]
    for header in HEADERS:
        about, code = _header(ROOT / "firmware" / header)
        lines += [f"## {header}", "", about, "", "```c", code, "```", ""]
    return "\n".join(lines)


def _header(path: Path) -> tuple[str, str]:
    """What a header says of itself as Markdown, and its declarations."""
    text = path.read_text(encoding="utf-8")
    comments = list(re.finditer(r"/\*(.*?)\*/\n", text, re.DOTALL))
    about = next(comment for comment in comments if "SPDX" not in comment[1])
    prose = "\n".join(line.strip().removeprefix("*")[:] for line in about[1].strip().splitlines())
    blocks = []
    for block in re.split(r"\n\s*\n", inspect.cleandoc(prose)):
        is_code = block.startswith("    ")
        blocks.append(f"```c\n{inspect.cleandoc(block)}\n```" if is_code else _literal(block))
    code = text[about.end() :]
    code = re.sub(r"#ifdef __cplusplus\n.*?#endif\n", "", code, flags=re.DOTALL)
    code = re.sub(r"^#(ifndef|define) KWS_\w+_H\n", "", code, flags=re.MULTILINE)
    code = re.sub(r"\n#endif\s*$", "", code)
    return "\n\n".join(blocks), re.sub(r"\n{3,}", "\n\n", code).strip()


def generated_files_page() -> str:
    lines = [
        "# Generated files",
        "",
        "`kws generate` writes them into `generated/` of the run. Each begins with its generator,",
        "the command that makes it again and the hashes of what it was made from; a firmware of",
        "another format stops the compiler. The same input gives the same bytes.",
        "",
        "| file | content |",
        "| --- | --- |",
    ]
    folder = Path(kws_codegen.__file__).parent / "templates"
    for template in sorted(folder.glob("*.j2")):
        role = re.search(r"comment\(\s*\"([^\"]+)\"", template.read_text(encoding="utf-8"))
        if role and template.stem != "protocol.h":
            lines.append(f"| `{template.stem}` | {_literal(role[1])} |")
    lines += ["", "`manifest.json` has the hash of each file, and the form of the model.", ""]
    return "\n".join(lines)


def protocol_page() -> str:
    """PROTOCOL.md; its links to files of the checkout become names of files."""
    text = (ROOT / "PROTOCOL.md").read_text(encoding="utf-8")
    return re.sub(r"\[([^\]]+)\]\((?!http|#)([^)]+)\)", r"`\2`", text)


if __name__ == "__main__":
    sys.exit(write(ROOT / "docs" / "reference"))
