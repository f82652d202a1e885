# SPDX-License-Identifier: Apache-2.0
"""Two run folders: what differs in their configurations, and in what they answer."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kws.compare.evaluations import EvaluationComparison, compare_evaluations
from kws.config.changes import differences
from kws.config.run_config import load_run_config
from kws.evaluate.report import load_report
from kws.evaluate.report_files import newest_evaluations
from kws.run.paths import RunPaths
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import plain_values


@dataclass(frozen=True)
class RunComparison:
    """What `kws compare A B` reports.

    Attributes:
        changes: by section.key, the values of a and b that differ; None for a key that is not
            there.
        evaluations: of the same target where both have one.
    """

    a: str
    b: str
    changes: dict[str, tuple[Any, Any]]
    evaluations: EvaluationComparison


def compare_runs(a: Path, b: Path) -> RunComparison:
    """Compare two run folders by their newest evaluations.

    KwsError when one is no run folder or has no evaluation, or they have no clip in common.
    """
    configs = []
    for root in (a, b):
        if not (config := RunPaths(root).config).is_file():
            raise KwsError(
                f"{root} is not a run folder: it has no config.toml",
                "Name two folders that `kws run` wrote (their --out).",
            )
        configs.append(plain_values(load_run_config(config)))
    left, right = _same_target(_newest(a), _newest(b))
    return RunComparison(
        str(a),
        str(b),
        differences(configs[0], configs[1]),
        compare_evaluations(str(left), str(right)),
    )


def _newest(root: Path) -> dict[str, Path]:
    """evaluation.json by target, of the run's own recordings where there is such a one."""
    paths = newest_evaluations(RunPaths(root).evaluation)
    if not paths:
        raise KwsError(f"{root} has no evaluation", f"Run kws evaluate --run {root} first.")
    reports = {path: load_report(path) for path in paths}
    own = {path: report for path, report in reports.items() if report.own_data}
    return {report.target: path for path, report in (own or reports).items()}


def _same_target(a: dict[str, Path], b: dict[str, Path]) -> tuple[Path, Path]:
    common = [target for target in a if target in b]
    if common:
        target = "host" if "host" in common else common[0]
        return a[target], b[target]
    return next(iter(a.values())), next(iter(b.values()))
