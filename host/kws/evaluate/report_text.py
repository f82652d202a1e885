# SPDX-License-Identifier: Apache-2.0
"""An evaluation in words: the lines of the terminal and of report.md."""

from collections import Counter
from collections.abc import Iterable

from kws.evaluate.report import EvaluationReport
from kws.metrics.confusion import WordScore, confusion_text
from kws.metrics.verdict import accuracy_text, percent

_MARKDOWN = frozenset("\\`*_{}[]<>()#+-.!|~&$")


def headline(report: EvaluationReport) -> str:
    """The result in one line."""
    return f"{report.target}: {accuracy_text(report.metrics, report.split)}"


def parity_line(report: EvaluationReport) -> str:
    """Whether the device is exact, in one line."""
    differing = len(report.parity.differences)
    if report.clips == 0:
        return "parity: no clip was answered"
    if not differing:
        what = "the one clip equals" if report.clips == 1 else f"all {report.clips} clips equal"
        return f"parity: {what} TensorFlow Lite Micro, bit for bit"
    return f"parity: {differing} of {report.clips} clips differ from TensorFlow Lite Micro"


def memory_line(report: EvaluationReport) -> str:
    """What the model takes on the device, in one line."""
    memory = report.memory
    line = (
        f"model: {report.device.runtime}, {memory.weights_bytes} bytes of flash for weights, "
        f"{memory.activation_bytes} bytes of RAM"
    )
    if memory.model_used_bytes in (None, memory.activation_bytes):
        return line
    return f"{line} reserved, {memory.model_used_bytes} used"


def timing_line(report: EvaluationReport) -> str:
    """Front end per frame and model per clip, in the device's unit; medians over the clips."""
    timing = report.timing
    if timing.inference is None:
        return "no clip was timed"
    front_end = "not run"
    if timing.front_end is not None:
        front_end = f"{timing.front_end.median / timing.frames:,.0f} {timing.unit} a frame"
    return f"front end: {front_end}; inference: {timing.inference.median:,.0f} {timing.unit}"


def listening_lines(report: EvaluationReport) -> list[str]:
    """The form of the model and what listening costs, as far as they are known."""
    form = [f"form: {report.form}"] if report.form else []
    return form + ([report.listening.line] if report.listening else [])


def link_line(report: EvaluationReport) -> str:
    """What happened on the serial line, in one line."""
    link = report.link
    parts = [f"{link.resends:,} packets sent again"]
    if link.requests is not None:
        at_device = link.damaged_frames_at_device
        parts = [
            f"{link.requests:,} requests, {link.resends:,} sent again",
            f"damaged frames: {link.damaged_frames_here:,} here, "
            f"{'unknown' if at_device is None else f'{at_device:,}'} at the device",
            f"{link.outages} outages, {link.restarts} restarts",
            f"{link.sent_bytes:,} bytes out, {link.received_bytes:,} in",
        ]
    if link.line_rate_share is not None:
        parts[-1] += f", {link.line_rate_share:.0%} of the line's rate"
    return f"link: {'; '.join(parts)}"


def fault_lines(report: EvaluationReport) -> list[str]:
    """The faults of the device, each once, with how often it happened."""
    counts = Counter(report.link.faults)
    return [f"{text} ({n} times)" if n > 1 else text for text, n in counts.items()]


SHARE_COLUMNS = ("device", "clips", "clips/s", "differing", "sent again", "restarts")


def share_rows(report: EvaluationReport) -> list[tuple[str, ...]]:
    """What each of several devices did, under SHARE_COLUMNS; none for one device."""
    if len(report.devices) == 1:
        return []
    return [
        (
            share.name, f"{share.clips}", f"{share.clips_per_second:.1f}", f"{share.differing}",
            f"{share.resends}", f"{share.restarts}",
        )
        for share in report.devices
    ]  # fmt: skip


def share_failures(report: EvaluationReport) -> list[str]:
    """The devices that stopped answering while others went on."""
    if report.failure:
        return []
    return [
        f"{share.name} stopped, others took its clips: {share.failure}"
        for share in report.devices
        if share.failure
    ]


def markdown(report: EvaluationReport) -> str:
    """The text of report.md."""
    lines = [
        f"# Evaluation on {report.target}",
        "",
        f"- data: {report.data} ({report.split})",
        f"- date: {report.date}",
        f"- device: {_device(report)}",
        f"- tool: kws {report.kws_version}, commit {report.kws_commit or 'unknown'}",
        f"- {headline(report)}",
        f"- {parity_line(report)}",
        f"- sent: {report.input}, {report.link.clips_per_second:.1f} clips/s"
        + _taken_over(report.link.taken_over),
        f"- {link_line(report)}",
        f"- {memory_line(report)}",
        f"- {timing_line(report)}",
        *(f"- {line}" for line in listening_lines(report)),
    ]
    lines += [f"- **{text}**" for text in report.profile_differences]
    if report.verdict:
        lines.insert(3, f"- **{report.verdict}**")
    if report.cross_validation:
        lines.insert(3, f"- {report.cross_validation.line}")
    lines += [f"- **{text}**" for text in share_failures(report)]
    if report.failure:
        lines.append(f"- **the device stopped answering**: {report.failure}")
    for clip in report.faulting_clips:
        lines.append(f"- **the device faults on this clip every time**: {clip}")
    lines += [f"- **the device restarted after a fault**: {f}" for f in fault_lines(report)]
    if shares := share_rows(report):
        lines += ["", _row(SHARE_COLUMNS), _row(["---", *["---:"] * (len(SHARE_COLUMNS) - 1)])]
        lines += [_row(map(plain_markdown, row)) for row in shares]
    lines += ["", "| word | clips | precision | recall |", "| --- | ---: | ---: | ---: |"]
    lines += [_word_row(word) for word in report.words]
    lines += ["", "![confusion matrix](confusion.png)", ""]
    # Indented, not fenced: a word may be a fence.
    lines += [f"    {line}" for line in confusion_text(report.metrics).splitlines()]
    if report.parity.differences:
        lines += ["", "Clips that differ:", ""]
        lines += [f"- {difference}" for difference in report.parity.differences]
    return "\n".join(lines) + "\n"


def _taken_over(count: int) -> str:
    return f", {count} answers of an interrupted evaluation" if count else ""


def _device(report: EvaluationReport) -> str:
    where = f" at {', '.join(report.ports)}" if report.ports else ", started for this"
    return f"{report.device.board}, firmware {report.device.firmware_version}{where}"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _word_row(word: WordScore) -> str:
    scores = f"{word.clips} | {percent(word.precision)} | {percent(word.recall)}"
    return f"| {plain_markdown(word.label)} | {scores} |"


def plain_markdown(text: str) -> str:
    """Text that Markdown shows as it is, in a table too."""
    return "".join(f"\\{c}" if c in _MARKDOWN else c for c in text)
