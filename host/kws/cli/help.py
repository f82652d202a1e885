# SPDX-License-Identifier: Apache-2.0
"""What all commands do alike: a switch shows no value, for it takes none; nothing is empty."""

import re
from typing import Any, NoReturn

from rich.markup import escape
from typer.core import TyperCommand, TyperGroup

from kws_codegen.base.errors import KwsError

_ONE_NEWLINE = re.compile(r"(?<!\n)\n(?!\s)")  # between lines of one paragraph

_MAY_BE_EMPTY = ("--note",)


class Command(TyperCommand):
    """A command of kws."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As Typer does; KwsError for an empty path or name: --out "" is the current folder."""
        for before, value in zip(["", *args], args, strict=False):
            option, is_set, text = value.partition("=")
            if value == "" and before not in _MAY_BE_EMPTY:
                _refuse(before if before.startswith("-") else "an argument")
            if is_set and not text and option.startswith("--") and option not in _MAY_BE_EMPTY:
                _refuse(option)
        return list(super().parse_args(ctx, args))

    def get_params(self, ctx: Any) -> Any:
        return _without_bool(super().get_params(ctx))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """As Typer does, of texts that are no markup, their paragraphs as wide as the terminal.

        Rich would drop what stands in [brackets], and keep the ends of lines of the source.
        """
        owners: list[Any] = [self, *self.params]  # an argument of click has no help
        texts = [(each, each.help) for each in owners if getattr(each, "help", None)]
        for each, text in texts:
            each.help = escape(_ONE_NEWLINE.sub(" ", text))
        try:
            super().format_help(ctx, formatter)
        finally:
            for each, text in texts:
                each.help = text


class Group(TyperGroup):
    """A group of commands of kws."""

    def get_params(self, ctx: Any) -> Any:
        return _without_bool(super().get_params(ctx))


def _refuse(name: str) -> NoReturn:
    raise KwsError(f"{name} is empty", "Is its shell variable set?")


def _without_bool(parameters: Any) -> Any:
    for parameter in parameters:
        if getattr(parameter, "is_flag", False) and parameter.metavar is None:
            parameter.metavar = ""
    return parameters
