# SPDX-License-Identifier: Apache-2.0
"""What a search leaves: trials.csv, pareto.csv, pareto.png, and configurations as TOML.

These are the best by accuracy, and all of the Pareto front by the numbers of their trials.
"""

import csv
from collections.abc import Sequence
from pathlib import Path

from kws.config.schema import dump_config
from kws.search.study import Trial

BEST = 5  # configurations that are written


def pareto(trials: Sequence[Trial]) -> list[Trial]:
    """Those than which no other is as right at less or equal flash and RAM; by flash."""
    front = [
        one
        for one in trials
        if not any(_dominates(other, one) for other in trials if other is not one)
    ]
    return sorted(front, key=lambda trial: trial.cost.flash_bytes)


def _dominates(one: Trial, other: Trial) -> bool:
    ones = (-one.accuracy, one.cost.flash_bytes, one.cost.ram_bytes)
    others = (-other.accuracy, other.cost.flash_bytes, other.cost.ram_bytes)
    return ones != others and all(mine <= theirs for mine, theirs in zip(ones, others, strict=True))


def write_results(trials: Sequence[Trial], out: Path) -> list[Path]:
    """Write all files for trials, best first; the paths of the TOML files of the best."""
    front = pareto(trials)
    _write_csv(out / "trials.csv", trials)
    _write_csv(out / "pareto.csv", front)
    _plot(out / "pareto.png", trials, front)
    for earlier in out.glob("pareto-*.toml"):
        earlier.unlink()
    for trial in front:
        _write_toml(out / f"pareto-{trial.number}.toml", trial)
    paths = [out / f"best-{place}.toml" for place in range(1, 1 + min(BEST, len(trials)))]
    for path, trial in zip(paths, trials, strict=False):
        _write_toml(path, trial)
    return paths


def _write_toml(path: Path, trial: Trial) -> None:
    about = f"# Trial {trial.number}: {trial.accuracy:.4f} of the validation split right."
    path.write_text(f"{about}\n\n{dump_config(trial.config)}", encoding="utf-8")


def _write_csv(path: Path, trials: Sequence[Trial]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        costs = ["flash_bytes", "ram_bytes", "instructions"]
        writer.writerow(["trial", "validation_accuracy", *costs, "architecture"])
        for trial in trials:
            values = [getattr(trial.cost, name) for name in costs]
            accuracy = f"{trial.accuracy:.4f}"
            writer.writerow([trial.number, accuracy, *values, trial.config.model.architecture])


def _plot(path: Path, trials: Sequence[Trial], front: Sequence[Trial]) -> None:
    from matplotlib.figure import Figure
    from matplotlib.ticker import PercentFormatter

    figure = Figure(figsize=(10, 4), layout="constrained")
    for axes, name, title in zip(
        figure.subplots(1, 2), ("flash_bytes", "ram_bytes"), ("flash, kB", "RAM, kB"), strict=True
    ):
        for shown, style in ((trials, "."), (front, "o")):
            values = [getattr(trial.cost, name) / 1000 for trial in shown]
            axes.plot(values, [trial.accuracy for trial in shown], style)
        for trial in front:
            place = getattr(trial.cost, name) / 1000, trial.accuracy
            axes.annotate(
                str(trial.number), place, (-5, 1), textcoords="offset points", ha="right", size=8
            )
        axes.set(xlabel=title, ylabel="validation accuracy")
        axes.yaxis.set_major_formatter(PercentFormatter(1.0))
        axes.grid(alpha=0.3)
    labels = ["trials", "Pareto front, with the numbers of its trials"]
    figure.legend(axes.lines, labels, loc="outside upper center", ncols=2, frameon=False)
    figure.savefig(path, dpi=120)
