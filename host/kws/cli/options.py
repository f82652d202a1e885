# SPDX-License-Identifier: Apache-2.0
"""Options that several commands share, written once."""

from pathlib import Path
from typing import Annotated

import typer

from kws.config.schema import Optimise
from kws.firmware.runtime import RuntimeName

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
RuntimeOption = Annotated[
    RuntimeName,
    typer.Option(
        "--runtime",
        help="What runs the model: generated C (smaller, faster, nothing to install), TensorFlow "
        "Lite Micro from TFLM_ROOT, or auto: that where it is found, else generated C.",
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
OptimiseOption = Annotated[
    Optimise | None,
    typer.Option("--optimise", help="Speed, or size of the code, not firmware.optimise."),
]
SeedOption = Annotated[int | None, typer.Option("--seed", help="Instead of training.seed.", min=0)]
