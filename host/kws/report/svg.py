# SPDX-License-Identifier: Apache-2.0
"""Matplotlib's figures as SVG inside a page: its colours are the page's, its text can be read."""

import html
import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_VARIABLES = {
    "#010101": "var(--ink)",
    "#020202": "var(--faint)",
    "#030303": "var(--series-1)",
    "#040404": "var(--series-2)",
    "#050505": "var(--series-3)",
}
"""Colours that stand for a variable of page.css, so that light and dark need no second picture."""

INK, FAINT, BLUE, ORANGE, GREEN = _VARIABLES
WIDTH_INCHES = 5.0
"""At which a picture has its natural size on a phone of 400 pixels."""

_DOTS_PER_INCH = 72  # of matplotlib's SVG


@contextmanager
def page_style(salt: str) -> Iterator[None]:
    """Figures made inside look as page.css says; `salt` keeps the ids of one apart from others'."""
    from matplotlib import rc_context

    colours = dict.fromkeys(("text.color", "axes.labelcolor", "xtick.color", "ytick.color"), INK)
    with rc_context(
        {
            **colours,
            "axes.edgecolor": FAINT,
            "grid.color": FAINT,
            "grid.linewidth": 0.5,
            "grid.alpha": 0.5,
            "axes.facecolor": "none",
            "figure.facecolor": "none",
            "savefig.facecolor": "none",
            "legend.frameon": False,
            "font.size": 9,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "svg.fonttype": "none",
            "svg.hashsalt": salt,
            "text.parse_math": False,
        }
    ):
        yield


def inline_svg(figure: "Figure", description: str, extra: str = "") -> str:
    """The figure as an <svg> element with a text alternative; call it inside page_style().

    extra: SVG elements that lie above the picture, in its own coordinates (see svg_place).
    """
    file = io.StringIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # the browser has it
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    text = file.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<(metadata|style).*?</\1>", "", text, flags=re.DOTALL)
    text = re.sub(r' id="(?!p[0-9a-f]{9,}|[mC][0-9a-f_]{9,})[^"]*"', "", text)
    text = re.sub(r"font: (bold )?([0-9.]+)px [^;\"]*", _font, text)
    text = re.sub(r"font-family: [^;\"]*;? ?", "", text)
    for colour, variable in _VARIABLES.items():
        text = text.replace(colour, variable)
    width, height = figure.get_size_inches() * _DOTS_PER_INCH
    head = (
        f'<svg role="img" aria-label="{html.escape(description)}" '
        f'viewBox="0 0 {width:.6g} {height:.6g}" style="--natural: {width:.0f}px" '
        'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
    )
    body = text[text.index(">") + 1 : text.rindex("</svg>")]
    return f"{head}{body}{extra}</svg>"


def _font(found: re.Match[str]) -> str:
    weight = "font-weight: bold; " if found[1] else ""
    return f"{weight}font-size: {found[2]}px"


def svg_place(figure: "Figure", axes: Any, x: float, y: float) -> tuple[float, float]:
    """Where a point of the data lies in inline_svg()'s coordinates."""
    figure.set_dpi(_DOTS_PER_INCH)
    figure.draw_without_rendering()
    left, up = axes.transData.transform((x, y))
    height = float(figure.get_size_inches()[1]) * _DOTS_PER_INCH
    return round(float(left), 1), round(height - float(up), 1)
