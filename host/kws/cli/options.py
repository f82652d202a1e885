"""Options that several commands share, written once."""

from pathlib import Path
from typing import Annotated

import typer

RunOption = Annotated[
    Path, typer.Option("--run", help="Run folder.", show_default=False, file_okay=False)
]
ForceOption = Annotated[bool, typer.Option("--force", help="Run the step even if unchanged.")]
ConfigOption = Annotated[
    Path, typer.Option("--config", help="Configuration (TOML).", show_default=False)
]
DataOption = Annotated[
    Path, typer.Option("--data", help="Folder of words: one folder a word.", show_default=False)
]
OutOption = Annotated[Path, typer.Option("--out", help="Run folder to write.", show_default=False)]
WordsOption = Annotated[
    str | None,
    typer.Option("--wanted-words", metavar="A,B,...", help="Words instead of the configuration's."),
]
SeedOption = Annotated[int | None, typer.Option("--seed", help="Instead of training.seed.", min=0)]
