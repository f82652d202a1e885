# SPDX-License-Identifier: Apache-2.0
"""Options that several commands share, written once."""

import glob
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from kws.config.changes import read_settings
from kws.config.schema import Config, Optimise, load_config, preset_names
from kws.console import log
from kws.firmware.boards import boards
from kws.firmware.runtime import RuntimeName
from kws.link.connect import has_baud_rate
from kws.link.ports import find_baud
from kws_codegen.base.activations import Activations
from kws_codegen.base.errors import KwsError


def configurations(incomplete: str) -> list[str]:
    """For completion: presets, and TOML files and folders that begin so."""
    near = sorted(Path(incomplete or ".").parent.glob(f"{glob.escape(Path(incomplete).name)}*"))
    if incomplete.endswith("/"):
        near = sorted(Path(incomplete).glob("*"))
    files = [f"{path}/" if path.is_dir() else str(path) for path in near]
    return [
        name
        for name in (*preset_names(), *files)
        if name.startswith(incomplete) and (name.endswith(("/", ".toml")) or "." not in name)
    ]


RunOption = Annotated[
    Path, typer.Option("--run", help="Run folder.", show_default=False, file_okay=False)
]
ForceOption = Annotated[bool, typer.Option("--force", help="Run the step even if unchanged.")]
ConfigOption = Annotated[
    Path,
    typer.Option(
        "--config",
        help="Configuration (TOML), or a preset by name: default.",
        show_default=False,
        autocompletion=configurations,
    ),
]
DataOption = Annotated[
    Path, typer.Option("--data", help="Folder of words: one folder a word.", show_default=False)
]
OutOption = Annotated[Path, typer.Option("--out", help="Run folder to write.", show_default=False)]
WordsOption = Annotated[
    str | None,
    typer.Option("--wanted-words", metavar="A,B,...", help="Words instead of the configuration's."),
]


def board_names() -> list[str]:
    """For completion."""
    return [board.name for board in boards()]


BoardOption = Annotated[
    str, typer.Option("--board", help="Board to build for.", autocompletion=board_names)
]
RunBoardOption = Annotated[
    str, typer.Option("--board", help="Board to build for and run.", autocompletion=board_names)
]
RuntimeOption = Annotated[
    RuntimeName,
    typer.Option(
        "--runtime",
        help="What runs the model: generated C (nothing to install), TensorFlow Lite Micro from "
        "TFLM_ROOT, or auto: that where it is found, else generated C.",
    ),
]
KernelsOption = Annotated[
    str,
    typer.Option(
        "--kernels", help="Of the TensorFlow Lite Micro library: reference, cmsis_nn; or any."
    ),
]
ArenaOption = Annotated[
    int | None,
    typer.Option(
        "--arena-bytes", min=1, help="RAM for TensorFlow Lite Micro, not the generated size."
    ),
]
BaudOption = Annotated[
    str | None,
    typer.Option(
        "--baud",
        metavar="N|auto",
        help="Speed of a serial port, that of --board unless named; auto: tries the usual ones.",
        show_default=False,
    ),
]
ActivationsOption = Annotated[
    Activations | None,
    typer.Option("--activations", help="With --model: whole tensors in RAM, or rows of them."),
]

OptimiseOption = Annotated[
    Optimise | None,
    typer.Option("--optimise", help="Speed, or size of the code, not firmware.optimise."),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Instead of the configuration's: training.epochs=30."
    ),
]
EpochsOption = Annotated[
    int | None, typer.Option("--epochs", help="Instead of training.epochs.", min=1)
]
FoldsOption = Annotated[
    int | None,
    typer.Option(
        "--folds",
        metavar="K",
        min=2,
        max=100,
        help="Cross-validate too: K more trainings judge every recording.",
    ),
]
SeedOption = Annotated[int | None, typer.Option("--seed", help="Instead of training.seed.", min=0)]


LOWEST_BAUD = 1200


def baud_of(text: str | None, port: str | None) -> int | None:
    """--baud in numbers: that at which the device answers for `auto`; None when not given.

    KwsError for what is no speed, and where no port is named.
    """
    if text is None:
        return None
    if port is None:
        raise KwsError(
            "--baud is the speed of a --port, and none is named", "Name the port, or leave it out."
        )
    if text == "auto":
        baud = find_baud(port)
        if has_baud_rate(port):
            log.print(f"{port}: {baud} baud", markup=False)
        return baud
    if not text.isascii() or not text.isdigit() or int(text) < LOWEST_BAUD:
        raise KwsError(
            f"--baud {text} is no speed of a serial port",
            f"Give a number, {LOWEST_BAUD} or more, or auto.",
        )
    return int(text)


# What the command line says is done, with few clips too.
_FEW_CLIPS = {
    "data.unknown_percentage": "few_clips.unknown_percentage",
    "data.silence_percentage": "few_clips.silence_percentage",
    "training.batch_size": "few_clips.batch_size",
    "training.epochs": "few_clips.steps",
}


def configuration(
    path: Path,
    settings: Sequence[str] | None = None,
    wanted_words: str | None = None,
    seed: int | None = None,
    epochs: int | None = None,
) -> Config:
    """The configuration with what the command line gave instead; `wanted_words` by commas."""
    changes = read_settings(settings or ())
    if wanted_words is not None:
        words = [word.strip() for word in wanted_words.split(",")]
        changes["data.wanted_words"] = [word for word in words if word]
    if seed is not None:
        changes["training.seed"] = seed
    if epochs is not None:
        changes["training.epochs"] = epochs
    for key, few in _FEW_CLIPS.items():
        if key in changes:
            changes.setdefault(few, 0 if key == "training.epochs" else changes[key])
    return load_config(path, changes)
