# SPDX-License-Identifier: Apache-2.0
"""Two evaluations: the clips on which they disagree, and McNemar's exact test."""

import json
from math import comb
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from kws.cli.main import app
from kws.compare.evaluations import compare_evaluations, is_evaluation, mcnemar
from kws_codegen.base.errors import KwsError

HEADER = "clip,true,predicted,inference_ns,score_yes,score_no\n"


def evaluation(folder: Path, *rows: tuple[str, str, str, int]) -> str:
    """Files of one: clip, truth, prediction, score of "yes"; returns <target>.json."""
    details = folder / "host"
    details.mkdir(parents=True)
    lines = [f"{clip},{truth},{word},{17 + i},{score},{-score}\n" for i, (clip, truth, word, score)
             in enumerate(rows)]  # fmt: skip
    (details / "clips.csv").write_text(HEADER + "".join(lines))
    (details / "evaluation.json").write_text("{}")
    (folder / "host.json").symlink_to("host/evaluation.json")
    return str(folder / "host.json")


A = (
    ("yes/1", "yes", "yes", 90),
    ("yes/2", "yes", "yes", 80),
    ("yes/3", "yes", "no", -3),
    ("no/1", "no", "no", -90),
    ("no/2", "no", "yes", 5),
    ("no/only", "no", "no", -1),
)
B = (
    ("no/1", "no", "no", -80),  # another order, other scores
    ("no/2", "no", "no", -5),
    ("yes/1", "yes", "no", -10),
    ("yes/2", "yes", "yes", 80),
    ("yes/3", "yes", "_unknown_", -4),
)


def kws(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["compare", *map(str, arguments)])


def test_disagreements_by_clip(tmp_path: Path) -> None:
    a, b = evaluation(tmp_path / "a", *A), evaluation(tmp_path / "b", *B)
    result = compare_evaluations(a, b)
    assert [(d.clip, d.truth, d.a, d.b) for d in result.disagreements] == [
        ("yes/1", "yes", "yes", "no"),
        ("yes/3", "yes", "no", "_unknown_"),
        ("no/2", "no", "yes", "no"),
    ]
    assert (result.clips, result.only_in_a, result.only_in_b) == (5, 1, 0)
    assert (result.right_in_a, result.right_in_b) == (3, 3)
    assert (result.right_only_in_a, result.right_only_in_b) == (1, 1)
    assert result.same_word_other_scores == 1
    assert result.mcnemar_p == 1.0
    assert not result.identical


def test_command(tmp_path: Path) -> None:
    a, b = evaluation(tmp_path / "a", *A), evaluation(tmp_path / "b", *B)
    out = tmp_path / "out.json"
    result = kws("--a", a, "--b", Path(b).with_suffix(""), "--json", out)
    assert result.exit_code == 1, result.output
    assert "they disagree on 3 clips; 1 more have the same word" in result.output
    assert "60.0 % of 5 clips right, and 1 clips that the other has not" in result.output
    assert "right only in a: 1, only in b: 1; McNemar's exact test: p = 1" in result.output
    assert json.loads(out.read_text())["disagreements"][0]["clip"] == "yes/1"


def test_equal_evaluations_exit_0(tmp_path: Path) -> None:
    a, b = evaluation(tmp_path / "a", *A), evaluation(tmp_path / "b", *reversed(A))
    result = kws("--a", a, "--b", b)
    assert result.exit_code == 0, result.output
    assert "they disagree on 0 clips; 0 more" in result.output


def test_same_name_twice(tmp_path: Path) -> None:
    """Cuts of silence may share a name: they are told by their order."""
    rows = (("noise", "no", "no", 1), ("noise", "no", "yes", 2))
    a, b = evaluation(tmp_path / "a", *rows), evaluation(tmp_path / "b", *rows)
    assert compare_evaluations(a, b).identical
    c = evaluation(tmp_path / "c", *reversed(rows))
    assert len(compare_evaluations(a, c).disagreements) == 2


@pytest.mark.parametrize("only_a", range(7))
@pytest.mark.parametrize("only_b", range(7))
def test_mcnemar_is_the_binomial_test(only_a: int, only_b: int) -> None:
    """Sum of the probabilities of all outcomes that are no likelier than the one seen."""
    n = only_a + only_b
    weights = [comb(n, i) for i in range(n + 1)]
    expected = sum(w for w in weights if w <= weights[only_a]) / 2**n
    assert mcnemar(only_a, only_b) == pytest.approx(expected)


def test_mcnemar_of_a_textbook_case() -> None:
    assert mcnemar(1, 9) == pytest.approx(22 / 1024)
    assert mcnemar(0, 0) == 1.0


def test_bad_input(tmp_path: Path) -> None:
    a = evaluation(tmp_path / "a", *A)
    with pytest.raises(KwsError, match="no clip in common"):
        compare_evaluations(a, evaluation(tmp_path / "b", ("cat/1", "no", "no", 1)))
    with pytest.raises(KwsError, match=r"yes/1 is 'yes' in .*, but 'no' in"):
        compare_evaluations(a, evaluation(tmp_path / "c", ("yes/1", "no", "no", 1)))
    damaged = evaluation(tmp_path / "d")
    (tmp_path / "d" / "host" / "clips.csv").write_text("clip,other\nx,y\n")
    with pytest.raises(KwsError, match=r"clips\.csv is damaged"):
        compare_evaluations(a, damaged)
    assert not is_evaluation("tflite_micro") and not is_evaluation(str(tmp_path / "no.json"))
    result = kws("--a", a, "--b", "host")
    assert isinstance(result.exception, KwsError) and "--run" in result.exception.hint
