# SPDX-License-Identifier: Apache-2.0
"""Confusion matrix, accuracy, interval, precision and recall, and how they are shown."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.image import imread
from rich.table import Table

from kws.console import console
from kws.metrics.confusion import (
    confusion_csv,
    confusion_text,
    confusion_view,
    metrics,
    wilson_interval,
)
from kws.metrics.plots import plot_confusion

TRUTH = [0, 0, 0, 1, 1, 2]
PREDICTED = [0, 0, 1, 1, 0, 1]
LABELS = ("yes", "no", "stop", "go")


def test_confusion_rows_are_the_truth() -> None:
    result = metrics(TRUTH, PREDICTED, LABELS)
    assert result.confusion.tolist() == [[2, 1, 0, 0], [1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
    assert (result.clips, result.correct, result.accuracy) == (6, 3, 0.5)


def test_precision_and_recall() -> None:
    yes, no, stop, go = metrics(TRUTH, PREDICTED, LABELS).words
    assert (yes.clips, yes.precision, yes.recall) == (3, 2 / 3, 2 / 3)
    assert (no.clips, no.precision, no.recall) == (2, 1 / 3, 1 / 2)
    assert (stop.clips, stop.precision, stop.recall) == (1, None, 0.0)
    assert (go.clips, go.precision, go.recall) == (0, None, None)


def test_no_clip_at_all() -> None:
    result = metrics([], [], LABELS)
    assert (result.accuracy, result.interval_95) == (0.0, (0.0, 1.0))


@pytest.mark.parametrize(("successes", "trials"), [(90, 100), (0, 10), (10, 10), (430, 480)])
def test_wilson_interval_solves_its_equation(successes: int, trials: int) -> None:
    # The bounds p are where (share - p)^2 = z^2 p (1 - p) / n.
    share, w = successes / trials, 1.959963984540054**2 / trials
    roots = sorted(np.roots([1 + w, -(2 * share + w), share**2]).real)
    assert wilson_interval(successes, trials) == pytest.approx(roots, abs=1e-9)


def test_wilson_interval_of_a_known_case() -> None:
    assert wilson_interval(90, 100) == pytest.approx((0.82563, 0.94477), abs=1e-5)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_interval_holds_the_share(counts: tuple[int, int]) -> None:
    low, high = wilson_interval(*counts)
    assert 0 <= low <= counts[0] / counts[1] + 1e-12
    assert counts[0] / counts[1] - 1e-12 <= high <= 1


def test_text_is_aligned_and_complete() -> None:
    assert confusion_text(metrics(TRUTH, PREDICTED, LABELS)) == (
        "      predicted\n"
        "true  yes no stop go\n"
        "yes     2  1    .  .\n"
        "no      1  1    .  .\n"
        "stop    .  1    .  .\n"
        "go      .  .    .  .\n"
    )


def test_csv_reads_back() -> None:
    result = metrics(TRUTH, PREDICTED, ("a,b", 'c"d', "e", "f"))
    header, *rows = csv.reader(io.StringIO(confusion_csv(result)))
    assert header == ["true \\ predicted", "a,b", 'c"d', "e", "f"]
    assert [row[0] for row in rows] == ["a,b", 'c"d', "e", "f"]
    assert [[int(cell) for cell in row[1:]] for row in rows] == result.confusion.tolist()


def test_heat_map_is_a_picture_and_repeatable(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    truth, predicted = random.integers(0, 4, 200), random.integers(0, 4, 200)
    for name in ("a.png", "b.png"):
        plot_confusion(tmp_path / name, metrics(truth, predicted, LABELS), "title")
    picture = (tmp_path / "a.png").read_bytes()
    assert picture.startswith(b"\x89PNG") and len(picture) > 5000
    assert picture == (tmp_path / "b.png").read_bytes()


def test_heat_map_of_one_class_and_of_no_clip(tmp_path: Path) -> None:
    plot_confusion(tmp_path / "one.png", metrics([], [], ["only"]), "")
    assert (tmp_path / "one.png").stat().st_size > 1000


ODD = ("[red]", "a|b", ":x:", "$\\bad$", "`*_<b>", "日本")


def test_odd_words_are_drawn_as_they_are(tmp_path: Path) -> None:
    plot_confusion(tmp_path / "odd.png", metrics([0, 1], [0, 2], ODD), "$\\bad$ [red]")
    assert (tmp_path / "odd.png").stat().st_size > 1000


def test_odd_words_are_printed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table("word [dim]")
    for word in ODD:
        table.add_row(word)
    console.print(table, confusion_text(metrics([0, 1], [0, 2], ODD)))
    shown = capsys.readouterr().out
    assert all(shown.count(word) >= 2 for word in ODD)
    assert "word [dim]" in shown


MANY = tuple(f"word{i}" for i in range(18))


def test_wide_matrix_is_its_worst_confusions() -> None:
    truth = [0] * 5 + [1] * 4 + list(range(18))
    predicted = [3] * 5 + [2] * 3 + [1] + list(range(18))
    result = metrics(truth, predicted, MANY)
    assert len(confusion_text(result).splitlines()[1]) > 80
    view = confusion_view(result, 80)
    assert view == (
        "worst confusions (18 classes: the matrix is wider than 80):\n"
        "  word0 taken for word3: 5 of 6 clips\n"
        "  word1 taken for word2: 3 of 5 clips\n"
    )
    assert confusion_view(result, 200) == confusion_text(result)


def test_many_confusions_are_counted_and_none_is_said() -> None:
    off = np.roll(np.arange(18), 1)
    view = confusion_view(metrics(np.arange(18), off, MANY), 80)
    assert view.count(" taken for ") == 10 and view.endswith("  and 8 more\n")
    assert confusion_view(metrics([], [], MANY), 80).endswith("  none\n")


@pytest.mark.filterwarnings("error:constrained_layout not applied")
def test_names_of_hundreds_of_characters_leave_room_for_the_matrix(tmp_path: Path) -> None:
    labels = ["_silence_", "_unknown_", "w" * 300, "日本" * 100, "spoken words " * 20]
    plot_confusion(tmp_path / "a.png", metrics(range(5), range(5), labels), "of 5 clips")
    picture = imread(tmp_path / "a.png")[..., :3]
    full = np.abs(picture - np.array([8, 48, 107]) / 255).max(axis=2) < 0.01
    assert full.mean() > 0.02, "the five full cells are drawn, large"


@pytest.mark.parametrize("classes", [1, 3, 4, 12])
def test_picture_is_cut_at_no_side(classes: int, tmp_path: Path) -> None:
    labels = ["_silence_", "_unknown_", *(f"long word {i}" for i in range(10))][:classes]
    title = "mps2_an386-tflm-profile: 100.0 % of 1234 clips (testing), 95 % interval 97.6 to 100 %"
    plot_confusion(tmp_path / "a.png", metrics([0], [0], labels), title)
    picture = imread(tmp_path / "a.png")
    for edge in (picture[0], picture[-1], picture[:, 0], picture[:, -1]):
        assert (edge == 1).all(), "something is drawn on the very edge"
