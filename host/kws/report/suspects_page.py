# SPDX-License-Identifier: Apache-2.0
"""suspects.csv and suspects.html of a run: doubtful labels, to be heard and marked."""

import csv
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader

from kws.config.schema import Config
from kws.data import Dataset
from kws.metrics.verdict import percent
from kws.quantize import Doubt
from kws.report.sounds import flac_uri
from kws.run.paths import RunPaths


def write_suspects(
    config: Config, dataset: Dataset, run: RunPaths, found: Sequence[Doubt], top: int
) -> Path:
    """Write all to suspects.csv, the first `top` with their sound to suspects.html; its path."""
    with run.suspects.open("w", newline="", encoding="utf-8", errors="surrogateescape") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["path", "label", "score", "rather", "rather_score"])
        for doubt in found:
            scores = f"{doubt.score:.4f}", f"{doubt.other_score:.4f}"
            writer.writerow([doubt.path, doubt.label, scores[0], doubt.other, scores[1]])
    audio, rate_hz = dataset.audio(config), config.features.sample_rate_hz
    rows = [(doubt, flac_uri(audio.clip(doubt.path), rate_hz)) for doubt in found[:top]]
    loader = PackageLoader("kws.report", "page")
    environment = Environment(loader=loader, autoescape=True, trim_blocks=True)
    environment.filters["percent"] = percent
    page = run.suspects.with_suffix(".html")
    template = environment.get_template("suspects.html.j2")
    text = template.render(rows=rows, total=len(found), run=str(run.root))
    page.write_text(text, encoding="utf-8", errors="replace")
    return page
