# SPDX-License-Identifier: Apache-2.0
"""Writes an evaluation down: <target>.json, and a folder <target>/ of things to look at."""

import csv
from pathlib import Path

from kws.evaluate.evaluation import Evaluation
from kws.evaluate.report_text import headline, markdown
from kws.metrics.confusion import confusion_csv, confusion_text
from kws.metrics.plots import plot_confusion


def report_path(folder: Path, target: str) -> Path:
    """Where <target>.json lies."""
    return folder / f"{target}.json"


def details_folder(report: Path) -> Path:
    """The folder <target>/ beside <target>.json."""
    return report.with_suffix("")


def write_report(evaluation: Evaluation, folder: Path) -> Path:
    """Write all files below `folder`; returns <target>.json.

    <target>.json holds every figure; <target>/ has report.md, confusion.txt, confusion.csv,
    confusion.png, clips.csv (one row a clip) and differences.txt (empty when exact).
    """
    report = evaluation.report
    path = report_path(folder, report.target)
    details = details_folder(path)
    details.mkdir(parents=True, exist_ok=True)
    _write(details / "confusion.txt", confusion_text(report.metrics))
    _write(details / "confusion.csv", confusion_csv(report.metrics))
    plot_confusion(details / "confusion.png", report.metrics, headline(report))
    _write(details / "differences.txt", "".join(f"{d}\n" for d in report.parity.differences))
    _write_clips(evaluation, details / "clips.csv")
    _write(details / "report.md", markdown(report))
    report.save(path)
    return path


def _write_clips(evaluation: Evaluation, path: Path) -> None:
    labels = evaluation.report.labels
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        unit = evaluation.device.time_unit
        times = [f"front_end_{unit}", f"inference_{unit}"]
        writer.writerow(["clip", "true", "predicted", *times, *(f"score_{x}" for x in labels)])
        for i, result in zip(evaluation.run.answered, evaluation.run.results, strict=True):
            writer.writerow(
                [
                    evaluation.names[i],
                    labels[evaluation.truth[i]],
                    labels[result.best],
                    result.front_end_time,
                    result.inference_time,
                    *result.scores,
                ]
            )


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
