# SPDX-License-Identifier: Apache-2.0
"""Writes an evaluation down: a folder of its own, and links to the newest one."""

import csv
import itertools
import os
from pathlib import Path

from kws.evaluate.evaluation import Evaluation
from kws.evaluate.report import load_report, plain_name
from kws.evaluate.report_text import headline, markdown
from kws.metrics.confusion import confusion_csv, confusion_text
from kws.metrics.plots import plot_confusion
from kws_codegen.base.cache import scratch
from kws_codegen.base.errors import KwsError

REPORT = "evaluation.json"
CLIPS = "clips.csv"
LATEST = "latest"


def report_path(folder: Path, target: str) -> Path:
    """<target>.json: a link to the newest whole evaluation there."""
    return folder / f"{target}.json"


def newest_evaluations(folder: Path) -> list[Path]:
    """evaluation.json of the newest evaluation of each target, by name.

    Also where links became folders and files, as in a run that was copied or packed without them.
    """
    links = {path.name for path in folder.glob("*") if path.is_symlink()}
    targets = {path.stem for path in folder.glob("*.json")}
    found = (folder / name / REPORT for name in links | targets)
    return sorted({path.resolve() for path in found if path.is_file()})


def write_report(evaluation: Evaluation, folder: Path) -> Path:
    """Write all files into a new folder below `folder`; returns its evaluation.json.

    The folder is named by target, data and time, and appears when it is complete. evaluation.json
    holds every figure; beside it are report.md, confusion.txt, confusion.csv, confusion.png,
    clips.csv (one row a clip) and differences.txt (empty when exact). <target>.json, <target> and
    `latest` are links to the newest evaluation in which every clip was answered, or to this one
    when there is none.
    """
    report = evaluation.report
    folder.mkdir(parents=True, exist_ok=True)
    with scratch(folder) as partial:
        _write_files(evaluation, partial / "made")
        made = free_path(folder / _folder_name(evaluation))
        (partial / "made").rename(made)
    links = {
        report_path(folder, report.target): f"{made.name}/{REPORT}",
        folder / report.target: made.name,
        folder / LATEST: made.name,
    }
    for link, path in links.items():
        if report.whole or not _is_whole(link):
            point_to(link, path)
    return made / REPORT


def _folder_name(evaluation: Evaluation) -> str:
    report = evaluation.report
    data = report.split if report.own_data else f"{evaluation.data.name}-{report.split}"
    time = evaluation.date.strftime("%Y-%m-%dT%H%M%SZ")
    return f"{report.target}-{plain_name(data)}-{time}"


def free_path(path: Path) -> Path:
    """The path, or with a number where there is one already."""
    numbered = (path.with_name(f"{path.name}-{i}") for i in itertools.count(2))
    return next(p for p in itertools.chain([path], numbered) if not p.exists())


def _is_whole(link: Path) -> bool:
    report = link / REPORT if link.is_dir() else link
    try:
        return load_report(report).whole
    except KwsError:
        return False


def point_to(link: Path, path: str) -> None:
    """Make a link, in one step; what lies there and is none keeps its content."""
    if link.exists() and not link.is_symlink():
        link.rename(free_path(link.with_name(f"{link.stem}-earlier{link.suffix}")))
    partial = link.with_name(f".{link.name}.{os.getpid()}.part")
    partial.symlink_to(path)
    partial.replace(link)


def _write_files(evaluation: Evaluation, folder: Path) -> None:
    report = evaluation.report
    folder.mkdir()
    _write(folder / "confusion.txt", confusion_text(report.metrics))
    _write(folder / "confusion.csv", confusion_csv(report.metrics))
    plot_confusion(folder / "confusion.png", report.metrics, headline(report))
    _write(folder / "differences.txt", "".join(f"{d}\n" for d in report.parity.differences))
    _write_clips(evaluation, folder / CLIPS)
    _write(folder / "report.md", markdown(report))
    report.save(folder / REPORT)


def _write_clips(evaluation: Evaluation, path: Path) -> None:
    labels = evaluation.report.labels
    with path.open("w", newline="", encoding="utf-8", errors="surrogateescape") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        unit = evaluation.device.time_unit
        times = [f"front_end_{unit}", f"inference_{unit}"]
        writer.writerow(
            ["clip", "true", "predicted", "device", *times, *(f"score_{x}" for x in labels)]
        )
        run = evaluation.run
        rows = zip(run.answered, run.devices, run.results, run.timed, strict=True)
        for i, device, result, timed in rows:
            writer.writerow(
                [
                    evaluation.names[i],
                    labels[evaluation.truth[i]],
                    labels[result.best],
                    device,
                    result.front_end_time if timed else "",
                    result.inference_time if timed else "",
                    *result.scores,
                ]
            )


def _write(path: Path, text: str) -> None:
    """Names of recordings need not be UTF-8: they are written as they are."""
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
