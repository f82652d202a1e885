# SPDX-License-Identifier: Apache-2.0
"""`--folds K`: every recording judged once, resumed fold by fold, shown in the report."""

import dataclasses
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kws.cli.main import app
from kws.config.schema import dump_config
from kws.quantize import current_cross_validation
from kws.run.pipeline import Pipeline
from kws.train import loop
from tests.support.tone_words import tone_config, write_tone_words

CLIPS = 8  # a word, each of a speaker of its own


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """Trained and quantized, cross-validated in two folds."""
    folder = tmp_path_factory.mktemp("folds")
    write_tone_words(folder / "words", CLIPS)
    pipeline = Pipeline.create(folder / "run", tone_config(epochs=2))
    pipeline.data(folder / "words")
    pipeline.train()
    pipeline.quantize()
    pipeline.cross_validate(2)
    return pipeline


def test_every_recording_is_judged_once(made: Pipeline) -> None:
    found = current_cross_validation(made.config, made.run)
    assert found is not None and found.by_speaker and len(found.fold_accuracies) == 2
    judged = [
        path for fold in made.run.folds.iterdir() for path in json.loads(fold.read_text())["paths"]
    ]
    wanted = [c.path for c in made.dataset().clips if c.label in ("low", "high")]
    assert len(judged) == len(set(judged)) and set(wanted) < set(judged)
    assert len(judged) == found.metrics.clips == len(wanted) + 2  # 10 % of others a fold
    assert found.metrics.confusion[0].sum() == 0, "cuts of noise are shared by all folds"
    written = json.loads(made.run.cross_validation.read_text())
    assert written["accuracy"] == found.metrics.accuracy
    assert sorted(p.name for p in made.run.folds.iterdir()) == ["1-of-2.json", "2-of-2.json"]


def test_a_fold_that_is_done_is_not_trained_again(
    made: Pipeline, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = made.run.cross_validation.read_bytes()
    (made.run.folds / "2-of-2.json").unlink()
    trained = []
    original = loop.train

    def counted(*arguments: object, **options: object) -> object:
        trained.append(arguments[3])
        return original(*arguments, **options)

    monkeypatch.setattr("kws.quantize.cross_validation.train", counted)
    made.cross_validate(2)
    assert trained == ["fold 2 of 2"]
    assert "fold 1 of 2: unchanged, skipped" in capsys.readouterr().err
    assert made.run.cross_validation.read_bytes() == before


def test_it_is_forgotten_with_what_it_was_made_of(made: Pipeline) -> None:
    other = dataclasses.replace(
        made.config, training=dataclasses.replace(made.config.training, epochs=3)
    )
    assert current_cross_validation(other, made.run) is None


def test_the_report_offers_it_and_shows_it(tmp_path: Path) -> None:
    """On the command line, with a device."""
    write_tone_words(tmp_path / "words", CLIPS)
    (tmp_path / "config.toml").write_text(dump_config(tone_config(epochs=1)), encoding="utf-8")
    run = str(tmp_path / "run")
    words = ["--config", tmp_path / "config.toml", "--data", tmp_path / "words", "--out", run]

    def said(*arguments: str) -> str:
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, result.output
        return " ".join(result.output.split())

    first = said("run", *map(str, words))
    assert "or let `kws train --folds 5` judge every recording" in first
    assert "cross-validation:" not in first
    shown = said("train", "--run", run, "--folds", "2")
    assert "18 clips (2 folds by speaker)" in shown
    again = said("evaluate", "--run", run)
    assert "18 clips (2 folds by speaker)" in again and "kws train --folds" not in again
    report = (tmp_path / "run" / "evaluation" / "latest" / "report.md").read_text()
    assert "each judged by a model that has not heard its speaker" in report
