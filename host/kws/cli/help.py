# SPDX-License-Identifier: Apache-2.0
"""How commands show their options: a switch takes no value, so none is shown."""

from typing import Any

from typer.core import TyperCommand, TyperGroup


class Command(TyperCommand):
    """A command of kws."""

    def get_params(self, ctx: Any) -> Any:
        return _without_bool(super().get_params(ctx))


class Group(TyperGroup):
    """A group of commands of kws."""

    def get_params(self, ctx: Any) -> Any:
        return _without_bool(super().get_params(ctx))


def _without_bool(parameters: Any) -> Any:
    for parameter in parameters:
        if getattr(parameter, "is_flag", False) and parameter.metavar is None:
            parameter.metavar = ""
    return parameters
