# SPDX-License-Identifier: Apache-2.0
"""`kws search`: the best network and recipe that a budget allows."""

from dataclasses import replace
from typing import Annotated

import typer
from rich.table import Table

from kws.cli.options import (
    ConfigOption,
    DataOption,
    EpochsOption,
    OutOption,
    SeedOption,
    SetOption,
    WordsOption,
    board_names,
    configuration,
)
from kws.config.run_config import with_absolute_paths
from kws.console import console
from kws.data import prepare
from kws.firmware.boards import find_board
from kws.firmware.size import memory_of
from kws.metrics.verdict import percent
from kws.run.lock import run_lock
from kws.run.paths import RunPaths
from kws.run.preflight import check_folder, check_machine
from kws.search.limits import read_budget
from kws_codegen.base.errors import KwsError


def search_command(
    config: ConfigOption,
    data: DataOption,
    out: OutOption,
    budget: Annotated[
        str,
        typer.Option(
            metavar="LIMITS",
            help="Any of flash=60k, ram=40k, instructions=3M, by commas; of --board.",
        ),
    ],
    trials: Annotated[int, typer.Option(help="Networks to try, in all.", min=1)] = 50,
    board: Annotated[
        str, typer.Option("--board", help="What it costs there.", autocompletion=board_names)
    ] = "mps2_an386",
    ray: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Try on a Ray cluster's machines: auto, or HOST:PORT of its head.",
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="With --ray: trials at a time, which share its CPUs.",
            metavar="N",
            show_default="one a CPU",
        ),
    ] = None,
    wanted_words: WordsOption = None,
    seed: SeedOption = None,
    epochs: EpochsOption = None,
    settings: SetOption = None,
) -> None:
    """Try networks and recipes within a budget of flash, RAM and instructions.

    With Optuna, which the extra `search` of mcu-kws brings. Each network is first built as firmware
    for the board: what is over the budget is not trained. Trainings that do worse than others at
    the same epoch are given up. An interrupted search goes on; --trials can be raised. OUT gets
    trials.csv, pareto.csv, pareto.png, best-1.toml to best-5.toml, and pareto-N.toml of trial N of
    the front. They are chosen on the validation split: train the best again, and judge it by the
    testing split.

    With --ray (extra `ray`), several are tried at a time, on all machines of a Ray cluster. Each of
    them has kws, the tools that build for the board, and DIR under the same path. A trial whose
    machine is lost is tried again.

    Examples:

      kws search --config default --data recordings --out search
      --budget flash=60k,ram=40k,instructions=3M --trials 100 --epochs 40

      kws search --config default --data /shared/recordings --out search --budget ram=40k --ray auto

      kws run --config search/best-1.toml --data recordings --out runs/best
    """
    limits, target, folder = read_budget(budget), find_board(board), RunPaths(out)
    memory_of(target)
    if jobs is not None and ray is None:
        raise KwsError(
            "--jobs is of a Ray cluster, and there is no --ray",
            "This machine alone can be one: ray start --head, then --ray auto.",
        )
    if ray is None:
        check_machine(folder, board)
    else:
        check_folder(out)
    from kws.search.results import write_results
    from kws.search.study import search

    asked = replace(configuration(config, settings, wanted_words, seed, epochs), budget=limits)
    chosen = with_absolute_paths(asked)
    with run_lock(out):
        dataset = prepare(chosen, data, folder)
        if ray is None:
            found = search(chosen, dataset, target, out, trials)
        else:
            from kws.search.on_ray import search_on_ray

            found = search_on_ray(ray, jobs, chosen, dataset, target, out, trials)
    if not found:
        raise KwsError(
            f"none of {trials} networks keeps to --budget {budget}",
            "Raise --trials or the limits; kws size shows where the bytes go.",
        )
    paths = write_results(found, out)
    table = Table("configuration", box=None, pad_edge=False)
    for column in ("validation", "flash", "RAM", "instructions"):
        table.add_column(column, justify="right")
    for path, trial in zip(paths, found, strict=False):
        cost = trial.cost
        counted = "-" if cost.instructions is None else f"{cost.instructions:,}"
        sizes = f"{cost.flash_bytes:,}", f"{cost.ram_bytes:,}", counted
        table.add_row(path.name, percent(trial.accuracy), *sizes)
    console.print(table)
    console.print(
        f"in {out}, with trials.csv, pareto.csv, pareto.png, pareto-N.toml", soft_wrap=True
    )
