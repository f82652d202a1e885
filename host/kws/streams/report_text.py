# SPDX-License-Identifier: Apache-2.0
"""An evaluation of a listener in words: the lines of the terminal and of report.md."""

from kws.metrics.verdict import percent
from kws.streams.rates import Delay, rate_text
from kws.streams.report import LevelResult, StreamReport

_REPEATED = 0.9  # of the sound: less that is heard once is said


def level_name(level: LevelResult) -> str:
    """What is heard besides the words."""
    if level.snr_db is not None:
        return f"{level.background}, {level.snr_db:g} dB"
    return level.background


def parity_line(report: StreamReport) -> str:
    """Whether the device decided as the host does, in one line."""
    parity = report.parity
    if parity is None:
        return "no device listened: these are the host's decisions"
    if not parity.decisions:
        return "parity: the device decided nothing, so nothing was compared"
    heard = f"{parity.seconds / 60:.1f} minutes"
    if parity.identical == parity.decisions:
        return (
            f"parity: all {parity.decisions:,} decisions in {heard} equal the host's "
            f"({report.reference}, same detector), bit for bit"
        )
    differing = parity.decisions - parity.identical
    return (
        f"parity: {differing:,} of {parity.decisions:,} decisions in {heard} differ from the "
        f"host's; the first: {parity.first_difference}"
    )


def delay_text(delay: Delay | None) -> str:
    """From a word's end to its detection."""
    if delay is None:
        return "no word was found"
    return (
        f"{delay.median_ms:.0f} ms after a word's end (median), "
        f"95 % within {delay.percentile_95_ms:.0f} ms"
    )


def worth_lines(report: StreamReport) -> list[str]:
    """Why the figures say less than they seem to."""
    lines = []
    for result in report.backgrounds:
        accepts = result.false_accepts
        if accepts.distinct_hours < _REPEATED * accepts.hours:
            lines.append(
                f"{result.background}: {60 * accepts.distinct_hours:.1f} minutes of sound make "
                f"{accepts.hours:.2f} h, again and again: the interval is wider than it says. "
                "Give more with --speech, or as noise recordings"
            )
    return lines


def markdown(report: StreamReport) -> str:
    """The text of report.md."""
    split = f"made from the {report.split} split" if report.data else "recordings of one's own"
    lines = [
        f"# Listening: {report.target}",
        "",
        f"- date: {report.date}, kws {report.kws_version}"
        + (f", commit {report.kws_commit}" if report.kws_commit else ""),
        f"- streams: {split}" + (f" of {_code(report.data)}" if report.data else ""),
        f"- runtime: {report.runtime}; model {report.model_sha256[:16]}",
        f"- a decision every {report.interval_ms} ms, mean of {report.smoothing}, "
        f"{report.consecutive} in a row, {report.refractory_ms} ms between detections",
        f"- {parity_line(report)}",
        f"- rules: {report.rules}",
    ]
    if report.cost:
        lines.append(f"- {report.cost.line}")
    if report.chosen:
        lines.append(f"- thresholds: {report.chosen}")
    if report.failure:
        lines.append(f"- **the device stopped: {_code(report.failure)}**")
    lines += ["", "## Words missed (FRR)", "", "| heard besides | said | missed | 95 % interval |",
              "| --- | ---: | ---: | ---: |"]  # fmt: skip
    for level in report.levels:
        low, high = level.misses.interval
        lines.append(
            f"| {level_name(level)} | {level.misses.said} | {percent(level.misses.share)} | "
            f"{percent(low)} to {percent(high)} |"
        )
    lines += ["", f"Detected {delay_text(report.delay)}.", "", "## False accepts", "",
              "| heard | hours | heard once, minutes | an hour, with 95 % interval |",
              "| --- | ---: | ---: | --- |"]  # fmt: skip
    for result in report.backgrounds:
        accepts = result.false_accepts
        lines.append(
            f"| {result.background} | {accepts.hours:.2f} | {60 * accepts.distinct_hours:.1f} | "
            f"{rate_text(accepts)} |"
        )
    lines += ["", *(f"- {line}" for line in worth_lines(report))]
    lines += ["", "## By word", "", "| word | threshold | missed | false accepts |",
              "| --- | ---: | ---: | --- |"]  # fmt: skip
    for word in report.words:
        lines.append(
            f"| {_code(word.word)} | {word.threshold:.3f} | {percent(word.misses.share)} of "
            f"{word.misses.said} | {rate_text(word.false_accepts)} |"
        )
    if report.det:
        lines += ["", "## Thresholds", "", "![DET curve](det.png)", ""]
        lines += ["One threshold for all words (det.csv has the words' own curves):", ""]
        lines += [
            "| threshold | missed | false accepts an hour, worst background |",
            "| ---: | ---: | ---: |",
        ]
        for point in report.det["all"][::4]:
            lines.append(
                f"| {point.threshold:.4f} | {percent(point.missed_share)} | {point.per_hour:.1f} |"
            )
    return "\n".join(lines) + "\n"


def _code(text: str) -> str:
    """Words and paths as they are, also in a table."""
    return "`" + text.replace("`", "'").replace("|", "\\|").replace("\n", " ") + "`"
