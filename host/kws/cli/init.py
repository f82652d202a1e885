# SPDX-License-Identifier: Apache-2.0
"""`kws init`: the folder of a new project."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from kws.cli.options import WordsOption, configurations
from kws.config.project import CONFIG_NAME, new_project
from kws.console import console


def init_command(
    folder: Annotated[Path, typer.Argument(help="New or empty folder.", show_default=False)],
    wanted_words: WordsOption = None,
    config: Annotated[
        str,
        typer.Option(
            "--config",
            help="Preset or configuration to begin with.",
            autocompletion=configurations,
        ),
    ] = "default",
) -> None:
    """Begin a project: a configuration with comments, and a README that says how to go on.

    Example: kws init lamp --wanted-words on,off --config listen
    """
    words = None if wanted_words is None else [word.strip() for word in wanted_words.split(",")]
    for path in new_project(folder, Path(config), words):
        console.print(str(path), soft_wrap=True)
    console.print(
        f"Put recordings into {folder / 'recordings'}, one folder a word (kws record makes them), "
        "then:"
    )
    if folder.resolve() != Path.cwd():
        console.print(f"  cd {shlex.quote(str(folder))}", soft_wrap=True)
    console.print(f"  kws run --config {CONFIG_NAME} --data recordings --out runs/first")
