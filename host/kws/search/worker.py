# SPDX-License-Identifier: Apache-2.0
"""What runs on a machine of a cluster: an actor that works on trials. Knows nothing of Ray itself.

Nothing of a trial is left there but what is in the cache.
"""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from kws.config.schema import Config
from kws.data import Dataset, scan_folder
from kws.data.negatives import load_negatives, negative_files
from kws.firmware.boards import Board, find_board
from kws.run.paths import RunPaths
from kws.run.preflight import check_machine
from kws.search.attempt import Outcome, attempt
from kws.search.cost import Cost, measure_cost
from kws.train.checkpoint import Epoch
from kws_codegen.base.cache import cache_dir, scratch
from kws_codegen.base.errors import KwsError
from kws_codegen.base.locks import locked
from kws_codegen.base.version import VERSION

_SHARE = (
    "Each machine reads the recordings under the same path: share the folder (NFS, for example), "
    "or copy it with the times of its files (rsync -a)."
)


@dataclass(frozen=True)
class Job:
    """What all trials of a search have in common."""

    config: Config
    dataset: Dataset
    negatives: str  # fingerprint of the recordings that [data] negatives names
    board: str

    @staticmethod
    def of(config: Config, dataset: Dataset, board: Board) -> "Job":
        """KwsError for negatives that are not there."""
        negatives = negative_files(config.data.negatives).fingerprint
        return Job(config, dataset, negatives, board.name)


@dataclass(frozen=True)
class Ready:
    """The machine can work."""


@dataclass(frozen=True)
class Fault:
    """An expected fault. It is no exception here: Ray would wrap it."""

    message: str
    hint: str


News = Ready | Epoch | Outcome | Fault


class TrialWorker:
    """Works on one trial at a time; each call returns what there is to say next."""

    def __init__(self, cpus: int) -> None:
        for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
            os.environ[name] = str(cpus)
        os.environ["CUDA_VISIBLE_DEVICES"] = ""  # of which each would take all memory
        self._news: SimpleQueue[News | BaseException] = SimpleQueue()
        self._answers: SimpleQueue[bool] = SimpleQueue()

    def where(self) -> tuple[str, str]:
        """The name of this machine, and the version of kws there."""
        return socket.gethostname(), VERSION

    def prepare(self, job: Job) -> Ready | Fault:
        """Look for tools and recordings, and decode these: once on each machine."""
        try:
            # All workers of a machine begin together; the first decodes for all.
            with _alone(cache_dir() / ".search"):
                self.check(job)
        except KwsError as error:
            return Fault(error.message, error.hint)
        self._job = job
        return Ready()

    def check(self, job: Job) -> None:
        """KwsError unless this machine has the tools, and the recordings of the other one."""
        check_machine(RunPaths(cache_dir()), job.board)
        config, root = job.config, Path(job.dataset.root)
        named = config.data.negatives
        try:
            same = scan_folder(root).fingerprint == job.dataset.fingerprint
            same_negatives = negative_files(named).fingerprint == job.negatives
        except KwsError as error:
            raise KwsError(error.message, _SHARE) from None
        for found, where in ((same, str(root)), (same_negatives, ", ".join(named))):
            if not found:
                raise KwsError(f"the recordings in {where} are others there", _SHARE)
        job.dataset.audio(config)
        load_negatives(config.data, "training", config.features.sample_rate_hz)

    def begin(self, config: Config, cost: Cost | None) -> News:
        """Begin a trial of `config`, whose `cost` may be known; as go_on()."""
        threading.Thread(target=self._work, args=(config, cost), daemon=True).start()
        return self._next()

    def go_on(self, goes_on: bool) -> News:
        """The answer to the Epoch that was told last; returns the next one, or what came of all.

        With `goes_on` False, the training is given up.
        """
        self._answers.put(goes_on)
        return self._next()

    def measure(self, config: Config, board: Board) -> Cost:
        """As measure_cost()."""
        return measure_cost(config, board)

    def _next(self) -> News:
        news = self._news.get()
        if isinstance(news, BaseException):
            raise news
        return news

    def _work(self, config: Config, known: Cost | None) -> None:
        def cost_of(config: Config, board: Board) -> Cost:
            return known or self.measure(config, board)

        def goes_on(epoch: Epoch) -> bool:
            self._news.put(epoch)
            return self._answers.get()

        job = self._job
        try:
            with scratch() as folder:
                run, board = RunPaths(folder / "trial"), find_board(job.board)
                outcome = attempt(config, job.dataset, board, run, "trial", cost_of, goes_on)
            self._news.put(outcome)
        except KwsError as error:
            self._news.put(Fault(error.message, error.hint))
        except BaseException as error:
            self._news.put(error)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process of this machine after the other."""
    path.mkdir(exist_ok=True)
    with locked(path):
        yield
