# SPDX-License-Identifier: Apache-2.0
"""The [model] section: an architecture by name, a preset of it, and keys that override both."""

from dataclasses import asdict, fields
from typing import Any

from pydantic import TypeAdapter, ValidationError

from kws.architectures.architecture import Architecture
from kws.architectures.registry import ARCHITECTURES, DEFAULT
from kws.config.faults import fault_lines, shown
from kws_codegen.base.errors import KwsError


def model_from_dict(values: dict[str, Any]) -> Architecture:
    """The checked keys of an architecture from plain values.

    The KwsError of a fault has a line a key, as config_from_dict prints them.
    """
    explicit = dict(values)
    name = explicit.pop("architecture", DEFAULT.architecture)
    if name not in list(ARCHITECTURES):
        raise KwsError(
            f"  model.architecture: there is no architecture {shown(name)}",
            f"Architectures: {', '.join(ARCHITECTURES)}.",
        )
    architecture = ARCHITECTURES[name]
    if "preset" in explicit:
        presets, preset = architecture.presets(), explicit.pop("preset")
        if preset not in list(presets):
            raise KwsError(
                f"  model.preset: there is no preset {shown(preset)} of {name}",
                f"Presets of {name}: {', '.join(presets)}.",
            )
        explicit = asdict(presets[preset]) | explicit
    try:
        return TypeAdapter(architecture).validate_python(explicit)
    except ValidationError as error:
        keys = [field.name for field in fields(architecture)] + ["preset"]
        lines = fault_lines(error, {"model": keys}, "model")
        raise KwsError(lines, f"Keys of {name}: {', '.join(keys)}.") from None
