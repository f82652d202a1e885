# SPDX-License-Identifier: Apache-2.0
"""Commands that are imported when they are called: `kws --help` takes as long as a shell may wait.

A list of commands needs one sentence of each, which is read from the source text of its module.
"""

import ast
import importlib
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand

from kws.cli.help import Command, Group

COMMANDS = {
    "init": "init:init_command",
    "run": "run:run_command",
    "search": "search:search_command",
    "train": "train:train",
    "quantize": "quantize:quantize",
    "generate": "generate:generate",
    "build": "build:build_command",
    "evaluate": "evaluate:evaluate_command",
    "stream-eval": "stream_eval:stream_eval_command",
    "listen": "listen:listen_command",
    "ports": "ports:ports_command",
    "link-test": "link_test:link_test_command",
    "verify": "verify:verify_command",
    "compare": "compare:compare_command",
    "boards": "boards:boards_command",
    "report": "report:report_command",
    "runs": "runs:runs_command",
    "record": "record:record_command",
    "size": "size:size_command",
    "flash": "boards:flash_command",
    "export": "export:export_command",
    "web": "web:web_command",
    "doctor": "doctor:doctor_command",
    "wake": "wake:wake_command",
    "data": "data:data_app",
    "trace": "trace:trace_app",
    "word": "word:word_app",
}
"""In the order of `kws --help`: the module of kws.cli, and the function or group in it."""


class LazyGroup(Group):
    """`kws` itself: has the commands of COMMANDS."""

    _only_listed = False

    def list_commands(self, ctx: Any) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, imported now; in a list of all a stand-in that has only its help."""
        del ctx
        if cmd_name not in COMMANDS:
            # Typer names one that is near, of those that are loaded.
            self.commands.update({name: _load(name) for name in COMMANDS})
            return None
        if self._only_listed:
            return TyperCommand(cmd_name, help=_help_of(cmd_name))
        if cmd_name not in self.commands:
            self.commands[cmd_name] = _load(cmd_name)
        return self.commands[cmd_name]

    def format_help(self, ctx: Any, formatter: Any) -> None:
        with self._listing():
            super().format_help(ctx, formatter)

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        with self._listing():
            return super().shell_complete(ctx, incomplete)

    @contextmanager
    def _listing(self) -> Iterator[None]:
        self._only_listed = True
        try:
            yield
        finally:
            self._only_listed = False


def _place(name: str) -> tuple[str, str]:
    module, _, attribute = COMMANDS[name].partition(":")
    return f"kws.cli.{module}", attribute


def _load(name: str) -> Any:
    module, attribute = _place(name)
    found = getattr(importlib.import_module(module), attribute)
    holder = typer.Typer(add_completion=False, rich_markup_mode="rich")
    holder.callback()(_nothing)
    if isinstance(found, typer.Typer):
        holder.add_typer(found, name=name)
    else:
        holder.command(name, cls=Command)(found)
    return typer.main.get_command(holder).commands[name]  # type: ignore[attr-defined]


def _nothing() -> None:
    """Makes a group of one command."""


def _help_of(name: str) -> str:
    """The docstring of a command's function, or what its group gives as `help`."""
    module, attribute = _place(name)
    spec = find_spec(module)
    assert spec is not None and spec.origin is not None
    for node in ast.parse(Path(spec.origin).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name == attribute:
            return inspect.cleandoc(ast.get_docstring(node) or "")
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            for keyword in node.value.keywords:
                if attribute in names and keyword.arg == "help":
                    return str(ast.literal_eval(keyword.value))
    raise AssertionError(f"{module} has no {attribute} with a help text")
