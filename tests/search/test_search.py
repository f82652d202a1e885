# SPDX-License-Identifier: Apache-2.0
"""`kws search`: limits, the space, costs from the firmware, resuming, what it leaves."""

import csv
from dataclasses import replace
from pathlib import Path

import optuna
import pytest
from typer.testing import CliRunner

from kws.architectures.inverted_residuals import InvertedResiduals
from kws.cli.main import app
from kws.config.schema import BudgetConfig, Config, dump_config, load_config
from kws.data import build_dataset
from kws.firmware.boards import find_board
from kws.search import study
from kws.search.cost import Cost
from kws.search.limits import read_budget
from kws.search.results import pareto, write_results
from kws.search.space import chosen_config
from kws.search.study import Trial
from kws.train.loop import LossNotFiniteError
from kws_codegen.base.errors import KwsError
from kws_codegen.tflite.reader import read_tflite
from tests.support.tone_words import tone_config, write_tone_words


def test_limits_in_thousands_and_in_kib() -> None:
    assert read_budget("flash=60k, ram=16Ki,instructions=2.5M") == BudgetConfig(
        flash_bytes=60_000, ram_bytes=16_384, instructions_per_inference=2_500_000
    )
    assert read_budget("ram=900") == BudgetConfig(ram_bytes=900)


@pytest.mark.parametrize("text", ["", "rom=3k", "flash", "flash=0", "flash=3G", "flash=-3k"])
def test_limits_that_are_none(text: str) -> None:
    with pytest.raises(KwsError, match="--budget"):
        read_budget(text)


def test_every_network_of_the_space_is_valid() -> None:
    space = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=3))
    found = [chosen_config(space.ask(), Config()) for _ in range(200)]
    assert {config.model.architecture for config in found} == {"ds_cnn", "inverted_residuals"}
    assert all(config.model.strides.count(2) == 2 for config in found)  # type: ignore[attr-defined]


def made(number: int, accuracy: float, flash: int, ram: int) -> Trial:
    return Trial(number, accuracy, Cost(flash, ram, None), Config())


def test_the_pareto_front() -> None:
    trials = [made(1, 0.9, 50, 20), made(2, 0.8, 40, 20), made(3, 0.8, 45, 20), made(4, 0.7, 60, 9)]
    assert [trial.number for trial in pareto(trials)] == [2, 1, 4]
    twins = [made(1, 0.9, 50, 20), made(2, 0.9, 50, 20)]
    assert len(pareto(twins)) == 2
    slower = replace(twins[0], cost=Cost(50, 20, 9))
    assert len(pareto([*twins, slower])) == 3, "instructions do not count"


def test_the_front_has_its_configurations(tmp_path: Path) -> None:
    paths = write_results([made(1, 0.9, 50, 20), made(2, 0.8, 40, 20)], tmp_path)
    assert [path.name for path in paths] == ["best-1.toml", "best-2.toml"]
    trials = [made(3, 0.95, 40, 20), *(made(n, 0.5, 60, 30) for n in range(4, 10))]
    assert len(write_results(trials, tmp_path)) == 5
    (front,) = tmp_path.glob("pareto-*.toml")
    assert front.name == "pareto-3.toml", "not of an earlier front"
    assert load_config(front) == Config()
    assert (tmp_path / "pareto.png").stat().st_size > 1000


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> list[Config]:
    """Costs without a compiler: the widths of the network."""
    asked: list[Config] = []

    def measured(config: Config, board: object) -> Cost:
        del board
        asked.append(config)
        return Cost(1000 * sum(config.model.filters), 5000, 10)  # type: ignore[attr-defined]

    monkeypatch.setattr(study, "measure_cost", measured)
    return asked


def test_a_search_keeps_to_the_budget_and_goes_on(
    tmp_path: Path, cheap: list[Config], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tone_words(tmp_path / "words", 6)
    config = tone_config(epochs=1)
    (tmp_path / "kws.toml").write_text(dump_config(config), encoding="utf-8")

    def search(trials: int, *others: str) -> str:
        command = ["search", "--config", tmp_path / "kws.toml", "--data", tmp_path / "words"]
        command += ["--out", tmp_path / "out", "--budget", "flash=500k", "--trials", trials]
        result = CliRunner().invoke(app, [*map(str, command), *others])
        if isinstance(result.exception, KwsError):
            return result.exception.message
        assert result.exit_code == 0, result.output
        return " ".join(result.output.split())

    from kws.train.loop import train

    def interrupted(*_: object, **__: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr("kws.search.attempt.train", interrupted)
    with pytest.raises((KeyboardInterrupt, AssertionError)):
        search(1)
    monkeypatch.setattr("kws.search.attempt.train", train)
    search(3)
    with (tmp_path / "out" / "trials.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert rows and all(int(row["flash_bytes"]) <= 500_000 for row in rows)
    assert (tmp_path / "out" / "pareto.png").stat().st_size > 1000
    best = load_config(tmp_path / "out" / "best-1.toml")
    assert best.budget.flash_bytes == 500_000
    assert best.training.learning_rate != config.training.learning_rate
    asked = len(cheap)
    assert "best-1.toml" in search(3), "all is done already"
    assert len(cheap) == asked
    assert "another configuration, budget, board or data" in search(3, "--seed", "5")


@pytest.mark.usefixtures("cheap")
def test_a_search_that_goes_on_tries_other_networks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    config = replace(tone_config(epochs=1), budget=BudgetConfig(flash_bytes=500_000))
    write_tone_words(tmp_path / "words", 6)
    dataset = build_dataset(config.data, tmp_path / "words")
    given = config, dataset, find_board("mps2_an386"), tmp_path / "out"

    def falls_apart(*_: object, **__: object) -> object:
        raise LossNotFiniteError("training fell apart", "lower the rate")

    monkeypatch.setattr("kws.search.attempt.train", falls_apart)
    for trials in (2, 4):
        assert study.search(*given, trials) == []
    assert capfd.readouterr().err.count("  training fell apart\n") == 4
    rates = [trial.params["learning_rate"] for trial in study.open_study(*given).trials]
    assert len(set(rates)) == 4


@pytest.mark.usefixtures("cheap")
def test_a_budget_that_nothing_keeps_to(tmp_path: Path) -> None:
    write_tone_words(tmp_path / "words", 6)
    (tmp_path / "kws.toml").write_text(dump_config(tone_config(epochs=1)), encoding="utf-8")
    command = ["search", "--config", tmp_path / "kws.toml", "--data", tmp_path / "words"]
    command += ["--out", tmp_path / "out", "--budget", "flash=1k", "--trials", 1]
    result = CliRunner().invoke(app, [str(part) for part in command])
    fault = result.exception
    assert isinstance(fault, KwsError) and "none of 1 networks keeps to" in fault.message
    assert not (tmp_path / "out" / "trials").exists(), "what is over the budget is not trained"


def test_the_cost_is_that_of_the_firmware() -> None:
    from kws.search.cost import measure_cost

    config = tone_config()
    board = find_board("mps2_an386")
    limits = BudgetConfig(flash_bytes=200_000, instructions_per_inference=10_000_000)
    cost = measure_cost(replace(config, budget=limits), board)
    assert 20_000 < cost.flash_bytes < 60_000 and 5_000 < cost.ram_bytes < 40_000
    assert cost.instructions is not None and 10_000 < cost.instructions < 10_000_000
    over = measure_cost(replace(config, budget=replace(limits, flash_bytes=1000)), board)
    assert over.instructions is None, "not run when it is over the budget already"


def test_values_do_not_vanish_in_a_deep_untrained_network() -> None:
    """TensorFlow Lite Micro ends the program at the scales that they would have."""
    from kws.quantize import untrained_int8

    deep = InvertedResiduals(
        first_filters=8, filters=(8,) * 5, expansions=(1, 3, 3, 3, 3), strides=(2, 1, 1, 1, 2)
    )
    content = read_tflite(untrained_int8(Config(model=deep)))
    outputs = [content.tensors[index] for op in content.operators for index in op.outputs]
    assert min(min(tensor.scales) for tensor in outputs) > 1e-3
