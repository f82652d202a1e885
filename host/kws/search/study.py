# SPDX-License-Identifier: Apache-2.0
"""The trials of a search, and what is asked of those who work on them.

OUT/study.journal is Optuna's embedded storage: an interrupted search goes on, the training that
it was in from its last epoch.
"""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kws.config.schema import Config
from kws.console import log
from kws.data import Dataset, for_few_clips
from kws.firmware.boards import Board
from kws.run.paths import RunPaths
from kws.search.attempt import Outcome, attempt
from kws.search.cost import Cost, keep_cost, known_cost, measure_cost
from kws.search.space import chosen_config
from kws.train.checkpoint import Epoch
from kws_codegen.base.errors import KwsError
from kws_codegen.base.hashes import config_hash, hash_json

try:
    import optuna
except ImportError:
    raise KwsError("Optuna is not installed", "pip install 'mcu-kws[search]'") from None

COSTS = "costs"  # the folder in OUT
_COSTS = ("flash_bytes", "ram_bytes", "instructions")
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
    study = open_study(config, dataset, board, out)

    def cost_of(config: Config, board: Board) -> Cost:
        known = known_cost(out / COSTS, config, board)
        if known is None:
            known = measure_cost(config, board)
            keep_cost(out / COSTS, config, board, known)
        return known

    while (done := trials_done(study)) < trials:
        log.print(f"trial {done + 1} of {trials}", markup=False)
        trial, chosen = ask(study, config, dataset)
        run = RunPaths(out / "trials" / config_hash(chosen)[:12])
        title = f"trial {trial.number}"
        outcome = attempt(chosen, dataset, board, run, title, cost_of, Watch(trial))
        log.print(f"  {outcome.words}", markup=False)
        settle(study, trial, outcome)
    return finished(study, config)


def open_study(
    config: Config, dataset: Dataset, board: Board, out: Path, several: bool = False
) -> Any:
    """The study in `out`; what nobody works on any more is to be tried again.

    `several` trials at a time are kept apart. KwsError when the folder holds another search.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    out.mkdir(parents=True, exist_ok=True)
    backend = optuna.storages.journal.JournalFileBackend(str(out / "study.journal"))
    study = optuna.create_study(
        study_name="kws",
        storage=optuna.storages.JournalStorage(backend),
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
    before = len(study.trials)  # draws of their own for those that follow, not the first ones again
    study.sampler = optuna.samplers.TPESampler(
        seed=(config.training.seed + before) % (1 << 32), multivariate=True, constant_liar=several
    )
    for left in [t for t in study.trials if t.state == optuna.trial.TrialState.RUNNING]:
        try_again(study, left)
    return study


def trials_done(study: Any) -> int:
    """How many were trained to the end, or given up for what they cost or learnt."""
    states = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)
    return len(study.get_trials(deepcopy=False, states=states))


def ask(study: Any, config: Config, dataset: Dataset) -> tuple[Any, Config]:
    """A new trial of Optuna's, and the configuration that it tries."""
    trial = study.ask()
    return trial, for_few_clips(chosen_config(trial, config), dataset)


class Watch:
    """Tells the study of the epochs of a trial, and hears whether it goes on."""

    def __init__(self, trial: Any) -> None:
        self._trial = trial

    def __call__(self, epoch: Epoch) -> bool:
        self._trial.report(epoch.validation_accuracy, epoch.epoch)
        return not self._trial.should_prune()


def settle(study: Any, trial: Any, outcome: Outcome) -> None:
    """The trial is done."""
    if outcome.cost is not None:
        for name in _COSTS:
            trial.set_user_attr(name, getattr(outcome.cost, name))
    if outcome.overrun:
        trial.report(-outcome.overrun, 0)
    if outcome.accuracy is None:
        study.tell(trial, state=optuna.trial.TrialState.PRUNED)
    else:
        study.tell(trial, outcome.accuracy)


def try_again(study: Any, trial: Any) -> None:
    """Its network is asked for once more: nobody has come to the end of it."""
    give_up(study, trial)
    study.enqueue_trial(trial.params)


def give_up(study: Any, trial: Any) -> None:
    """It is not counted, nor asked for again."""
    study.tell(trial.number, state=optuna.trial.TrialState.FAIL)


def finished(study: Any, config: Config) -> list[Trial]:
    """All trials that were trained to the end, best first."""
    done = [t for t in study.trials if t.state == optuna.trial.TrialState.COMPLETE]
    found = [
        Trial(
            t.number,
            t.value,
            Cost(*(t.user_attrs[name] for name in _COSTS)),
            chosen_config(optuna.trial.FixedTrial(t.params), config),
        )
        for t in done
    ]
    return sorted(found, key=lambda trial: (-trial.accuracy, trial.number))
