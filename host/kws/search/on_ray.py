# SPDX-License-Identifier: Apache-2.0
"""A search on the machines of a Ray cluster: the study is here, workers there try its networks.

Each epoch of a worker is reported here, and the study answers whether the training goes on. So
only numbers travel, and no machine but this one needs OUT.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kws.cluster import START_S, host_of, joined, ray
from kws.config.schema import Config
from kws.console import log, progress, warn
from kws.data import Dataset
from kws.firmware.boards import Board
from kws.search.attempt import Outcome
from kws.search.cost import keep_cost, known_cost
from kws.search.study import (
    COSTS,
    Trial,
    Watch,
    ask,
    finished,
    give_up,
    open_study,
    settle,
    trials_done,
    try_again,
)
from kws.search.worker import Fault, Job, TrialWorker
from kws.train.checkpoint import Epoch
from kws_codegen.base.errors import KwsError

_MOST_LOSSES = 2  # machines on which a network is tried


@dataclass(eq=False)
class _Worker:
    """An actor, and what it is at work on."""

    actor: Any
    host: str
    is_known: bool = False  # that kws runs there
    trial: Any = None  # Optuna's
    config: Config | None = None  # of the trial


def search_on_ray(
    address: str,
    jobs: int | None,
    config: Config,
    dataset: Dataset,
    board: Board,
    out: Path,
    trials: int,
) -> list[Trial]:
    """As kws.search.study.search(), `jobs` trials at a time in the cluster at `address`.

    `jobs` None: one for each CPU of the cluster. A trial whose machine is lost is tried again on
    another. KwsError when there is no cluster, when a machine lacks a tool, the recordings or this
    version of kws, and when all are lost.
    """
    study = open_study(config, dataset, board, out, several=True)
    if trials_done(study) < trials:
        job = Job.of(config, dataset, board)
        with joined(address):
            _Search(study, job, board, out, trials).run(jobs)
    return finished(study, config)


class _Search:
    """Hands trials to workers, hears what they say, and answers."""

    def __init__(self, study: Any, job: Job, board: Board, out: Path, trials: int) -> None:
        self._study, self._job, self._board = study, job, board
        self._costs, self._trials = out / COSTS, trials
        self._awaited: dict[Any, _Worker] = {}  # by Ray's reference to the answer
        self._idle: list[_Worker] = []
        self._losses: Counter[str] = Counter()  # by parameters

    def run(self, jobs: int | None) -> None:
        """Until there are so many trials; ends the workers in any case."""
        workers = _started(jobs)
        self._shared = ray.put(self._job)
        try:
            for worker in workers:
                self._awaited[worker.actor.where.remote()] = worker
            with progress() as bar:
                task = bar.add_task("trials", total=self._trials)
                while (done := trials_done(self._study)) < self._trials:
                    bar.update(task, completed=done)
                    self._hand_out(self._trials - done)
                    self._hear(done)
        finally:
            for worker in workers:
                ray.kill(worker.actor)

    def _hand_out(self, missing: int) -> None:
        """Trials to who has none, as long as fewer are at work than are missing."""
        at_work = sum(worker.trial is not None for worker in self._awaited.values())
        for _ in range(min(missing - at_work, len(self._idle))):
            worker = self._idle.pop(0)
            worker.trial, worker.config = ask(self._study, self._job.config, self._job.dataset)
            cost = known_cost(self._costs, worker.config, self._board)
            self._awaited[worker.actor.begin.remote(worker.config, cost)] = worker

    def _hear(self, done: int) -> None:
        """The next answer of a worker, and what follows from it."""
        answer, worker = self._next()
        if not worker.is_known:
            worker.host = host_of(answer, worker.host)
            worker.is_known = True
            self._awaited[worker.actor.prepare.remote(self._shared)] = worker
            return
        try:
            news = ray.get(answer)
        except ray.exceptions.RayTaskError:
            raise  # a bug of kws
        except ray.exceptions.RayError as error:
            self._lost(worker, error)
            return
        if isinstance(news, Fault):
            raise KwsError(f"{worker.host}: {news.message}", news.hint)
        if isinstance(news, Epoch):
            goes_on = Watch(worker.trial)(news)
            self._awaited[worker.actor.go_on.remote(goes_on)] = worker
            return
        if isinstance(news, Outcome):
            self._take(worker, news)
            what = f"trial {done + 1} of {self._trials} ({worker.host}): {news.words}"
            log.print(what, markup=False, soft_wrap=True)
        self._idle.append(worker)

    def _next(self) -> tuple[Any, _Worker]:
        """The first answer that is there, and whose it is."""
        if not self._awaited:
            raise KwsError(
                "no machine of the Ray cluster is left",
                "`ray status` shows those that are there; the same command goes on with them.",
            )
        begun = any(worker.is_known for worker in self._awaited.values())
        ready, _ = ray.wait(list(self._awaited), timeout=None if begun else START_S)
        if not ready:
            raise KwsError(
                f"no CPU of the Ray cluster is free after {START_S:.0f} s",
                "Is another program using it? `ray status` shows what is in use.",
            )
        return ready[0], self._awaited.pop(ready[0])

    def _take(self, worker: _Worker, outcome: Outcome) -> None:
        """A trial is done."""
        assert worker.config is not None
        if outcome.cost is not None:
            keep_cost(self._costs, worker.config, self._board, outcome.cost)
        settle(self._study, worker.trial, outcome)
        worker.trial = None

    def _lost(self, worker: _Worker, error: Exception) -> None:
        """Its trial is asked for again, unless it may be the cause."""
        what = f"lost a worker of {worker.host} ({type(error).__name__})"
        if worker.trial is None:
            warn(what)
            return
        parameters = str(sorted(worker.trial.params.items()))
        self._losses[parameters] += 1
        if self._losses[parameters] < _MOST_LOSSES:
            warn(f"{what}; its trial is tried again")
            try_again(self._study, worker.trial)
        else:
            warn(f"{what}, as another one with the same trial, which is left out")
            give_up(self._study, worker.trial)


def _started(jobs: int | None) -> list[_Worker]:
    """Workers on the machines of the cluster: `jobs`, or one a CPU. KwsError without a CPU."""
    machines = [node for node in ray.nodes() if node["Alive"]]
    places, cpus = share_out([int(node["Resources"].get("CPU", 0)) for node in machines], jobs)
    if not places:
        raise KwsError(
            "no machine of the Ray cluster has a CPU to give",
            "A machine gives some with: ray start --address=HEAD:6379 --num-cpus=4",
        )
    remote = ray.remote(num_cpus=cpus, max_restarts=0)(TrialWorker)
    strategy = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy
    workers = []
    for place in places:
        node = machines[place]
        here = strategy(node["NodeID"], soft=False)
        actor = remote.options(scheduling_strategy=here).remote(cpus)
        workers.append(_Worker(actor, node["NodeManagerHostname"]))
    return workers


def share_out(machines: Sequence[int], jobs: int | None) -> tuple[list[int], int]:
    """Where workers go, as positions in `machines`, whose CPUs these are; and the CPUs of each.

    `jobs` workers, or fewer where there are fewer CPUs, have as many CPUs as each can have, and are
    spread over the machines. None: as many workers as CPUs.
    """
    wanted = min(sum(machines), jobs or sum(machines))
    cpus = max(machines, default=0)
    while cpus > 1 and sum(has // cpus for has in machines) < wanted:
        cpus -= 1
    rounds = (
        [i for i, has in enumerate(machines) if has >= n * cpus] for n in range(1, 1 + wanted)
    )
    return [place for each in rounds for place in each][:wanted], cpus
