# SPDX-License-Identifier: Apache-2.0
"""The confusion matrix as a picture."""

import textwrap
import warnings
from pathlib import Path

import numpy as np

from kws.metrics.confusion import Metrics

_CELL_INCHES = 0.55
_TITLE_INCHES = 0.1  # of a character
_MARGIN_INCHES = 2.2  # with names of up to _LABEL_IN_MARGIN
_LABEL_IN_MARGIN = 10  # characters
_LABEL_INCHES = 0.15  # of a further character, at most
_LABEL_CHARACTERS = 20  # of a class name, at most: longer ones leave no room for the matrix


def plot_confusion(path: Path, result: Metrics, title: str) -> None:
    """Write a heat map as PNG: colour is the share of the true class, numbers are clips."""
    from matplotlib.figure import Figure

    classes = len(result.labels)
    names = [_shortened(label) for label in result.labels]
    longer = max(_LABEL_IN_MARGIN, *map(len, names)) - _LABEL_IN_MARGIN
    side = _MARGIN_INCHES + _LABEL_INCHES * longer + _CELL_INCHES * max(classes, 4)
    title = "\n".join(textwrap.wrap(title, int(side / _TITLE_INCHES)))
    figure = Figure(figsize=(side, side * 0.94), layout="constrained")
    axes = figure.add_subplot()
    totals = result.confusion.sum(axis=1, keepdims=True)
    shares = result.confusion / np.maximum(totals, 1)

    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.argwhere(result.confusion):
        axes.text(
            column,
            row,
            str(result.confusion[row, column]),
            ha="center",
            va="center",
            fontsize=9,
            color="white" if shares[row, column] > 0.55 else "black",
        )
    axes.set_xticks(
        range(classes),
        names,
        rotation=45,
        ha="right",
        rotation_mode="anchor",
        parse_math=False,
    )
    axes.set_yticks(range(classes), names, parse_math=False)
    axes.set_xticks(np.arange(classes + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(classes + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="0.85", linewidth=0.6)
    axes.tick_params(which="both", length=0)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    axes.set_title(title, fontsize=11, parse_math=False)
    figure.colorbar(image, ax=axes, label="share of the true class", shrink=0.8)
    # No software version in the file: the same matrix gives the same bytes.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # a box is drawn
        figure.savefig(path, dpi=120, metadata={"Software": None})


def _shortened(label: str) -> str:
    """Its begin and end where it is long; the text files have it whole."""
    if len(label) <= _LABEL_CHARACTERS:
        return label
    end = _LABEL_CHARACTERS // 3
    return f"{label[: _LABEL_CHARACTERS - end - 1]}…{label[-end:]}"
