# SPDX-License-Identifier: Apache-2.0
"""`kws search --ray` on two machines of a real Ray cluster, one of them killed."""

import csv
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import optuna
import pytest
from typer.testing import CliRunner

from kws.cli.main import app
from kws.config.schema import BudgetConfig, Config, dump_config
from kws.data import Dataset, build_dataset
from kws.firmware.boards import Board, find_board
from kws.search import study
from kws.search.attempt import Outcome
from kws.search.cost import Cost
from kws.search.worker import Fault, Job, Ready, TrialWorker
from kws.train.checkpoint import Epoch
from kws_codegen.base.errors import KwsError
from kws_codegen.base.version import VERSION
from tests.support.ray_cluster import WAIT_S, kill_machine, two_machines, wait_for
from tests.support.tone_words import tone_config, write_tone_words

if os.environ.get("CI") != "true":
    pytest.importorskip("ray", reason="ray is not installed")

BOARD = find_board("mps2_an386")
FITS, TOO_LARGE = Cost(1000, 500, None), Cost(10**9, 500, None)


@pytest.fixture(scope="module")
def cluster() -> Iterator[tuple[Any, list[Any]]]:
    with two_machines() as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_tone_words(tmp_path / "words", 6)
    (tmp_path / "kws.toml").write_text(dump_config(tone_config(epochs=1)), encoding="utf-8")
    return tmp_path


@dataclass(frozen=True)
class Asked:
    """What search_on_ray() is asked for."""

    config: Config
    dataset: Dataset
    out: Path

    def search(self, cluster: tuple[Any, list[Any]], trials: int) -> list[study.Trial]:
        from kws.search.on_ray import search_on_ray

        address, given = cluster[0].address, (self.config, self.dataset, BOARD, self.out)
        return search_on_ray(address, None, *given, trials)

    @property
    def study(self) -> Any:
        return study.open_study(self.config, self.dataset, BOARD, self.out)


@pytest.fixture
def asked(folder: Path) -> Asked:
    config = replace(tone_config(epochs=2), budget=BudgetConfig(flash_bytes=500_000))
    return Asked(config, build_dataset(config.data, folder / "words"), folder / "out")


def workers(
    monkeypatch: pytest.MonkeyPatch,
    measure: Callable[[str], Cost],
    recordings: Callable[[str], Path | None] = lambda _: None,
) -> None:
    """Costs without a compiler, and other recordings; both are given the name of the machine."""
    from kws.search import on_ray

    class Worker(TrialWorker):  # local, so that Ray sends it with what it refers to
        def where(self) -> tuple[str, str]:
            return machine(), VERSION

        def measure(self, config: Config, board: Board) -> Cost:
            del config, board
            return measure(machine())

        def check(self, job: Job) -> None:
            root = recordings(machine()) or job.dataset.root
            super().check(replace(job, dataset=replace(job.dataset, root=str(root))))

    def machine() -> str:
        import ray

        return str(ray.get_runtime_context().get_node_id())

    monkeypatch.setattr(on_ray, "TrialWorker", Worker)
    monkeypatch.setattr(on_ray, "START_S", WAIT_S)


def test_both_machines_try_networks(
    folder: Path, cluster: tuple[Any, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    machines = folder / "machines"
    machines.mkdir()

    def measure(machine: str) -> Cost:
        (machines / machine).touch()
        wait_for(lambda: len(list(machines.iterdir())) == 2)
        return FITS

    workers(monkeypatch, measure)
    command = ["search", "--config", folder / "kws.toml", "--data", folder / "words"]
    command += ["--out", folder / "out", "--budget", "flash=500k", "--trials", 2]
    result = CliRunner().invoke(
        app, [str(part) for part in (*command, "--ray", cluster[0].address)]
    )
    assert result.exit_code == 0, (result.output, result.exception)
    assert {node.node_id for node in cluster[1]} == {path.name for path in machines.iterdir()}
    for node in cluster[1]:
        assert f"({node.node_id}): " in result.output
    with (folder / "out" / "trials.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["flash_bytes"] for row in rows] == ["1000", "1000"]
    assert (folder / "out" / "best-2.toml").is_file()
    assert len(list((folder / "out" / "costs").iterdir())) in (1, 2)
    assert not (folder / "out" / "trials").exists(), "trainings leave nothing here"


def test_a_training_is_given_up_from_here(
    asked: Asked, cluster: tuple[Any, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    workers(monkeypatch, lambda _: FITS)
    others = asked.study
    for _ in range(5):
        trial, _ = study.ask(others, asked.config, asked.dataset)
        watch = study.Watch(trial)
        for epoch in (1, 2):
            assert watch(Epoch(epoch, 0.01, 0, 1, 0, validation_accuracy=2.0, seconds=1))
        study.settle(others, trial, Outcome("", FITS, accuracy=2.0))
    found = asked.search(cluster, 6)
    assert len(found) == 5
    last = asked.study.trials[-1]
    assert last.state == optuna.trial.TrialState.PRUNED
    assert list(last.intermediate_values) == [1], "of two epochs"


def test_a_machine_with_other_recordings_is_refused(
    asked: Asked, folder: Path, cluster: tuple[Any, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = folder / "others"
    write_tone_words(other, 5)
    second = cluster[1][1].node_id
    workers(monkeypatch, lambda _: TOO_LARGE, lambda m: other if m == second else None)
    with pytest.raises(KwsError) as fault:
        asked.search(cluster, 10_000)
    assert fault.value.message == f"{second}: the recordings in {other} are others there"
    assert "share the folder" in fault.value.hint


def test_a_trial_that_ends_its_workers_is_left_out(
    asked: Asked,
    cluster: tuple[Any, list[Any]],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def measure(machine: str) -> Cost:
        del machine
        os._exit(1)

    workers(monkeypatch, measure)
    with pytest.raises(KwsError, match="no machine of the Ray cluster is left"):
        asked.search(cluster, 1)
    messages = " ".join(capfd.readouterr().err.split())
    lost = re.findall(
        r"lost a worker of (\w+) \(ActorDiedError\)(; its trial is tried again)?", messages
    )
    assert {name for name, _ in lost} == {node.node_id for node in cluster[1]}
    assert [bool(again) for _, again in lost] == [True, False]
    assert "as another one with the same trial, which is left out" in messages


def test_a_machine_that_is_killed_costs_no_trial(
    asked: Asked, cluster: tuple[Any, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last test that needs both machines."""
    gone = cluster[1][1]
    began, doomed = asked.out.parent / "began", gone.node_id

    def measure(machine: str) -> Cost:
        if machine == doomed:
            began.touch()
            time.sleep(WAIT_S)
        else:
            wait_for(began.exists)  # it does not take all before the other is there
        return TOO_LARGE

    def kill() -> None:
        wait_for(began.exists)
        kill_machine(gone)

    workers(monkeypatch, measure)
    killer = threading.Thread(target=kill)
    killer.start()
    assert asked.search(cluster, 2) == []
    killer.join()
    assert began.exists()
    states = optuna.trial.TrialState
    trials = asked.study.trials
    assert [t.state for t in trials].count(states.PRUNED) == 2
    (lost,) = [t for t in trials if t.state == states.FAIL]
    assert lost.params in [t.params for t in trials if t is not lost]


def test_a_worker_says_what_its_machine_lacks(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    worker = TrialWorker(1)
    job = Job.of(asked.config, asked.dataset, BOARD)
    assert worker.prepare(job) == Ready()

    def fault(job: Job) -> Fault:
        found = worker.prepare(job)
        assert isinstance(found, Fault)
        return found

    nowhere = replace(asked.dataset, root="/nowhere")
    assert fault(replace(job, dataset=nowhere)).message == "no data folder /nowhere"
    assert "same path" in fault(replace(job, dataset=nowhere)).hint
    assert "are others there" in fault(replace(job, negatives="others")).message
    monkeypatch.setenv("PATH", "/nowhere")
    assert "sudo apt-get install" in fault(job).hint


def test_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from kws import cluster

    monkeypatch.setattr(cluster.ray, "get", lambda _: ("lab7", "0.0"))
    with pytest.raises(KwsError, match=f"lab7 has kws 0.0, this machine {VERSION}"):
        cluster.host_of(None, "a machine")


@pytest.mark.parametrize(
    ("machines", "jobs", "places", "cpus"),
    [
        ([2, 1], None, [0, 1, 0], 1),
        ([2, 0, 1], 9, [0, 2, 0], 1),
        ([4, 4], 2, [0, 1], 4),
        ([4, 4], 3, [0, 1, 0], 2),
        ([1, 1, 6], 2, [2, 2], 3),
        ([0, 0], None, [], 0),
        ([], 3, [], 0),
    ],
)
def test_cpus_are_shared_out(
    machines: list[int], jobs: int | None, places: list[int], cpus: int
) -> None:
    from kws.search.on_ray import share_out

    assert share_out(machines, jobs) == (places, cpus)


def test_a_cluster_without_a_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    from kws.search import on_ray

    monkeypatch.setattr(on_ray, "ray", SimpleNamespace(nodes=lambda: []))
    with pytest.raises(KwsError, match="no machine of the Ray cluster has a CPU"):
        on_ray._started(None)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--ray", ""], "--ray is empty"),
        (["--jobs", "2"], "--jobs is of a Ray cluster, and there is no --ray"),
        (["--ray", "127.0.0.1:1"], "no Ray cluster at 127.0.0.1:1: "),
    ],
)
def test_options_that_make_no_sense(folder: Path, options: list[str], message: str) -> None:
    command = ["search", "--config", folder / "kws.toml", "--data", folder / "words"]
    command += ["--out", folder / "out", "--budget", "flash=500k", *options]
    fault = CliRunner().invoke(app, [str(part) for part in command]).exception
    assert isinstance(fault, KwsError) and fault.message.startswith(message)
