# SPDX-License-Identifier: Apache-2.0
"""The list of commands comes quickly, and says of each what the command itself says."""

import subprocess
import sys

import typer.main
from typer.testing import CliRunner

from kws.cli.lazy import COMMANDS
from kws.cli.main import app

SLOW = ("numpy", "pydantic", "tensorflow", "jinja2", "requests", "serial", "matplotlib")


def test_help_imports_no_command() -> None:
    code = (
        "import sys; from kws.cli.main import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        f"slow = [name for name in {SLOW} if name in sys.modules]\n"
        "assert not slow, slow\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_each_command_is_there_with_the_help_it_is_listed_with() -> None:
    group = typer.main.get_command(app)
    context = group.make_context("kws", [], resilient_parsing=True)
    assert group.list_commands(context) == list(COMMANDS)  # type: ignore[attr-defined]
    with group._listing():  # type: ignore[attr-defined]
        listed = {name: group.get_command(context, name) for name in COMMANDS}  # type: ignore[attr-defined]
    for name, stand_in in listed.items():
        command = group.get_command(context, name)  # type: ignore[attr-defined]
        assert command.name == name
        assert command.help == stand_in.help


def test_an_unknown_command_is_refused_with_one_that_is_near() -> None:
    done = CliRunner().invoke(app, ["evaluat"])
    assert done.exit_code == 2
    assert "evaluate" in done.output
