# SPDX-License-Identifier: Apache-2.0
"""The one Jinja2 environment of all templates, and what every generated file says of itself.

Each template begins with

    {% import "header.j2" as header %}
    {{ header.comment("What this file is.", info) }}
    {{ header.format_guard(info) }}

and prints arrays with the filter `c_array`:

    const int16_t table[3] = {
    {{ values | c_array }}
    };
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from kws_codegen import FORMAT_VERSION
from kws_codegen.operators.c_code import address

LINE_COLUMNS = 100
INDENT = "    "


@dataclass(frozen=True)
class FileInfo:
    """What the header comment of a generated file tells about its origin.

    Hashes are SHA-256 in hex, "" where the file does not depend on that part.
    """

    generator: str  # name and version, "mcu-kws 0.1.0"
    command: str  # makes the file again, "kws generate --run RUN"
    feature_hash: str = ""
    model_hash: str = ""
    labels_hash: str = ""
    detect_hash: str = ""


def render(template_name: str, **values: Any) -> str:
    """Text of templates/<template_name> filled with `values`; an unknown name is an error."""
    return _environment().get_template(template_name).render(**values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("kws_codegen"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.globals["format_version"] = FORMAT_VERSION
    environment.filters["address"] = address
    environment.filters["c_array"] = c_array
    environment.filters["c_pairs"] = c_pairs
    environment.filters["c_comment"] = c_comment
    environment.filters["c_string"] = c_string
    return environment


def c_array(values: Iterable[int], suffix: str = "") -> str:
    """Integers as comma-separated C literals, indented, in lines of at most 100 columns.

    `suffix` follows each number ("u", "ull"). -2147483648 has no literal in C and is written
    as an expression.
    """
    return _wrapped(
        "(-2147483647 - 1)" if int(value) == -(1 << 31) else f"{int(value)}{suffix}"
        for value in values
    )


def c_pairs(pairs: Iterable[Iterable[int]]) -> str:
    """Rows of integers as {a, b}, laid out like c_array: the inside of a C array [n][2]."""
    return _wrapped("{" + ", ".join(str(int(v)) for v in pair) + "}" for pair in pairs)


def _wrapped(items: Iterable[str]) -> str:
    lines = []
    line = INDENT
    for item in items:
        if len(line) + len(item) + 1 > LINE_COLUMNS:
            lines.append(line.rstrip())
            line = INDENT
        line += f"{item}, "
    if line.strip():
        lines.append(line.rstrip())
    return "\n".join(lines)


def c_comment(text: str) -> str:
    """Text that cannot end a C comment early."""
    return text.replace("*/", "* /").replace("/*", "/ *").replace("\n", " ")


def c_string(text: str) -> str:
    """Text as the inside of a C string literal (UTF-8 bytes outside ASCII in octal)."""
    plain = {'"': '\\"', "\\": "\\\\", "?": "\\?"}
    return "".join(
        plain.get(chr(byte), chr(byte)) if 32 <= byte < 127 else f"\\{byte:03o}"
        for byte in text.encode()
    )
