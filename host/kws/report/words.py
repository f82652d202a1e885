# SPDX-License-Identifier: Apache-2.0
"""The report in sentences: what the run is worth, what it costs, which commands repeat it."""

import shlex
from dataclasses import dataclass

from kws.evaluate.report import EvaluationReport
from kws.metrics.verdict import accuracy_text, percent
from kws.report.gather import RunFacts
from kws.streams.report import StreamReport


@dataclass(frozen=True)
class BoardRow:
    """A device in the table of the summary; "-" for what is not known."""

    target: str
    accuracy: str
    exact: str
    flash: str
    ram: str
    model_ram: str
    front_end: str
    inference: str
    unit: str


def headline(facts: RunFacts) -> str:
    """The most important number, or what is missing to have one."""
    if not facts.evaluations:
        return "Not evaluated yet"
    report = facts.evaluations[0].report
    low, high = (percent(x) for x in report.accuracy_interval_95)
    return f"{percent(report.accuracy)} right ({low} to {high})"


def verdict(facts: RunFacts) -> str:
    """The run in one sentence."""
    words = ", ".join(facts.config.data.wanted_words)
    if not facts.evaluations:
        return f"A model for {words}: no evaluation says yet what it is worth."
    reports = [e.report for e in facts.evaluations]
    first = reports[0]
    reports = [r for r in reports if not r.profile] or reports  # a profile is of the same device
    exact = [r for r in reports if r.passed]
    others = [r.target for r in reports if not r.passed]
    sentence = f"Of {words}, {_where(first)} gets {accuracy_text(first.metrics, first.split)}"
    if len(exact) == len(reports):
        count = len(reports)
        devices = {1: "the device", 2: "both devices"}.get(count, f"all {count} devices")
        return f"{sentence}; {devices} answered every clip exactly as TensorFlow Lite Micro."
    return f"{sentence}; not every clip was answered exactly, within the budget, by " + (
        f"{', '.join(others)}."
    )


def worth(facts: RunFacts) -> list[str]:
    """What the numbers are worth."""
    if not facts.evaluations:
        return []
    report = facts.evaluations[0].report
    low, high = report.accuracy_interval_95
    lines = [
        f"With {report.clips} clips the accuracy is known to {50 * (high - low):.1f} points either "
        "way: a smaller difference from another model may be chance (95 %)."
    ]
    if report.verdict:
        lines.append(f"{report.verdict}.")
    if facts.quantization and facts.quantization.drop:
        lines.append(f"{facts.quantization.drop[0].upper()}{facts.quantization.drop[1:]}.")
    if facts.training and facts.training.still_improving:
        lines.append("Training was still improving when it ended: more epochs will do better.")
    if facts.cross_validation:
        lines.append(f"{facts.cross_validation.line[0].upper()}{facts.cross_validation.line[1:]}.")
    return lines


def board_rows(facts: RunFacts) -> list[BoardRow]:
    """A row a device."""
    return [_row(e.report) for e in facts.evaluations]


def _row(report: EvaluationReport) -> BoardRow:
    memory, timing = report.memory, report.timing
    size = memory.firmware
    front_end = timing.front_end.median / timing.frames if timing.front_end else None
    return BoardRow(
        target=report.target,
        accuracy=percent(report.accuracy),
        exact=f"{report.parity.identical:,} of {report.clips:,}",
        flash=f"{size.flash_bytes:,}" if size else "-",
        ram=f"{size.ram_bytes:,}" if size else "-",
        model_ram=f"{memory.activation_bytes:,}",
        front_end="-" if front_end is None else f"{front_end:,.0f}",
        inference="-" if timing.inference is None else f"{timing.inference.median:,.0f}",
        unit=timing.unit,
    )


def memory_note(facts: RunFacts) -> str:
    """What a firmware keeps that computes by rows; "" where it is what the picture shows."""
    by_rows = [e.report for e in facts.evaluations if (e.report.form or "").startswith("rows")]
    if facts.model is None or not by_rows:
        return ""
    return (
        f"The picture is of a whole window: {facts.model.plan.bytes:,} bytes. The firmware "
        f"computes row by row and keeps {by_rows[0].memory.activation_bytes:,} bytes."
    )


def own_thresholds(report: StreamReport) -> str:
    """What a listener was measured with."""
    thresholds = {word.word: word.threshold for word in report.words}
    if len(set(thresholds.values())) == 1:
        return f"Measured with {next(iter(thresholds.values())):.3f} for every word."
    each = ", ".join(f"{word} {threshold:.3f}" for word, threshold in thresholds.items())
    return f"Measured with a threshold a word: {each}."


def _where(report: EvaluationReport) -> str:
    return "this computer" if report.target == "host" else report.target


def commands(facts: RunFacts) -> list[str]:
    """What makes this run again."""
    root = shlex.quote(str(facts.run.root))
    data = shlex.quote(facts.dataset.root if facts.dataset else "RECORDINGS")
    lines = [f"kws run --config {root}/config.toml --data {data} --out NEW"]
    for report in (e.report for e in facts.evaluations if not e.report.ports):
        source = "" if report.own_data else f" --data {shlex.quote(report.data)}"
        split = "" if report.split == "testing" else f" --split {report.split}"
        limit = "" if report.limit is None else f" --limit {report.limit}"
        what = "" if report.input == "audio" else f" --input {report.input}"
        same = report.optimise == facts.config.firmware.optimise
        optimise = "" if same else f" --optimise {report.optimise}"
        profile = " --profile" if report.profile else ""
        lines.append(
            f"kws evaluate --run NEW --board {report.device.board}"
            f"{source}{split}{limit}{what}{optimise}{profile}"
        )
    if facts.streams:
        lines.append("kws stream-eval --run NEW")
    return [*lines, f"kws report NEW {root}"]
