# SPDX-License-Identifier: Apache-2.0
"""The trials of a search: cost first, then a training that is given up where others did better.

OUT/study.journal is Optuna's embedded storage: an interrupted search goes on, the training that
it was in from its last epoch.
"""

import shutil
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kws.config.schema import Config
from kws.console import log
from kws.data import Dataset, for_few_clips
from kws.firmware.boards import Board
from kws.metrics.verdict import percent
from kws.run.paths import RunPaths
from kws.search.cost import Cost, measure_cost
from kws.search.space import chosen_config
from kws.train.checkpoint import Epoch
from kws.train.loop import train
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import config_hash, hash_json

try:
    import optuna
except ImportError:
    raise KwsError("Optuna is not installed", "pip install 'mcu-kws[search]'") from None

_STARTUP_TRIALS = 5  # before the pruner compares
_WARMUP = 0.3  # share of the epochs in which nothing is given up


@dataclass(frozen=True)
class Trial:
    """A finished training.

    Attributes:
        accuracy: of the float network on the validation split, 0 to 1.
    """

    number: int
    accuracy: float
    cost: Cost
    config: Config


def search(config: Config, dataset: Dataset, board: Board, out: Path, trials: int) -> list[Trial]:
    """Go on until there are `trials` trials; all that were trained to the end.

    Those beyond config.budget are not trained. KwsError when the folder holds another search.
    """
    study = _study(config, dataset, board, out)
    for left in [t for t in study.trials if t.state == optuna.trial.TrialState.RUNNING]:
        study.tell(left.number, state=optuna.trial.TrialState.FAIL)
        study.enqueue_trial(left.params)

    def objective(trial: Any) -> float:
        return _try(trial, config, dataset, board, out)

    states = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)
    while (done := len(study.get_trials(deepcopy=False, states=states))) < trials:
        log.print(f"trial {done + 1} of {trials}", markup=False)
        study.optimize(objective, n_trials=1)
    return finished(study, config)


def _study(config: Config, dataset: Dataset, board: Board, out: Path) -> Any:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    out.mkdir(parents=True, exist_ok=True)
    backend = optuna.storages.journal.JournalFileBackend(str(out / "study.journal"))
    study = optuna.create_study(
        study_name="kws",
        storage=optuna.storages.JournalStorage(backend),
        sampler=optuna.samplers.TPESampler(seed=config.training.seed, multivariate=True),
        pruner=optuna.pruners.MedianPruner(
            n_startup_trials=_STARTUP_TRIALS, n_warmup_steps=round(_WARMUP * config.training.epochs)
        ),
        direction="maximize",
        load_if_exists=True,
    )
    asked = hash_json([config_hash(config), dataset.fingerprint, board.name])
    if study.user_attrs.get("asked", asked) != asked:
        raise KwsError(
            f"{out} holds a search with another configuration, budget, board or data",
            "Name a new folder with --out, or go on with the same options.",
        )
    study.set_user_attr("asked", asked)
    return study


def _try(trial: Any, config: Config, dataset: Dataset, board: Board, out: Path) -> float:
    """The validation accuracy of a trial; TrialPruned for one that costs or learns badly."""
    chosen = for_few_clips(chosen_config(trial, config), dataset)
    try:
        cost = _cost(chosen, board, out)
    except KwsError as error:
        log.print(f"  not built: {' '.join(error.message.split())}", markup=False)
        raise optuna.TrialPruned from None
    for name in ("flash_bytes", "ram_bytes", "instructions"):
        trial.set_user_attr(name, getattr(cost, name))
    over = [line for line in cost.lines(config.budget, board) if line.exceeded]
    if over:
        trial.report(-max(line.used / line.allowed for line in over), 0)
        shown = ", ".join(f"{line.name} {line.used:,}" for line in over)
        log.print(f"  {shown}: over the budget, not trained", markup=False)
        raise optuna.TrialPruned
    run = RunPaths(out / "trials" / config_hash(chosen)[:12])

    def watch(epoch: Epoch) -> None:
        trial.report(epoch.validation_accuracy, epoch.epoch)
        if trial.should_prune():
            log.print(f"  given up after epoch {epoch.epoch}", markup=False)
            shutil.rmtree(run.root)
            raise optuna.TrialPruned

    result = train(chosen, dataset, run, f"trial {trial.number}", quiet=True, watch=watch)
    shutil.rmtree(run.checkpoints, ignore_errors=True)
    log.print(
        f"  {percent(result.validation.accuracy)} right in validation, "
        f"{cost.flash_bytes:,} bytes of flash, {cost.ram_bytes:,} of RAM",
        markup=False,
    )
    return result.validation.accuracy


def _cost(config: Config, board: Board, out: Path) -> Cost:
    """Measured once for each network."""
    from kws_codegen.base.json_file import read_json, write_json

    model = replace(config.model, dropout=0.0)  # type: ignore[call-arg]
    name = hash_json([config_hash(model), config_hash(config.features), board.name])[:16]
    path = out / "costs" / f"{name}.json"
    if not path.is_file():
        write_json(path, measure_cost(config, board))
    return read_json(path, Cost, "kws search")


def finished(study: Any, config: Config) -> list[Trial]:
    """All trials that were trained to the end, best first."""
    done = [t for t in study.trials if t.state == optuna.trial.TrialState.COMPLETE]
    found = [
        Trial(
            t.number,
            t.value,
            Cost(*(t.user_attrs[name] for name in ("flash_bytes", "ram_bytes", "instructions"))),
            chosen_config(optuna.trial.FixedTrial(t.params), config),
        )
        for t in done
    ]
    return sorted(found, key=lambda trial: (-trial.accuracy, trial.number))
