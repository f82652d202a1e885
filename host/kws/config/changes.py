# SPDX-License-Identifier: Apache-2.0
"""What the command line gives instead of a configuration's values: `training.epochs=3`."""

import copy
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from kws_codegen.base.errors import KwsError

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover - Python 3.10 only
    import tomli as tomllib

Changes = Mapping[str, object]
"""Values by section.key."""


def read_settings(settings: Iterable[str]) -> dict[str, object]:
    """Changes from texts `section.key=value`; the value as in TOML, else the text itself.

    KwsError for what is no such text.
    """
    changes: dict[str, object] = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals or key.count(".") != 1:
            raise KwsError(
                f"{setting!r} is no setting", "Write section.key=value: --set training.epochs=30"
            )
        changes[key.strip()] = _value(text.strip())
    return changes


def changed(values: Mapping[str, Any], changes: Changes) -> dict[str, Any]:
    """A copy of a configuration's plain values with the changes in it."""
    result = copy.deepcopy(dict(values))
    for name, value in changes.items():
        section, key = name.split(".")
        part = result.setdefault(section, {})
        if isinstance(part, dict):  # else the configuration is refused for it
            part[key] = value
    return result


def _value(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text


def differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What differs between the plain values of two configurations, by section.key.

    None stands for a key that one of them has not.
    """
    pairs = {
        f"{section}.{key}": (a.get(section, {}).get(key), b.get(section, {}).get(key))
        for section in {**a, **b}
        for key in {**a.get(section, {}), **b.get(section, {})}
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
