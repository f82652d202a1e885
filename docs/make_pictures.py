# SPDX-License-Identifier: Apache-2.0
"""Draws the documentation's pictures: `python -m docs.make_pictures` (Chromium for the page).

The numbers are invented or come from synthetic tones: no clip of a real voice is in them.
"""

import tempfile
import threading
from pathlib import Path

import numpy as np
from tests.support.browser import browser
from tests.support.tiny_run import CONFIG, tiny_run

from kws.metrics.confusion import Metrics
from kws.metrics.plots import plot_confusion
from kws.streams.det import DetPoint, plot_det, thresholds
from kws.web import serve, web_page

PICTURES = Path(__file__).resolve().parent / "pictures"
LABELS = ("_silence_", "_unknown_", "yes", "no")
CONFUSION = [[14, 1, 0, 0], [0, 12, 2, 1], [0, 3, 12, 0], [0, 0, 0, 15]]
HOURS = 10.0
SAID = 200


def confusion() -> None:
    """The matrix that explanation/confusion-matrix.md reads."""
    title = "An invented example: 53 of 60 clips are right"
    plot_confusion(PICTURES / "confusion.png", Metrics(LABELS, np.array(CONFUSION)), title)


def det() -> None:
    """Curves of two invented words: misses rise with the threshold as false accepts fall."""
    curves = {"yes": _curve(0.12, 4.0), "no": _curve(0.3, 3.0), "all": _curve(0.2, 3.5)}
    plot_det(PICTURES / "det.png", curves, curves["all"][30], "Invented scores")


def _curve(worst: float, slope: float) -> list[DetPoint]:
    return [
        DetPoint(
            threshold,
            round(SAID * min(1.0, 0.01 + worst * np.exp(slope * (threshold - 0.95)))),
            SAID,
            round(600 * np.exp(-8 * (threshold - 0.2))),
            HOURS,
        )
        for threshold in thresholds()
    ]


def page() -> None:
    """The page of kws web, with Chromium's own tone as its microphone."""
    with tempfile.TemporaryDirectory() as folder:
        run = tiny_run(Path(folder))
        web_page(run, CONFIG, Path(folder) / "page")
        server = serve(Path(folder) / "page", 0)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with browser() as chromium:
            view = chromium.new_page(viewport={"width": 900, "height": 900})
            view.goto(f"http://127.0.0.1:{server.server_port}/")
            view.wait_for_function("window.kws !== undefined")
            view.get_by_role("button").first.click()
            view.wait_for_timeout(6000)
            view.screenshot(path=PICTURES / "web.png")
        server.shutdown()


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    confusion()
    det()
    page()
