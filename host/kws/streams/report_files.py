# SPDX-License-Identifier: Apache-2.0
"""Writes an evaluation of a listener down: a folder of its own, and links to the newest one."""

import csv
from pathlib import Path

from kws.evaluate.report_files import LATEST, free_path, point_to
from kws.streams.det import DetPoint, det_csv, plot_det
from kws.streams.evaluation import StreamEvaluation
from kws.streams.report import StreamReport, load_stream_report, save_stream_report
from kws.streams.report_text import markdown
from kws_codegen.base.cache import scratch
from kws_codegen.base.errors import KwsError

REPORT = "stream-eval.json"


def write_stream_report(evaluation: StreamEvaluation, folder: Path) -> Path:
    """Write all files into a new folder below `folder`; returns its stream-eval.json.

    Beside it are report.md, det.csv, det.png and events.csv (a row a word that was said and a row
    a false accept). <target>.json, <target> and `latest` are links to the newest evaluation that a
    device did not break off.
    """
    report = evaluation.report
    folder.mkdir(parents=True, exist_ok=True)
    target = report.target.replace(" ", "-")
    with scratch(folder) as partial:
        made = partial / "made"
        made.mkdir()
        save_stream_report(made / REPORT, report)
        (made / "report.md").write_text(
            markdown(report), encoding="utf-8", errors="surrogateescape"
        )
        _write_events(made / "events.csv", evaluation)
        if report.det:
            (made / "det.csv").write_text(det_csv(dict(report.det)), encoding="utf-8")
            title = f"{report.target}, {report.split}"
            plot_det(made / "det.png", dict(report.det), _here(report), title)
        time = evaluation.date.strftime("%Y-%m-%dT%H%M%SZ")
        final = free_path(folder / f"{target}-{report.split}-{time}")
        made.rename(final)
    links = {
        folder / f"{target}.json": f"{final.name}/{REPORT}",
        folder / target: final.name,
        folder / LATEST: final.name,
    }
    for link, path in links.items():
        if not report.failure or not _is_whole(link):
            point_to(link, path)
    return final / REPORT


def _here(report: StreamReport) -> DetPoint:
    """Where the thresholds of this evaluation lie."""
    silent = [result.false_accepts for result in report.backgrounds]
    worst = max(silent, key=lambda accepts: accepts.per_hour, default=None)
    count, hours = (0, 0.0) if worst is None else (worst.count, worst.hours)
    said = sum(level.misses.said for level in report.levels)
    missed = sum(level.misses.missed for level in report.levels)
    return DetPoint(0.0, missed, said, count, hours)


def _is_whole(link: Path) -> bool:
    try:
        return not load_stream_report(link / REPORT if link.is_dir() else link).failure
    except KwsError:
        return False


def _write_events(path: Path, evaluation: StreamEvaluation) -> None:
    rate = evaluation.sample_rate_hz
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["stream", "seconds", "word", "event", "score", "delay_ms"])
        for outcome in evaluation.outcomes:
            name = outcome.stream.name
            rows = [
                (spoken.start, spoken.word, "found", "", f"{1000 * late / rate:.0f}")
                for spoken, late in zip(outcome.found, outcome.delays, strict=True)
            ]
            rows += [(spoken.start, spoken.word, "missed", "", "") for spoken in outcome.missed]
            rows += [(e.time, e.word, "false", f"{e.score:.4f}", "") for e in outcome.false]
            for time, *rest in sorted(rows):
                writer.writerow([name, f"{time / rate:.3f}", *rest])
