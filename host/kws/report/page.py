# SPDX-License-Identifier: Apache-2.0
"""The report of a run: one HTML file that asks the network for nothing."""

import json
import os
import re
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from kws.compare.runs import RunComparison, compare_runs
from kws.config.schema import dump_config
from kws.evaluate.report_text import (
    SHARE_COLUMNS,
    fault_lines,
    link_line,
    parity_line,
    share_rows,
    timing_line,
)
from kws.metrics.confusion import wilson_interval
from kws.metrics.verdict import percent
from kws.report import plots
from kws.report.gather import RunFacts, gather
from kws.report.matrices import Matrix, cell_key, matrices
from kws.report.sounds import channel_centres_hz, hear_clips
from kws.report.wake_section import wake_section
from kws.report.words import (
    board_rows,
    commands,
    headline,
    memory_note,
    own_thresholds,
    verdict,
    worth,
)
from kws.streams.rates import rate_text
from kws.streams.report_text import delay_text, level_name, worth_lines
from kws.streams.report_text import parity_line as stream_parity_line
from kws.train.history import tensorboard_command
from kws_codegen.base.errors import KwsError
from kws_codegen.base.version import VERSION

_PAGE = Path(__file__).parent / "page"


def write_report_page(root: Path, others: Sequence[Path], out: Path) -> list[str]:
    """Write the report of run folder `root` to `out`, compared with `others`.

    Returns what could not be shown, in words. KwsError when a folder is no run.
    """
    facts = gather(root)
    gaps = list(facts.gaps)
    found, streams = matrices(facts), _streams(facts)
    compared = [_compared(root, other, gaps) for other in others]
    environment = Environment(
        loader=FileSystemLoader(_PAGE),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": percent, "count": lambda n: f"{n:,.0f}"}
    environment.filters["code"] = _code
    text = environment.get_template("report.html.j2").render(
        facts=facts,
        version=VERSION,
        headline=headline(facts),
        verdict=verdict(facts),
        worth=worth(facts),
        boards=board_rows(facts),
        matrices=found,
        cell_key=cell_key,
        words=_word_rows(found),
        pictures=_pictures(facts),
        memory_note=memory_note(facts),
        streams=streams,
        wake=wake_section(facts),
        links=_links(facts),
        profiles=[e.report for e in facts.evaluations if e.report.profile],
        compared=[c for c in compared if c],
        commands=commands(facts),
        tensorboard=tensorboard_command(facts.run.tensorboard),
        config=dump_config(facts.config),
        payload=_payload(facts, found, streams["det"] if streams else None, gaps),
        gaps=gaps,
        style=(_PAGE / "report.css").read_text(encoding="utf-8"),
        script=(_PAGE / "report.js").read_text(encoding="utf-8"),
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.{os.getpid()}.part")
    text = re.sub(r"(\d) %", "\\1\N{NO-BREAK SPACE}%", text)
    partial.write_bytes(text.encode("utf-8", "backslashreplace"))
    partial.replace(out)
    return gaps


def _code(text: str) -> Markup:
    """Text whose `commands` are shown as such."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def _compared(root: Path, other: Path, gaps: list[str]) -> RunComparison | None:
    try:
        return compare_runs(other, root)
    except KwsError as error:
        gaps.append(f"{other}: {error.message}")
        return None


def _word_rows(found: Sequence[Matrix]) -> list[dict[str, Any]]:
    """Precision and recall by class, of the first matrix."""
    if not found:
        return []
    metrics = found[0].metrics
    rows = []
    for i, word in enumerate(metrics.words):
        hits = int(metrics.confusion[i, i])
        low, high = wilson_interval(hits, word.clips)
        interval = f"{percent(low)} to {percent(high)}" if word.clips else "-"
        rows.append({**asdict(word), "interval": interval})
    return rows


def _pictures(facts: RunFacts) -> dict[str, Any]:
    made: dict[str, Any] = {"learning": "", "memory": "", "sizes": [], "misses": "", "accepts": ""}
    if facts.history:
        kept = facts.training.kept_epoch if facts.training else facts.history[-1].epoch
        made["learning"] = plots.learning_curves(facts.history, kept)
    if facts.model:
        made["memory"] = plots.memory_over_time(facts.model)
    for evaluated in facts.evaluations:
        if size := evaluated.report.memory.firmware:
            parts = {name: (p.flash_bytes, p.ram_bytes) for name, p in size.parts.items()}
            target = evaluated.report.target
            made["sizes"].append((target, size, plots.size_by_part(parts, target)))
    if facts.streams and facts.streams.levels:
        made["misses"] = plots.misses_by_level(facts.streams.levels)
    if facts.streams and facts.streams.backgrounds:
        made["accepts"] = plots.accepts_by_background(facts.streams.backgrounds)
    return made


def _streams(facts: RunFacts) -> dict[str, Any] | None:
    """What the listener's section shows."""
    report = facts.streams
    if report is None:
        return None
    thresholds = [word.threshold for word in report.words]
    start = statistics.median(thresholds or [facts.config.detect.threshold])
    det = plots.det_picture(dict(report.det), start) if report.det else None
    return {
        "report": report,
        "det": det,
        "own": own_thresholds(report),
        "levels": [
            (level_name(x), x.misses.said, percent(x.misses.share), _range(x.misses.interval))
            for x in report.levels
        ],
        "backgrounds": [(x.background, rate_text(x.false_accepts)) for x in report.backgrounds],
        "delay": delay_text(report.delay) if report.levels else "",
        "worth": worth_lines(report),
        "parity": stream_parity_line(report),
    }


def _range(interval: tuple[float, float]) -> str:
    return f"{percent(interval[0])} to {percent(interval[1])}"


def _links(facts: RunFacts) -> list[dict[str, Any]]:
    return [
        {
            "target": report.target,
            "lines": [parity_line(report), link_line(report), timing_line(report)],
            "faults": fault_lines(report),
            "differences": [str(d) for d in report.parity.differences[:20]],
            "columns": SHARE_COLUMNS,
            "shares": share_rows(report),
        }
        for report in (e.report for e in facts.evaluations)
    ]


def _payload(
    facts: RunFacts, found: Sequence[Matrix], det: plots.DetPicture | None, gaps: list[str]
) -> str:
    """What the script reads, as JSON that cannot end its element."""
    features = facts.config.features
    first = next((m.evaluated.report for m in found if m.evaluated), None)
    numbers: dict[tuple[Any, ...], int] = {}
    cells = {
        m.key: {
            key: [[_number(numbers, m, answer.clip), *answer.scores] for answer in answers]
            for key, answers in m.wrong.items()
        }
        for m in found
    }
    heard = {}
    if first is not None:
        own = [clip for data, split, *clip in numbers if (data, split) == (first.data, first.split)]
        try:
            heard = hear_clips(facts, first, [(name, nth) for name, nth in own])
        except KwsError as error:
            gaps.append(f"sounds of misheard clips: {error.message}")
    clips = []
    for data, split, name, nth in numbers:
        same = first is not None and (data, split) == (first.data, first.split)
        clip = heard.get((name, nth)) if same else None
        clips.append({"name": name, **(asdict(clip) if clip else {})})
    if heard and len(heard) < len(clips):
        gaps.append(f"{len(heard)} of {len(clips)} misheard clips have their sound here")
    payload = {
        "labels": facts.config.data.labels,
        "channels": features.channels,
        "frames": facts.config.frames,
        "hop_ms": features.hop_ms,
        "window_ms": features.window_ms,
        "centres_hz": channel_centres_hz(features),
        "clips": clips,
        "cells": cells,
        "det": _det_points(det),
    }
    return json.dumps(payload, separators=(",", ":")).replace("<", "\\u003c")


def _det_points(det: plots.DetPicture | None) -> Iterable[Any]:
    if det is None:
        return []
    return [
        [*place, p.threshold, p.missed, p.said, p.false_accepts, p.hours]
        for place, p in zip(det.places, det.points, strict=True)
    ]


def _number(numbers: dict[tuple[Any, ...], int], matrix: Matrix, clip: tuple[str, int]) -> int:
    """The index of a clip in the page."""
    assert matrix.evaluated is not None
    report = matrix.evaluated.report
    return numbers.setdefault((report.data, report.split, *clip), len(numbers))
