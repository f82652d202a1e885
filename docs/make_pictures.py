# SPDX-License-Identifier: Apache-2.0
"""Draws the documentation's pictures: `python -m docs.make_pictures` (Chromium for the pages).

Numbers are invented, or those of `make demo`: no clip of a real voice is in them.
"""

import argparse
import tempfile
import threading
from pathlib import Path

import numpy as np
import soundfile
from playwright.sync_api import Browser
from tests.support.browser import browser

from kws.config.run_config import load_run_config
from kws.data.dataset import load_dataset
from kws.metrics.confusion import Metrics
from kws.metrics.plots import plot_confusion
from kws.report import write_report_page
from kws.run.paths import RunPaths
from kws.source import source_root
from kws.streams.det import DetPoint, plot_det, thresholds
from kws.web import serve, web_page

PICTURES = Path(__file__).resolve().parent / "pictures"
LABELS = ("_silence_", "_unknown_", "yes", "no")
CONFUSION = [[14, 1, 0, 0], [0, 12, 2, 1], [0, 3, 12, 0], [0, 0, 0, 15]]
HOURS = 10.0
SAID = 200
PAUSE_S = 0.7


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


def report(chromium: Browser, run: RunPaths, folder: Path) -> None:
    """The report, with the misheard clips of a cell."""
    write_report_page(run.root, [], folder / "report.html")
    view = chromium.new_page(viewport={"width": 900, "height": 1320})
    view.goto((folder / "report.html").as_uri())
    view.locator("button[data-cell]:not([data-cell^='0-'])").first.click()
    view.evaluate("document.getElementById('confusion').scrollIntoView()")
    view.screenshot(path=PICTURES / "report.png")


def page(chromium: Browser, run: RunPaths, folder: Path) -> None:
    """The page of kws web, after it has heard a word each of the test."""
    config = load_run_config(run.config)
    dataset = load_dataset(run.dataset)
    rate_hz = config.features.sample_rate_hz
    parts = []
    for word in config.data.wanted_words[:4]:
        clip = next(c for c in dataset.clips if c.label == word and c.split == "testing")
        samples, _ = soundfile.read(Path(dataset.root) / clip.path, dtype="int16")
        parts += [samples, np.zeros(round(PAUSE_S * rate_hz), np.int16)]
    soundfile.write(folder / "words.wav", np.concatenate(parts), rate_hz)
    web_page(run, config, folder / "page")
    server = serve(folder / "page", 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    view = chromium.new_page(viewport={"width": 900, "height": 900})
    view.goto(f"http://127.0.0.1:{server.server_port}/")
    view.wait_for_function("window.kws !== undefined")
    view.set_input_files("#file", folder / "words.wav")
    view.wait_for_selector("#detections li")
    view.screenshot(path=PICTURES / "web.png")
    server.shutdown()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--run", type=Path, default=source_root() / "runs" / "demo")
    of = RunPaths(parser.parse_args().run)
    PICTURES.mkdir(exist_ok=True)
    confusion()
    det()
    with browser() as started, tempfile.TemporaryDirectory() as made:
        report(started, of, Path(made))
        page(started, of, Path(made))
