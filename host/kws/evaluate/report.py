"""Writes an evaluation down: <target>.json, and a folder <target>/ of things to look at."""

import csv
import json
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kws.evaluate.evaluation import Evaluation
from kws.evaluate.metrics import WordScore, confusion_csv, confusion_text
from kws.evaluate.plots import plot_confusion


def write_report(evaluation: Evaluation, folder: Path) -> Path:
    """Write all files below `folder`; returns report.md.

    <target>.json holds every figure; <target>/ has report.md, confusion.txt, confusion.csv,
    confusion.png, clips.csv (one row a clip) and differences.txt (empty when exact).
    """
    target = evaluation.target
    details = folder / target
    details.mkdir(parents=True, exist_ok=True)
    text = json.dumps(summary(evaluation), indent=2) + "\n"
    (folder / f"{target}.json").write_text(text, encoding="utf-8")
    _write(details / "confusion.txt", confusion_text(evaluation.metrics))
    _write(details / "confusion.csv", confusion_csv(evaluation.metrics))
    plot_confusion(details / "confusion.png", evaluation.metrics, headline(evaluation))
    _write(details / "differences.txt", "".join(f"{d}\n" for d in evaluation.run.differences))
    _write_clips(evaluation, details / "clips.csv")
    report = details / "report.md"
    _write(report, _report(evaluation))
    return report


def summary(evaluation: Evaluation) -> dict[str, Any]:
    """The content of <target>.json, plain values only."""
    result, run, device = evaluation.metrics, evaluation.run, evaluation.device
    stats = run.stats
    return {
        "target": evaluation.target,
        "split": evaluation.options.split,
        "input": evaluation.options.input,
        "optimise": None if evaluation.options.port else evaluation.options.optimise,
        "clips": evaluation.answered,
        "unanswered": len(evaluation.names) - evaluation.answered,
        "failure": run.failure,
        "faulting_clips": run.lost,
        "accuracy": result.accuracy,
        "accuracy_interval_95": list(result.interval_95),
        "labels": list(result.labels),
        "confusion": result.confusion.tolist(),
        "words": [
            {"label": w.label, "clips": w.clips, "precision": w.precision, "recall": w.recall}
            for w in result.words
        ],
        "parity": {
            "clips": evaluation.answered,
            "identical": evaluation.answered - len(run.differences),
            "differences": [
                {
                    "clip": difference.clip,
                    "stage": difference.stage,
                    "position": list(difference.position),
                    "expected": difference.expected,
                    "actual": difference.actual,
                }
                for difference in run.differences
            ],
        },
        "timing": {
            "unit": device.time_unit,
            "front_end": _spread([r.front_end_time for r in run.results if r.frames]),
            "frames": device.frames,
            "inference": _spread([r.inference_time for r in run.results]),
        },
        "profile": [asdict(operator) for operator in evaluation.profile],
        "model": {
            "sha256": evaluation.model.expected.model_hash,
            "tflite_bytes": len(evaluation.model.tflite),
        },
        "memory": {
            "weights_bytes": device.weights_bytes,
            "activation_bytes": device.activation_bytes,
            "model_used_bytes": stats.model_used_bytes if stats else None,
            "stack_peak_bytes": (stats.stack_peak_bytes or None) if stats else None,
            "firmware": evaluation.size.to_dict() if evaluation.size else None,
        },
        "budget": [
            {"name": line.name, "used": line.used, "allowed": line.allowed}
            for line in evaluation.budget
        ],
        "device": {
            "firmware_version": device.firmware_version,
            "runtime": device.runtime,
            "protocol_version": device.protocol_version,
        },
        "link": {
            "seconds": round(run.seconds, 3),
            "clips_per_second": _rate(evaluation),
            "resends": evaluation.resends,
            "restarts": evaluation.restarts,
            "faults": evaluation.faults,
            "damaged_frames_at_device": stats.bad_frames if stats else None,
        },
    }


def headline(evaluation: Evaluation) -> str:
    """The result in one line."""
    low, high = evaluation.metrics.interval_95
    return (
        f"{evaluation.target}: {percent(evaluation.metrics.accuracy)} of "
        f"{evaluation.answered} clips ({evaluation.options.split}), 95 % interval "
        f"{percent(low)} to {percent(high)}"
    )


def parity_line(evaluation: Evaluation) -> str:
    """Whether the device is exact, in one line."""
    differing = len(evaluation.run.differences)
    if evaluation.answered == 0:
        return "parity: no clip was answered"
    if not differing:
        return f"parity: all {evaluation.answered} clips equal TensorFlow Lite Micro, bit for bit"
    return f"parity: {differing} of {evaluation.answered} clips differ from TensorFlow Lite Micro"


def memory_line(evaluation: Evaluation) -> str:
    """What the model takes on the device, in one line."""
    device, stats = evaluation.device, evaluation.run.stats
    line = (
        f"model: {device.runtime}, {device.weights_bytes} bytes of flash for weights, "
        f"{device.activation_bytes} bytes of RAM"
    )
    if stats is None or stats.model_used_bytes == device.activation_bytes:
        return line
    return f"{line} reserved, {stats.model_used_bytes} used"


def timing_line(evaluation: Evaluation) -> str:
    """Front end per frame and model per clip, in the device's unit; medians over the clips."""
    unit, results = evaluation.device.time_unit, evaluation.run.results
    if not results:
        return "no clip was timed"
    inference = statistics.median(result.inference_time for result in results)
    per_frame = [result.front_end_time / result.frames for result in results if result.frames]
    front_end = f"{statistics.median(per_frame):,.0f} {unit} a frame" if per_frame else "not run"
    return f"front end: {front_end}; inference: {inference:,.0f} {unit}"


def fault_lines(evaluation: Evaluation) -> list[str]:
    """The faults of the device, each once, with how often it happened."""
    counts = Counter(evaluation.faults)
    return [f"{text} ({n} times)" if n > 1 else text for text, n in counts.items()]


def percent(share: float | None) -> str:
    """A share as text; a dash for one that is not defined."""
    return "-" if share is None else f"{100 * share:.1f} %"


def _report(evaluation: Evaluation) -> str:
    lines = [
        f"# Evaluation on {evaluation.target}",
        "",
        f"- {headline(evaluation)}",
        f"- {parity_line(evaluation)}",
        f"- sent: {evaluation.options.input}, {_rate(evaluation):.1f} clips/s, "
        f"{evaluation.resends} packets sent again",
        f"- {memory_line(evaluation)}",
        f"- {timing_line(evaluation)}",
    ]
    if evaluation.run.failure:
        lines.append(f"- **the device stopped answering**: {evaluation.run.failure}")
    lines += [f"- **the device faults on this clip every time**: {c}" for c in evaluation.run.lost]
    lines += [f"- **the device restarted after a fault**: {f}" for f in fault_lines(evaluation)]
    lines += ["", "| word | clips | precision | recall |", "| --- | ---: | ---: | ---: |"]
    lines += [_word_row(word) for word in evaluation.metrics.words]
    lines += ["", "![confusion matrix](confusion.png)", "", "```"]
    lines += [confusion_text(evaluation.metrics).rstrip("\n"), "```"]
    if evaluation.run.differences:
        lines += ["", "Clips that differ:", ""]
        lines += [f"- {difference}" for difference in evaluation.run.differences]
    return "\n".join(lines) + "\n"


def _word_row(word: WordScore) -> str:
    return f"| {word.label} | {word.clips} | {percent(word.precision)} | {percent(word.recall)} |"


def _write_clips(evaluation: Evaluation, path: Path) -> None:
    labels = evaluation.metrics.labels
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


def _spread(values: Sequence[int]) -> dict[str, float] | None:
    """Median, mean, smallest and largest; None when nothing was measured."""
    if not values:
        return None
    return {
        "median": statistics.median(values),
        "mean": statistics.fmean(values),
        "min": min(values),
        "max": max(values),
    }


def _rate(evaluation: Evaluation) -> float:
    return round(evaluation.answered / max(evaluation.run.seconds, 1e-9), 1)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
