# SPDX-License-Identifier: Apache-2.0
"""One trial: cost first, then a training that is given up where others did better.

Knows nothing of Optuna: it runs here or on another machine.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass

from kws.config.schema import Config
from kws.data import Dataset
from kws.firmware.boards import Board
from kws.metrics.verdict import percent
from kws.run.paths import RunPaths
from kws.search.cost import Cost
from kws.train.checkpoint import Epoch
from kws.train.loop import LossNotFiniteError, train
from kws_codegen.base.errors import KwsError


@dataclass(frozen=True)
class Outcome:
    """What came of a trial.

    Attributes:
        words: about it, a line.
        cost: None where its firmware could not be built.
        overrun: the most that it takes of a limit, over 1 for one beyond the budget.
        accuracy: of the float network on the validation split, 0 to 1; None for one that was not
            trained to the end.
    """

    words: str
    cost: Cost | None = None
    overrun: float = 0.0
    accuracy: float | None = None


def attempt(
    config: Config,
    dataset: Dataset,
    board: Board,
    run: RunPaths,
    title: str,
    cost_of: Callable[[Config, Board], Cost],
    goes_on: Callable[[Epoch], bool],
) -> Outcome:
    """Measure the network of `config`; train it in `run` where config.budget allows it.

    `goes_on` hears each epoch, and False gives the training up. An interrupted one goes on. Raises
    KwsError where it cannot be trained for a reason that is not its own.
    """
    try:
        cost = cost_of(config, board)
    except KwsError as error:
        return Outcome(f"not built: {' '.join(error.message.split())}")
    over = [line for line in cost.lines(config.budget, board) if line.exceeded]
    if over:
        shown = ", ".join(f"{line.name} {line.used:,}" for line in over)
        overrun = max(line.used / line.allowed for line in over)
        return Outcome(f"{shown}: over the budget, not trained", cost, overrun)

    def watch(epoch: Epoch) -> None:
        if not goes_on(epoch):
            raise _GivenUp(f"given up after epoch {epoch.epoch}")

    try:
        result = train(config, dataset, run, title, quiet=True, watch=watch)
    except (_GivenUp, LossNotFiniteError) as reason:
        shutil.rmtree(run.root, ignore_errors=True)
        return Outcome(str(reason).splitlines()[0], cost)
    shutil.rmtree(run.checkpoints, ignore_errors=True)
    accuracy = result.validation.accuracy
    words = (
        f"{percent(accuracy)} right in validation, "
        f"{cost.flash_bytes:,} bytes of flash, {cost.ram_bytes:,} of RAM"
    )
    return Outcome(words, cost, accuracy=accuracy)


class _GivenUp(Exception):  # noqa: N818 (no error)
    """The training does worse than others."""
