# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a configuration, in words: a line a key."""

import reprlib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from pydantic import ValidationError
from pydantic_core import ErrorDetails

_KINDS = {
    "bool_type": "must be true or false",
    "dataclass_type": "must be a table",
    "dict_type": "must be a table",
    "string_type": "must be a text",
    "tuple_type": "must be a list",
}
_short = reprlib.Repr()
_short.maxlong = _short.maxstring = 40


def fault_lines(
    error: ValidationError, sections: Mapping[str, Iterable[str]], section: str = ""
) -> str:
    """The key below `section`, and what is wrong with it, a line each.

    `sections` has the keys that there are, by section; those at the top are in section "".
    """
    lines = []
    for fault in error.errors():
        key = ".".join([section, *map(str, fault["loc"])]).strip(".") or "configuration"
        lines.append(f"  {key}: {_words(fault, key, sections)}")
    return "\n".join(lines)


def _words(fault: ErrorDetails, key: str, sections: Mapping[str, Iterable[str]]) -> str:
    if fault["type"] == "unexpected_keyword_argument":
        return "there is no such key" + _nearest(key, sections)
    if fault["type"] == "missing":
        return "a value is missing"
    if fault["type"] == "value_error":
        return fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "too_long":
        return f"must have at most {fault['ctx']['max_length']} values"
    words = _KINDS.get(fault["type"], fault["msg"].replace("Input should be", "must be"))
    return f"{words}, not {shown(fault['input'])}"


def shown(value: object) -> str:
    """A value of any kind and size, shortened, for a message."""
    if isinstance(value, bool):
        return str(value).lower()  # as in TOML
    if isinstance(value, int) and value.bit_length() > 128:
        return "a number of so many digits"
    return _short.repr(value)


def _nearest(key: str, sections: Mapping[str, Iterable[str]]) -> str:
    section, _, name = key.rpartition(".")
    if close := get_close_matches(name, sections.get(section, ()), 1):
        return f"; did you mean {close[0]}?"
    for other, keys in sections.items():
        if other and (close := get_close_matches(name, keys, 1, 0.8)):
            return f"; did you mean {close[0]} in [{other}]?"
    return ""
